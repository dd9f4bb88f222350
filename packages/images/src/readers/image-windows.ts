/** An image from its first page to its last, a window at a time, for those who go through it once in one thread. */
import { PAGE_BYTES } from '@overbook/core/units';
import { PAGE_DEVICE } from '@overbook/formats';
import type { MemoryImage } from './memory-image.ts';

/** Neighbouring pages of guest-physical memory. Reused for the next window: take what you need before asking for it. */
export interface PageWindow {
  /** Number of the first page: guest-physical address / 4096. */
  readonly first: number;
  readonly count: number;
  /** `count` whole pages; zeros where `states` says that a page is not data. */
  readonly bytes: Uint8Array;
  /** One of the PAGE_ constants per page. */
  readonly states: Uint8Array;
}

/** Chosen: 256 KiB to 1 MiB reads are fastest from the page cache. */
const WINDOW_PAGES = 256;

/** Windows in ascending order over everything but device memory. A window lies in one extent of the layout. */
export function* imageWindows(image: MemoryImage): Generator<PageWindow, void> {
  const bytes = new Uint8Array(WINDOW_PAGES * PAGE_BYTES);
  const states = new Uint8Array(WINDOW_PAGES);
  for (const extent of image.extents()) {
    if (extent.state === PAGE_DEVICE) continue;
    for (let at = 0; at < extent.count; at += WINDOW_PAGES) {
      const first = extent.first + at;
      const count = Math.min(WINDOW_PAGES, extent.count - at);
      image.read(first, count, bytes, states);
      yield {
        first,
        count,
        bytes: bytes.subarray(0, count * PAGE_BYTES),
        states: states.subarray(0, count),
      };
    }
  }
}
