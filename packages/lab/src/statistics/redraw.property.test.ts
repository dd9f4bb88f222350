import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { GuestTime } from './redraw.ts';
import { REDRAWS, middle, slowdownsRedrawn } from './redraw.ts';

const guest = fc.record({ busyNs: fc.integer({ min: 1, max: 1000 }), stallNs: fc.nat({ max: 1000 }) });
/** Runs of one mix: by seed and guest. */
function runsOf(seeds: number, guests: number): fc.Arbitrary<GuestTime[][]> {
  const run = fc.array(guest, { minLength: guests, maxLength: guests });
  return fc.array(run, { minLength: seeds, maxLength: seeds });
}

test('a mix that is worse for every guest in every run is worse in every draw', () => {
  fc.assert(
    fc.property(runsOf(3, 4), (runs) => {
      const worse = runs.map((run) => run.map(({ busyNs, stallNs }) => ({ busyNs, stallNs: stallNs + 1 })));
      const [a, b] = slowdownsRedrawn([runs, worse]);
      expect(a!.every((slowdown, draw) => slowdown < b![draw]!)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('a draw is a mean over some of the runs: never beyond the best and the worst guest', () => {
  fc.assert(
    fc.property(runsOf(2, 3), (runs) => {
      const each = runs.flat().map(({ busyNs, stallNs }) => (busyNs + stallNs) / busyNs);
      const [drawn] = slowdownsRedrawn([runs]);
      expect(Math.min(...drawn!)).toBeGreaterThanOrEqual(Math.min(...each) - 1e-9);
      expect(Math.max(...drawn!)).toBeLessThanOrEqual(Math.max(...each) + 1e-9);
    }),
    { numRuns: 20 },
  );
});

test('where one of five guests alone makes a mix good, it is best in the draws that have that guest', () => {
  const helped = (index: number): GuestTime[] =>
    Array.from({ length: 5 }, (_, i) => ({ busyNs: 100, stallNs: i === index ? 0 : 20 }));
  const even = Array.from({ length: 5 }, () => ({ busyNs: 100, stallNs: 18 }));
  const [one, other] = slowdownsRedrawn([[helped(2)], [even]]);
  const best = one!.filter((slowdown, draw) => slowdown < other![draw]!).length / REDRAWS;
  // 1 − (4/5)^5 = 0.672; four standard errors of 2,000 draws are 0.042.
  expect(Math.abs(best - 0.672)).toBeLessThan(0.042);
});

test('the middle of 0 to 999 leaves 2.5 % out on each side', () => {
  expect(middle(Float64Array.from({ length: 1000 }, (_, i) => i))).toEqual({ low: 25, high: 975 });
});
