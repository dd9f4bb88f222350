/**
 * One hash for what an image holds, so that a result says of which memory it is: made from the content keys, which are
 * known anyway, not from the bytes, which would have to be read again.
 */
import { createHash } from 'node:crypto';
import { FILL_ZERO } from '@overbook/core/units';
import type { GuestMemory } from '../scan/memory-set.ts';
import { pageRuns } from '../scan/memory-set.ts';
import { KIND_UNKNOWN } from '../scan/work-plan.ts';

/** Words that are hashed at a time: page number and key, or a run of zero pages. */
const WORDS = 65_536;
const PAGE_NUMBERS = 2 ** 32;

/**
 * SHA-256, hexadecimal, over the known pages in order: number and key of each, first page and length of each run of
 * zero pages. The same for an image and its digest, whatever the format; other content keys give another hash.
 * O(pages).
 */
export function contentsSha256(guest: GuestMemory, contentKey: string): string {
  const hash = createHash('sha256').update(`${contentKey}\n`);
  const words = new Uint32Array(WORDS);
  let at = 0;
  const put = (page: number, low: number, high: number): void => {
    if (at === WORDS) {
      hash.update(words);
      at = 0;
    }
    words[at++] = page % PAGE_NUMBERS;
    words[at++] = Math.floor(page / PAGE_NUMBERS);
    words[at++] = low;
    words[at++] = high;
  };
  let zeroFirst = 0;
  let zeroEnd = 0;
  const putZeros = (): void => {
    const count = zeroEnd - zeroFirst;
    // No page has this number: a mark between runs and pages.
    if (count > 0) put(zeroFirst + 2 ** 52, count % PAGE_NUMBERS, Math.floor(count / PAGE_NUMBERS));
    zeroFirst = zeroEnd = 0;
  };
  const addZeros = (first: number, count: number): void => {
    if (first !== zeroEnd || zeroEnd === zeroFirst) {
      putZeros();
      zeroFirst = first;
    }
    zeroEnd = first + count;
  };
  const { keys, kinds } = guest.columns;
  for (const { first, count, row } of pageRuns(guest)) {
    if (row < 0) {
      addZeros(first, count);
      continue;
    }
    for (let step = 0; step < count; step++) {
      const kind = kinds[row + step]!;
      if (kind >= KIND_UNKNOWN) continue;
      if (kind === FILL_ZERO) addZeros(first + step, 1);
      else {
        putZeros();
        put(first + step, keys[(row + step) * 2]!, keys[(row + step) * 2 + 1]!);
      }
    }
  }
  putZeros();
  return hash.update(words.subarray(0, at)).digest('hex');
}
