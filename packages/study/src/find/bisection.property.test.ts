import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Boundary } from './bisection.ts';
import { boundary } from './bisection.ts';
import type { Verdict } from './holds.ts';

/** The same by a look at every value, for verdicts that turn once. */
function byLooking(verdicts: readonly Verdict[]): Boundary {
  const last = verdicts.findLastIndex(({ holds }) => holds);
  if (last === verdicts.length - 1) return { kind: 'everywhere' };
  if (last < 0) return { kind: 'nowhere' };
  const surely = verdicts.findLastIndex(({ holds, certain }) => holds && certain);
  const atMost = verdicts.findLastIndex(({ holds, certain }) => holds || !certain);
  return { kind: 'found', last, surely: surely < 0 ? undefined : surely, atMost };
}

test('a bisection finds what a look at every value does, in few looks', async () => {
  const cases = fc.record({
    count: fc.integer({ min: 2, max: 300 }),
    last: fc.integer({ min: -1, max: 299 }),
    unsureBefore: fc.nat(5),
    unsureAfter: fc.nat(5),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, last, unsureBefore, unsureAfter }) => {
      const verdicts = Array.from({ length: count }, (_, place): Verdict => {
        const holds = place <= last;
        return { holds, certain: holds ? place <= last - unsureBefore : place > last + unsureAfter };
      });
      const looked: number[] = [];
      const found = await boundary(count, (place) => {
        looked.push(place);
        return Promise.resolve(verdicts[place]!);
      });
      expect(found).toEqual(byLooking(verdicts));
      expect(new Set(looked).size).toBe(looked.length);
      expect(looked.length).toBeLessThanOrEqual(2 + 3 * Math.ceil(Math.log2(count)));
    }),
  );
});
