import { SeededRandom } from '@overbook/core/host';
import { expect, test } from 'vitest';

import type { CellResult } from '../cells/cell-store.ts';
import { verdictOf } from './holds.ts';

function results(slowdowns: readonly number[], workDone = 1): readonly CellResult[] {
  return slowdowns.map((workSlowdown) => ({ run: { workSlowdown, workDone } }) as unknown as CellResult);
}

test.each<[slowdowns: readonly number[], holds: boolean, certain: boolean]>([
  [[1.05], true, false],
  [[1.05, 1.051, 1.049], true, true],
  [[1.2, 1.21, 1.19], false, true],
  [[1.0, 1.19, 1.09], true, false],
  [[1.0, 1.25, 1.09], false, false],
  [[1.1, 1.1, 1.1], true, true],
])('slow-downs %j under a limit of 1.1', (slowdowns, holds, certain) => {
  expect(verdictOf(results(slowdowns), { workSlowdown: 1.1 }, 1)).toEqual({ holds, certain });
});

test('work that was lost holds nothing, however little pain there was', () => {
  expect(verdictOf(results([1, 1, 1], 0.9), { workSlowdown: 2 }, 1)).toEqual({ holds: false, certain: true });
});

test('the more looks, the more it takes to be certain', () => {
  const near = results([1.08, 1.085, 1.092]);
  expect(verdictOf(near, { workSlowdown: 1.105 }, 1).certain).toBe(true);
  expect(verdictOf(near, { workSlowdown: 1.105 }, 20).certain).toBe(false);
});

test('an end at the first certain look is wrong in at most 5 % of searches', () => {
  const random = new SeededRandom(1).stream('holds');
  const looks = 4;
  const part = (): number => (random.uint32() + 0.5) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(part())) * Math.cos(2 * Math.PI * part());
  let wrong = 0;
  const searches = 2000;
  for (let search = 0; search < searches; search++) {
    // The mean is the limit itself, so that whatever is certain is wrong by chance alone.
    const slowdowns = Array.from({ length: 3 * looks }, () => 1.1 + 0.02 * normal());
    const isCertain = Array.from({ length: looks }, (_, look) =>
      verdictOf(results(slowdowns.slice(0, 3 * (look + 1))), { workSlowdown: 1.1 }, looks),
    ).some(({ certain }) => certain);
    if (isCertain) wrong++;
  }
  // 5 % and three standard errors.
  expect(wrong / searches).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / searches));
});
