/** The thread of a trial: plans, and tells whose code it calls. */
import { parentPort, workerData } from 'node:worker_threads';

import { isOverbookError } from '@overbook/core';
import { watchPluginCalls } from '@overbook/core/internals';

import { ProblemsError } from '../scenario/problems.ts';
import { parseScenario } from '../scenario/read-scenario.ts';
import { planHere } from './experiment.ts';
import { forbidExit } from './no-exit.ts';
import { beat, callsPlugin } from './run-limits.ts';
import type { TrialSays, TrialTask } from './trial.ts';

const { path, text, overrides, beats } = workerData as TrialTask;
let last = 'a plugin';

function say(said: TrialSays): void {
  parentPort!.postMessage(said);
}

forbidExit((call) => say({ kind: 'ends', plugin: last, call }));
watchPluginCalls((plugin) => {
  last = plugin;
  beat(beats);
  callsPlugin(beats, 0);
  say({ kind: 'calls', plugin });
});
try {
  await planHere(parseScenario(path, text), overrides);
  say({ kind: 'over', problems: [] });
} catch (error) {
  const all = error instanceof ProblemsError ? error.problems : isOverbookError(error) ? [error] : [];
  // What is no error for users shows again, with its stack, when the experiment is planned.
  say({ kind: 'over', problems: all.map(({ code, at, what, mend }) => ({ code, at, what, mend })) });
}
