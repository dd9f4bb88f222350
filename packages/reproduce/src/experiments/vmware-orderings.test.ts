import { expect, test } from 'vitest';

import { reproduce } from '../reproduce.ts';
import { vmwareOrderingsAt } from './vmware-orderings.ts';

const datasets = new URL('../../../../datasets', import.meta.url).pathname;
const experiment = vmwareOrderingsAt([60]);
const LOST = 'throughput lost with balloon ÷ lost with SSD swap, at 60 %';

test('at published paces a small host swaps between two polls of the driver, and such rows say so', async () => {
  const { result } = await reproduce(experiment, { datasets });
  const failing = result.rows.filter(({ pass }) => !pass);
  expect(failing.map(({ quantity }) => quantity)).toEqual([
    'throughput at 60 % [part of undisturbed]',
    LOST,
    'compile with balloon at 60 % [part of undisturbed]',
  ]);
  for (const { explanation } of failing) expect(explanation).toContain('between two polls of its driver');
  expect(result).toMatchObject({ pass: false, grade: 'ordering', calibrated: [] });
}, 60_000);

test('with the ladder upside down a host swaps where it should have asked a balloon, and that shows', async () => {
  const { result } = await reproduce(experiment, { datasets, mechanisms: { reversedLadder: true } });
  // As published the balloon spares a third of what swap costs; so it spares next to nothing.
  const lost = result.rows.find(({ quantity }) => quantity === LOST)!;
  expect(lost.measured).toBeGreaterThan(0.95);
}, 60_000);
