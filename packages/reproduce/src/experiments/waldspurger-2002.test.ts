/** Each experiment notices when the mechanism it is about is another one. */
import { expect, test } from 'vitest';

import type { Experiment, ExperimentResult } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { reproduce } from '../reproduce.ts';
import { waldspurger2002Admission } from './waldspurger-2002-admission.ts';
import { waldspurger2002Fig6 } from './waldspurger-2002-fig6.ts';

async function run(experiment: Experiment, mechanisms: Mechanisms = {}): Promise<ExperimentResult> {
  return (await reproduce(experiment, { datasets: '', mechanisms })).result;
}

function failedOf({ rows }: ExperimentResult): readonly string[] {
  return rows.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
}

test('figure 6 passes, and fails with a slow average of gain 0.9', async () => {
  expect(failedOf(await run(waldspurger2002Fig6))).toEqual([]);
  expect(failedOf(await run(waldspurger2002Fig6, { slowGain: 0.9 }))).toContain(
    'part of its distance to the sample that the slow average keeps each period',
  );
}, 240_000);

test('admission is what the paper says', async () => {
  expect(failedOf(await run(waldspurger2002Admission))).toEqual([]);
});
