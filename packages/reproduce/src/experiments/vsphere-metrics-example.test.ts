import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { vsphereMetricsExample } from './vsphere-metrics-example.ts';

test('figures of real hosts fit the identities that every host here is checked with', async () => {
  const { result } = await reproduce(vsphereMetricsExample, { datasets: '' });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'arithmetic' });
  expect(result.rows.map(({ measured }) => measured)).toEqual([
    79.56,
    1_347_559,
    '2490272.75 ≤ 3837832',
    229.82,
    16_814_310,
    '10680320 ≤ 10905190.4',
  ]);
});
