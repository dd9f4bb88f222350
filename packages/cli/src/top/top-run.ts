/** A run in a thread of its own, so that the screen answers while it goes on. */
import { Worker } from 'node:worker_threads';

import type { HostCounters } from '@overbook/core/host';
import { OverbookError } from '@overbook/core';
import type { Outcome } from '@overbook/lab';
import { ProblemsError } from '@overbook/lab';

import type { ExperimentOptions } from '../commands/experiment-options.ts';
import type { TopControl } from './top-control.ts';

/** What the thread is started with. */
export interface TopTask {
  readonly path: string;
  readonly mix: string;
  readonly options: ExperimentOptions;
  readonly control: SharedArrayBuffer;
}

/** An error of the user's making, as it crosses threads. */
export interface ToldProblem {
  readonly code: OverbookError['code'];
  readonly at: string;
  readonly what: string;
  readonly mend: string;
}

/** What the thread tells. */
export type TopMessage =
  | { readonly kind: 'planned'; readonly title: string }
  | { readonly kind: 'sample'; readonly counters: HostCounters; readonly done: number }
  | { readonly kind: 'over'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly problems: readonly ToldProblem[] };

/** Told while a run goes on, in this order; `over` or `failed` comes last. */
export interface TopListener {
  planned(title: string): void;
  sampled(counters: HostCounters, done: number): void;
  over(outcome: Outcome): void;
  /** The scenario was refused, or the thread broke. */
  failed(error: unknown): void;
}

/** Starts a run. @returns ends it at once */
export function startRun(task: Omit<TopTask, 'control'>, control: TopControl, told: TopListener): () => void {
  const workerData: TopTask = { ...task, control: control.buffer };
  const worker = new Worker(new URL('./top-worker.js', import.meta.url), { workerData });
  let ended = false;
  const end = (tell: () => void): void => {
    if (ended) return;
    ended = true;
    tell();
  };
  worker.on('message', (message: TopMessage) => {
    if (ended) return;
    if (message.kind === 'planned') told.planned(message.title);
    else if (message.kind === 'sample') told.sampled(message.counters, message.done);
    else if (message.kind === 'over') end(() => told.over(message.outcome));
    else end(() => told.failed(problemsError(message.problems)));
  });
  worker.on('error', (error) => end(() => told.failed(error)));
  worker.on('exit', (code) => end(() => told.failed(new Error(`the run's thread ended with code ${code}`))));
  return () => {
    ended = true;
    void worker.terminate();
  };
}

function problemsError(problems: readonly ToldProblem[]): Error {
  const errors = problems.map(({ code, at, what, mend }) => new OverbookError(code, at, what, mend));
  return errors.length === 1 ? errors[0]! : new ProblemsError(errors);
}
