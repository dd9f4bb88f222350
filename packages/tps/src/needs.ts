import { CLOCK, FRAMES, METER, PAGES, PAGE_STORE, RANDOM, SALTS } from '@overbook/core';

/** What tps asks of a host, in both modes. */
export const needs = {
  pages: PAGES,
  frames: FRAMES,
  store: PAGE_STORE,
  salts: SALTS,
  clock: CLOCK,
  meter: METER,
  random: RANDOM,
};
