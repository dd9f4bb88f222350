/**
 * A recount of an image's pages with nothing in it but the pages' own bytes: whole contents as keys, no hashing of
 * ours.
 */
import type { MemoryImage } from '../src/index.ts';
import { PAGE_STATES } from '@overbook/formats';
import { imageWindows } from '../src/index.ts';

export interface Recount {
  readonly pages: number;
  readonly zeroPages: number;
  readonly unknownPages: number;
  readonly distinctContents: number;
  /** As KSM counts without a limit: contents that stand twice or more, further copies, contents that stand alone. */
  readonly ksm: readonly [shared: number, sharing: number, unshared: number];
}

/** Goes through the image once. */
export function recount(image: MemoryImage): Recount {
  const copies = new Map<string, number>();
  let [pages, zeroPages, unknownPages] = [0, 0, 0];
  for (const { bytes, states, count } of imageWindows(image)) {
    for (let page = 0; page < count; page++) {
      pages++;
      const content = Buffer.from(bytes.buffer, bytes.byteOffset + page * 4096, 4096);
      if (states[page]! > 1) {
        unknownPages++;
        continue;
      }
      if (content.every((byte) => byte === 0)) zeroPages++;
      const key = content.toString('latin1');
      copies.set(key, (copies.get(key) ?? 0) + 1);
    }
  }
  const shared = [...copies.values()].filter((times) => times > 1);
  const sharing = shared.reduce((sum, times) => sum + times - 1, 0);
  return {
    pages,
    zeroPages,
    unknownPages,
    distinctContents: copies.size,
    ksm: [shared.length, sharing, copies.size - shared.length],
  };
}

/** Every known page as text, by number; unknown ones by the name of their state. */
export function pagesOf(image: MemoryImage): Map<number, string> {
  const pages = new Map<number, string>();
  for (const { first, bytes, states, count } of imageWindows(image))
    for (let page = 0; page < count; page++) {
      const content = Buffer.from(bytes.buffer, bytes.byteOffset + page * 4096, 4096);
      pages.set(first + page, states[page]! > 1 ? PAGE_STATES[states[page]!]! : content.toString('latin1'));
    }
  return pages;
}
