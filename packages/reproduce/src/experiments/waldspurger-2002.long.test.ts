/** Each experiment notices when the mechanism it is about is another one: those that take long. */
import { expect, test } from 'vitest';

import type { Experiment, ExperimentResult } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { reproduce } from '../reproduce.ts';
import { fig4Of } from './waldspurger-2002-fig4.ts';
import { AFTER, fig7Of } from './waldspurger-2002-fig7.ts';

async function run(experiment: Experiment, mechanisms: Mechanisms = {}): Promise<ExperimentResult> {
  return (await reproduce(experiment, { datasets: '', mechanisms })).result;
}

function failedOf({ rows }: ExperimentResult): readonly string[] {
  return rows.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
}

test('figure 4 passes, and fails with a salt for each VM', async () => {
  const few = fig4Of([1, 2, 10]);
  expect(failedOf(await run(few))).toEqual([]);
  expect(failedOf(await run(few, { salting: 2 }))).toContain('part of ten VMs that is reclaimed [%]');
}, 240_000);

test('figure 7 passes where the tax is 75 %, and fails there with a tax of 0', async () => {
  const early = fig7Of([{ ...AFTER, raisedAtMinute: 8, minutes: [13, 14.5] }]);
  expect(failedOf(await run(early))).toEqual([]);
  expect(failedOf(await run(early, { idleTax: 0 }))).toEqual([
    'memory of the idle VM at a tax of 75 % [MB]',
    'memory of the dbench VM at a tax of 75 % [MB]',
  ]);
}, 240_000);
