import { SeededRandom } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { leastOf } from './least.ts';

const random = new SeededRandom(1).stream('experiments');

/** A draw from the normal distribution (Box and Muller). */
function normal(): number {
  const [a, b] = [(random.uint32() + 0.5) / 2 ** 32, random.uint32() / 2 ** 32];
  return Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
}

/** Part of so many experiments, on mixes that differ by chance alone, in which one is called the least. */
function falseClaims(mixes: number, seeds: number, noise: () => number, experiments = 2000): number {
  let claims = 0;
  for (let i = 0; i < experiments; i++) {
    const ofSeed = Array.from({ length: seeds }, noise);
    const figures = Array.from({ length: mixes }, () => ofSeed.map((common) => common + noise()));
    if (leastOf(figures).tied.length === 0) claims++;
  }
  return claims / experiments;
}

// Four standard errors of 2,000 experiments beyond 2.5 %.
const ALLOWED = 0.025 + 4 * Math.sqrt((0.025 * 0.975) / 2000);

test.each([
  [2, 3],
  [2, 5],
  [2, 20],
  [3, 5],
  [6, 5],
  [12, 5],
])(
  'of %i mixes that are alike, over %i seeds, one is called the least at most once in 40 experiments',
  (mixes, seeds) => {
    expect(falseClaims(mixes, seeds, normal)).toBeLessThan(ALLOWED);
    expect(falseClaims(mixes, seeds, () => Math.exp(normal()))).toBeLessThan(ALLOWED);
  },
);

test('a mix that is better by ten times the noise is called the least', () => {
  const claims = Array.from({ length: 200 }, () => {
    const figures = [0, 10, 12, 14].map((level) => Array.from({ length: 5 }, () => level + normal()));
    return leastOf(figures);
  });
  expect(claims.every(({ best }) => best === 0)).toBe(true);
  expect(claims.filter(({ tied }) => tied.length === 0).length).toBeGreaterThan(190);
});

test('who is tied does not depend on the order of the mixes, nor on unit or origin', () => {
  const figures = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 3 }), {
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(
    fc.property(figures, (given) => {
      const { best, tied } = leastOf(given);
      const back = leastOf(given.toReversed());
      const last = given.length - 1;
      fc.pre(new Set(given.map((values) => values.reduce((a, b) => a + b))).size === given.length);
      expect(last - back.best).toBe(best);
      expect(back.tied.map((index) => last - index).sort((a, b) => a - b)).toEqual(tied);
      expect(leastOf(given.map((values) => values.map((value) => 8 * value + 1024)))).toEqual({ best, tied });
    }),
  );
});

test('equal figures are never told apart; a constant difference always is', () => {
  expect(
    leastOf([
      [1, 2],
      [1, 2],
    ]),
  ).toEqual({ best: 0, tied: [1] });
  expect(
    leastOf([
      [3, 4],
      [1, 2],
      [1, 2],
    ]),
  ).toEqual({ best: 1, tied: [2] });
});
