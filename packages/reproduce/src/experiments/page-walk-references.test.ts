import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { pageWalkReferences } from './page-walk-references.ts';

test('walks take the published number of references, by page size on both sides', async () => {
  const { result } = await reproduce(pageWalkReferences, { datasets: '' });
  expect(result.rows.map(({ quantity, published, measured }) => [quantity, published, measured])).toEqual(
    result.rows.map(({ quantity, published }) => [quantity, published, published]),
  );
  expect(result).toMatchObject({ pass: true, grade: 'arithmetic' });
});
