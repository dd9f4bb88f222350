import { expect, test } from 'vitest';

import { COSTS, CostMetering, costTable } from './costs.ts';

test.each(Object.entries(COSTS))(
  '%s lies in its range and says where it comes from',
  (_name, { ns, range, source }) => {
    expect(ns).toBeGreaterThanOrEqual(range[0]);
    expect(ns).toBeLessThanOrEqual(range[1]);
    expect(source.length).toBeGreaterThan(10);
  },
);

test('each account adds up what its holder spends, and the total all of them', () => {
  const metering = new CostMetering(costTable({ hashPage: 7, mergePage: 100 }));
  const [tps, other] = [metering.meter('tps'), metering.meter('other')];
  expect(tps.spend('hashPage', 3)).toBe(21);
  expect(tps.spend('mergePage')).toBe(100);
  expect(other.spendNs(5)).toBe(5);
  expect(metering.meter('tps')).toBe(tps);
  expect([...metering.spent()]).toEqual([
    ['tps', 121],
    ['other', 5],
  ]);
  expect(metering.total()).toBe(126);
});

test('a cost that is set counts as assumed and has no range', () => {
  expect(costTable({ cowBreak: 1_000 }).cowBreak).toMatchObject({
    ns: 1_000,
    range: [1_000, 1_000],
    assumed: true,
  });
  expect(costTable().cowBreak).toBe(COSTS.cowBreak);
});
