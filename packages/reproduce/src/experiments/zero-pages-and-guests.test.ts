import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { zeroPagesAndGuests, zeroPagesIn } from './zero-pages-and-guests.ts';

const datasets = new URL('../../../../datasets', import.meta.url).pathname;

test('each phase of a guest is told once; alone it shares with nobody else', async () => {
  const { result, figures } = await reproduce(zeroPagesIn(['idle-b']), { datasets });
  expect(result.rows.map(({ quantity }) => quantity)).toEqual(['idle-b, idle, at 30 s [% of its memory]']);
  // The recording tells how many of its pages are zero: what its digests say, not what sharing found.
  expect(result.rows[0]!.measured).toMatch(
    /^zero 22\.0, saved elsewhere (\d+\.\d) within it, \1 with all others$/,
  );
  expect(figures[0]!.series.map(({ points }) => points.length)).toEqual([8, 8, 8]);
});

test('nothing is published, so no row pretends to be compared', () => {
  expect(zeroPagesAndGuests.gaps).toHaveLength(1);
});
