/** Hands tasks to worker threads, or works on them in this thread; answers come in the order of the tasks. */
import { OverbookError } from '@overbook/core/units';
import { Piscina } from 'piscina';
import type { ImageReader } from '../readers/image-reader.ts';
import { nextTurn } from './next-turn.ts';
import { PageWork } from './page-work.ts';
import type { Refusal, WorkAnswer, WorkerSetup, WorkTask } from './work-plan.ts';

export interface PoolOptions {
  /** Threads that work: below 2 it is this one, else so many workers. */
  readonly workers: number;
  /** Ends the work: what runs is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Readers beside the shipped ones, where this thread does the work. */
  readonly readers?: readonly ImageReader[];
}

export interface WorkPool {
  /** `onAnswer` is called in the order of the tasks, as soon as each and all before it are done. */
  runAll(tasks: readonly WorkTask[], onAnswer: (task: number, answer: WorkAnswer) => void): Promise<void>;
  close(): Promise<void>;
}

/** A pool for the images of a setup, which stay open while it lives. */
export async function workPool(setup: WorkerSetup, options: PoolOptions): Promise<WorkPool> {
  return options.workers > 1 ? threads(setup, options) : inThisThread(setup, options);
}

async function inThisThread(setup: WorkerSetup, { signal, readers }: PoolOptions): Promise<WorkPool> {
  const work = await PageWork.start(setup, readers);
  return {
    runAll: async (tasks, onAnswer) => {
      for (const [index, task] of tasks.entries()) {
        await nextTurn(); // so that an interrupt is heard
        signal?.throwIfAborted();
        onAnswer(index, await work.run(task));
      }
    },
    close: () => Promise.resolve(work.close()),
  };
}

function threads(setup: WorkerSetup, { workers, signal }: PoolOptions): WorkPool {
  const file = import.meta.url.endsWith('.ts') ? './page-worker.ts' : './page-worker.js';
  const pool = new Piscina<WorkTask, WorkAnswer | Refusal>({
    filename: new URL(file, import.meta.url).href,
    name: 'run',
    minThreads: workers,
    maxThreads: workers,
    workerData: { setup },
  });
  const stop = (): void => void pool.destroy();
  signal?.addEventListener('abort', stop);
  return {
    runAll: async (tasks, onAnswer) => {
      const answers: (WorkAnswer | undefined)[] = [];
      let told = 0;
      const runs = tasks.map(async (task, index) => {
        answers[index] = accepted(await pool.run(task));
        for (; answers[told] !== undefined; told++) {
          onAnswer(told, answers[told]!);
          answers[told] = undefined;
        }
      });
      try {
        await Promise.all(runs);
      } finally {
        // The first error is the one to tell: those of runs that end because of it are not.
        await Promise.allSettled(signal?.aborted === true ? [] : runs);
        signal?.throwIfAborted();
      }
    },
    close: () => {
      signal?.removeEventListener('abort', stop);
      return pool.destroy();
    },
  };
}

function accepted(answer: WorkAnswer | Refusal): WorkAnswer {
  if (!('refused' in answer)) return answer;
  const { code, at, what, mend } = answer.refused;
  throw new OverbookError(code, at, what, mend);
}
