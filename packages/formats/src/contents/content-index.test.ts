import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContentIndex } from './content-index.ts';
import { slotOf } from './key-slot.ts';

test('numbers contents in order of first appearance, as a map of whole contents does', () => {
  const anyContent = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(2), fc.nat(2));
  fc.assert(
    fc.property(fc.array(anyContent, { maxLength: 2000 }), (contents) => {
      const index = new ContentIndex();
      const known = new Map<string, number>();
      for (const [lo, hi, bytes, fill] of contents) {
        const name = [lo, hi, bytes, fill].join();
        if (!known.has(name)) known.set(name, known.size);
        expect(index.add(lo, hi, bytes, fill)).toBe(known.get(name));
      }
      expect(index.count).toBe(known.size);
    }),
  );
});

/** Slots that so many keys take in a table of twice as many. */
function slotsTaken(count: number, keyOf: (at: number) => readonly [lo: number, hi: number]): number {
  const mask = 2 * count - 1;
  return new Set(Array.from({ length: count }, (_, at) => slotOf(...keyOf(at), mask))).size;
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
