import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { esxMinFree } from './esx-minfree.ts';

test('composed hosts keep free what the sliding scale says, and change state where it says', async () => {
  const { result } = await reproduce(esxMinFree, { datasets: '' });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'arithmetic' });
});
