import { CLOCK, FRAMES, GUESTS, METER, PAGES, PAGE_STORE } from '@overbook/core';

/** What balloon asks of a host. */
export const balloonNeeds = { pages: PAGES, guests: GUESTS, clock: CLOCK, meter: METER };

/** What free-page-reporting asks of a host. */
export const reportingNeeds = { ...balloonNeeds, frames: FRAMES, store: PAGE_STORE };
