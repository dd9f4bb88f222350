import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { bootStormLargePages } from './boot-storm-large-pages.ts';

test('with large pages zeros are not shared until memory is short, with small ones they are at once', async () => {
  const { result } = await reproduce(bootStormLargePages, { datasets: '' });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'ordering' });
});
