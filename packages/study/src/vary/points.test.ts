import { COSTS } from '@overbook/sim';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { studySchema } from '../file/schema.ts';
import { Points, axesOf } from './points.ts';
import { SobolPoints } from './sobol-points.ts';

function axes(vary: object): ReturnType<typeof axesOf> {
  return axesOf(studySchema.parse({ name: 's', scenario: 's.yaml', vary }).vary);
}

test('every value meets every other, the last changes fastest', () => {
  const grid = new Points(axes({ a: [1, 2], b: { from: '10 %', to: '30 %', steps: 3 } }), undefined);
  expect(grid.count).toBe(6);
  expect([0, 1, 2, 3].map((i) => grid.at(i))).toEqual([
    { a: 1, b: '10 %' },
    { a: 1, b: '20 %' },
    { a: 1, b: '30 %' },
    { a: 2, b: '10 %' },
  ]);
});

test.each<[span: object, values: readonly unknown[]]>([
  [{ from: 1, to: 4, steps: 2 }, [1, 4]],
  [{ from: 1, to: 4, steps: 7 }, [1, 2, 3, 4]],
  [{ from: 1, to: 4, steps: 3, whole: false }, [1, 2.5, 4]],
  [{ from: 1, to: 100, steps: 3, scale: 'log' }, [1, 10, 100]],
  [{ from: '100 MiB', to: '101 MiB', steps: 3 }, ['100 MiB', '100.5 MiB', '101 MiB']],
  [{ from: '1 MiB', to: '2 MiB', steps: 4 }, ['1 MiB', '2 MiB']],
  [{ from: '100 ms', to: '10000 ms', steps: 3, scale: 'log' }, ['100 ms', '1000 ms', '10000 ms']],
])('%j has the values %j', (span, values) => {
  expect(axes({ a: span })[0]!.values).toEqual(values);
});

test('a cost ranges as its sources say, all costs with a star but one that is named', () => {
  const all = axes({ 'costs.*': 'range', 'costs.instruction': [1] });
  const varying = Object.values(COSTS).filter(({ range: [low, high] }) => low < high).length;
  expect(all).toHaveLength(varying);
  for (const { path, at } of all.filter((axis) => axis.path !== 'costs.instruction')) {
    const [low, high] = COSTS[path.slice('costs.'.length) as keyof typeof COSTS].range;
    expect(at(0)).toBeCloseTo(low, 3 - Math.ceil(Math.log10(low)));
    expect(at(1 - Number.EPSILON)).toBeGreaterThan(0.999 * high);
  }
});

test('a larger sample has the points of a smaller one, each axis evenly filled', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 3, max: 8 }), (dimensions, power) => {
      const sobol = new SobolPoints(dimensions);
      const count = 2 ** power - 1;
      const last = sobol.at(count - 1);
      expect(new SobolPoints(dimensions).at(count - 1)).toEqual(last);
      // With the corner that is left out, every 2^-power of each axis has exactly one point.
      for (let axis = 0; axis < dimensions; axis++) {
        const cells = new Set([0]);
        for (let i = 0; i < count; i++) cells.add(Math.floor(sobol.at(i)[axis]! * 2 ** power));
        expect(cells.size).toBe(2 ** power);
      }
    }),
  );
});

test('axes of a sample have little to do with each other', () => {
  const sobol = new SobolPoints(20);
  for (let a = 0; a < 20; a++)
    for (let b = 0; b < a; b++) {
      let sum = 0;
      for (let i = 0; i < 63; i++) sum += (sobol.at(i)[a]! - 0.5) * (sobol.at(i)[b]! - 0.5);
      // A correlation of 1 comes to 1/12 a point.
      expect(Math.abs(sum / 63) * 12).toBeLessThan(0.5);
    }
});
