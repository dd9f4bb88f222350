/**
 * Works on tasks in this thread and in worker threads beside it. All take tasks from one shared ledger, so no thread
 * waits to be told, and threads that start late only find less to do.
 */
import { OverbookError } from '@overbook/core/units';
import { nextTurn } from './next-turn.ts';
import { OtherThreads } from './other-threads.ts';
import { workShare } from './page-share.ts';
import { PageWork } from './page-work.ts';
import type { PoolOptions } from './scan-request.ts';
import { TaskLedger } from './task-ledger.ts';
import type { TaskReport, WorkAnswer, WorkerSetup, WorkTask } from './work-plan.ts';

export interface WorkPool {
  /**
   * Answers by task. `onDone` is called in the order of the tasks, when each and all before it are done. Of several
   * errors, that of the first task is thrown, whatever the number of threads.
   */
  runAll(tasks: readonly WorkTask[], onDone?: (task: number) => void): Promise<readonly WorkAnswer[]>;
  close(): Promise<void>;
}

/** A pool for the images of a setup, which stay open while it lives. */
export async function workPool(setup: WorkerSetup, options: PoolOptions): Promise<WorkPool> {
  const { signal, readers } = options;
  const workers = Math.max(1, options.workers);
  const breathe = async (): Promise<void> => {
    await nextTurn(); // so that an interrupt is heard
    signal?.throwIfAborted();
  };
  const work = await PageWork.start(setup, { breathe, ...(readers === undefined ? {} : { readers }) });
  const threads = workers > 1 ? await OtherThreads.start(workers - 1) : undefined;
  return {
    runAll: async (tasks, onDone) => {
      signal?.throwIfAborted();
      const ledger = TaskLedger.of(tasks.length, workers);
      if (tasks.length > 1) threads?.begin(setup, tasks, ledger, signal);
      let told = 0;
      const tell = (): void => {
        for (; told < tasks.length && ledger.isDone(told); told++) onDone?.(told);
      };
      const own = await workShare(work, tasks, ledger, 0, tell);
      let others: readonly TaskReport[] = [];
      try {
        others = (await threads?.end(ledger)) ?? [];
      } finally {
        signal?.throwIfAborted(); // before what the threads then say
      }
      tell();
      return answersOf([...own, ...others], tasks.length);
    },
    close: async () => {
      work.close();
      await threads?.close();
    },
  };
}

/** By task. Throws the error of the first task that had one. */
function answersOf(reports: readonly TaskReport[], tasks: number): readonly WorkAnswer[] {
  const answers: WorkAnswer[] = Array.from({ length: tasks }, () => ({}));
  let first = tasks;
  let refused: Extract<TaskReport, { refused: unknown }>['refused'] | undefined;
  for (const report of reports) {
    if ('answer' in report) answers[report.task] = report.answer;
    else if (report.task < first) [first, refused] = [report.task, report.refused];
  }
  if (refused !== undefined) {
    const { code, at, what, mend } = refused;
    throw new OverbookError(code, at, what, mend);
  }
  return answers;
}
