/**
 * Plans an experiment in a thread first, when it brings plugins of its own: what loads for ever, fills the memory or
 * ends the process does so there, and is refused by name.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

import { OverbookError } from '@overbook/core';

import { ProblemsError } from '../scenario/problems.ts';
import type { Overrides } from './overrides.ts';
import type { Beats, OverLimit } from './run-limits.ts';
import { RUN_LIMITS, RunWatch, newBeats } from './run-limits.ts';

/** What the thread is given. */
export interface TrialTask {
  readonly path: string;
  readonly text: string;
  readonly overrides: Overrides;
  readonly beats: Beats;
}

/** What the thread tells. */
export type TrialSays =
  | { readonly kind: 'calls'; readonly plugin: string }
  | { readonly kind: 'ends'; readonly plugin: string; readonly call: string }
  | {
      readonly kind: 'over';
      readonly problems: readonly Pick<OverbookError, 'code' | 'at' | 'what' | 'mend'>[];
    };

const THREAD = new URL('./trial-worker.js', import.meta.url);

/** @throws OVB_PLUGIN_HANGS, OVB_PLUGIN_ENDS, and what planning throws */
export async function tryPlan(path: string, text: string, overrides: Overrides): Promise<void> {
  // The sources alone, as tests load them, have no file that a thread could run.
  if (!existsSync(THREAD)) return;
  const beats = newBeats();
  const task: TrialTask = { path, text, overrides, beats };
  const limits = {
    ...RUN_LIMITS,
    silenceMs: overrides.callLimitMs ?? RUN_LIMITS.silenceMs,
    processMiB: overrides.memoryLimitMiB ?? RUN_LIMITS.processMiB,
  };
  const thread = new Worker(THREAD, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB },
  });
  const watch = new RunWatch(limits);
  try {
    await verdictOf(thread, watch, beats);
  } finally {
    watch.stop();
    await thread.terminate();
  }
}

function verdictOf(thread: Worker, watch: RunWatch, beats: Beats): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 'a plugin';
    const over = new AbortController();
    watch.watch(beats, over);
    const hangs = (what: string, cause: unknown): void =>
      reject(new OverbookError('OVB_PLUGIN_HANGS', last, what, 'Correct the plugin.', cause));
    over.signal.addEventListener('abort', () => {
      const { message } = over.signal.reason as OverLimit;
      hangs(message, over.signal.reason);
    });
    thread.on('message', (said: TrialSays) => {
      if (said.kind === 'calls') last = said.plugin;
      else if (said.kind === 'ends') {
        const what = `calls process.${said.call}, which would end the whole program`;
        reject(new OverbookError('OVB_PLUGIN_ENDS', said.plugin, what, 'Let it throw an error instead.'));
      } else if (said.problems.length === 0) resolve();
      else reject(new ProblemsError(said.problems.map(fromThread)));
    });
    thread.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') hangs('uses more memory than planning may', error);
      else hangs(`fails where the error cannot be caught: ${error.message}`, error);
    });
    thread.on('exit', () => hangs('ended its thread', undefined));
  });
}

function fromThread({
  code,
  at,
  what,
  mend,
}: Pick<OverbookError, 'code' | 'at' | 'what' | 'mend'>): OverbookError {
  return new OverbookError(code, at, what, mend);
}
