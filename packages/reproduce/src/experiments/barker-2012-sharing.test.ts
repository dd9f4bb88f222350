import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { barker2012Sharing } from './barker-2012-sharing.ts';

const datasets = new URL('../../../../datasets', import.meta.url).pathname;

test('the bound holds within every guest; guests of one disk image share more than strangers', async () => {
  const { result } = await reproduce(barker2012Sharing, { datasets });
  expect(result).toMatchObject({ grade: 'ordering', pass: false });
  const failing = result.rows.filter(({ pass }) => !pass);
  expect(failing.map(({ quantity }) => quantity)).toEqual([
    'shared between all, without zero pages [% of their memory]',
    'part of it within one machine [%]',
  ]);
  for (const { explanation } of failing) expect(explanation).toContain('No recordings of different releases');
});
