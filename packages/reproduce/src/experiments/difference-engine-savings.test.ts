import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { differenceEngineSavingsOf } from './difference-engine-savings.ts';

const datasets = new URL('../../../../datasets', import.meta.url).pathname;

test('a slower scanner saves less while guests work, and as much in the end', async () => {
  const { result } = await reproduce(differenceEngineSavingsOf(['idle-b'], 260), { datasets });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'ordering' });
});
