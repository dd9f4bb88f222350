import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { vmwareOrderingsAt } from './vmware-orderings.ts';

const datasets = new URL('../../../../datasets', import.meta.url).pathname;
const experiment = vmwareOrderingsAt([60]);

test('with 40 % of its memory taken a compile loses least to a balloon and most to a disk', async () => {
  const { result } = await reproduce(experiment, { datasets });
  expect(result.rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(result).toMatchObject({ pass: true, grade: 'ordering', calibrated: [] });
}, 60_000);

test('with the ladder upside down a host swaps where it should have asked a balloon, and that shows', async () => {
  const { result } = await reproduce(experiment, { datasets, mechanisms: { reversedLadder: true } });
  const failed = result.rows.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
  expect(failed).toContain('compile with balloon at 60 % [part of undisturbed]');
}, 60_000);
