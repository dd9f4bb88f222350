/** The thread that `overbook top` runs a scenario in. */
import { parentPort, workerData } from 'node:worker_threads';

import { isOverbookError } from '@overbook/core';
import { ProblemsError, runExperiment } from '@overbook/lab';

import { planTop, topTitle } from './plan-top.ts';
import { TopControl } from './top-control.ts';
import type { TopMessage, TopTask, ToldProblem } from './top-run.ts';

const { path, mix, options, control: buffer } = workerData as TopTask;
const control = new TopControl(buffer);
function tell(message: TopMessage): void {
  return parentPort!.postMessage(message);
}

function toldProblem({ code, at, what, mend }: ToldProblem): ToldProblem {
  return { code, at, what, mend };
}

try {
  const experiment = await planTop(path, mix, options);
  tell({ kind: 'planned', title: topTitle(experiment) });
  let done = 0;
  let lastNs = 0;
  const [ran] = await runExperiment(experiment, {
    onProgress: (_cell, fraction) => {
      done = fraction;
    },
    samplePeriodMs: () => control.periodMs,
    onSample: (_host, read) => {
      const counters = read();
      tell({ kind: 'sample', counters, done });
      control.pace(counters.time - lastNs, () => performance.now());
      lastNs = counters.time;
    },
  });
  tell({ kind: 'over', outcome: ran!.outcome });
} catch (error) {
  if (error instanceof ProblemsError) tell({ kind: 'refused', problems: error.problems.map(toldProblem) });
  else if (isOverbookError(error)) tell({ kind: 'refused', problems: [toldProblem(error)] });
  else throw error;
}
