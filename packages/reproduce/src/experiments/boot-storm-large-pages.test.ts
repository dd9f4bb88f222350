import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { bootStormLargePages } from './boot-storm-large-pages.ts';

test('with large pages zeros are not shared until memory is short, with small ones they are at once', async () => {
  const { result } = await reproduce(bootStormLargePages, { datasets: '' });
  expect(result.grade).toBe('ordering');
  expect(result.rows.map(({ pass }) => pass)).toEqual([false, true, true, true]);
  // So little is scanned in a boot; what is shared at all is shared before memory is short.
  expect(result.rows[0]!.measured).toBeGreaterThan(0);
  expect(result.rows[0]!.explanation).toContain('a scan of an hour');
});
