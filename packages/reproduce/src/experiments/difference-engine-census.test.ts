import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { differenceEngineCensus } from './difference-engine-census.ts';

test('sharing between VMs leaves exactly the printed pages of the census', async () => {
  const { result } = await reproduce(differenceEngineCensus, { datasets: '' });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'arithmetic', calibrated: [] });
});

test('sharing within each VM alone does not', async () => {
  const { result } = await reproduce(differenceEngineCensus, { datasets: '', mechanisms: { salting: 2 } });
  const failed = result.rows.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
  expect(failed).toContain('machine memory after sharing [pages]');
});
