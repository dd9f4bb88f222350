import {
  CONTENTS,
  FRAMES,
  METER,
  PAGES,
  PAGE_STORE,
  RANDOM,
  RESCUERS,
  SWAP_DEVICE,
  optional,
} from '@overbook/core';

/** What hostswap asks of a host. */
export const needs = {
  pages: PAGES,
  frames: FRAMES,
  store: PAGE_STORE,
  rescuers: RESCUERS,
  meter: METER,
  random: RANDOM,
  contents: optional(CONTENTS),
  device: optional(SWAP_DEVICE),
};
