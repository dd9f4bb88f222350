import { expect, test } from 'vitest';
import { keySlot } from './key-slot.ts';

/** Slots that so many keys take in a table of twice as many. */
function slotsTaken(count: number, keyOf: (at: number) => readonly [lo: number, hi: number]): number {
  const mask = 2 * count - 1;
  return new Set(Array.from({ length: count }, (_, at) => keySlot(...keyOf(at), mask))).size;
}

test.each<readonly [string, (at: number) => readonly [lo: number, hi: number]]>([
  ['one low half', (at) => [7, at * 2 ** 17]],
  ['one high half', (at) => [(at * 2 ** 17) >>> 0, 7]],
  ['low halves in steps', (at) => [(at % 32_768) * 2 ** 17, Math.floor(at / 32_768)]],
  [
    'one slot without seeds: (lo ^ hi >>> 15) times an odd number, xor hi',
    (at) => [(at ^ (at * 65_537)) >>> 0, at],
  ],
  ['halves that are each the other', (at) => [at, at]],
])('keys of %s spread over a table as random ones do', (_name, keyOf) => {
  // Random keys take 1 - e^-0.5 of the slots of a table that is half full: 0.787 of their own number.
  const count = 32_768;
  expect(slotsTaken(count, keyOf) / count).toBeGreaterThan(0.7);
});
