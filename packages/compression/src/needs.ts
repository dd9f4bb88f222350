import { CLOCK, CONTENTS, DEMOTE, FRAMES, METER, PAGES, PAGE_STORE, optional } from '@overbook/core';

/** What compression asks of a host. With CONTENTS pages are really compressed; without, the store tells sizes. */
export const needs = {
  pages: PAGES,
  frames: FRAMES,
  store: PAGE_STORE,
  demote: DEMOTE,
  meter: METER,
  contents: optional(CONTENTS),
};

/** What zswap and zram ask of a host: the same, and the time, for what they do in the background. */
export const linuxNeeds = { ...needs, clock: CLOCK };
