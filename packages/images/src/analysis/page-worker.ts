/** Entry of a worker thread: one PageWork for the whole life of the thread. */
import { isOverbookError } from '@overbook/core/units';
import { workerData } from 'piscina';
import { PageWork } from './page-work.ts';
import type { Refusal, WorkAnswer, WorkerSetup, WorkTask } from './work-plan.ts';

let work: Promise<PageWork> | undefined;

/** Called by the pool. An error of ours goes home as data: what a thread throws loses its code on the way. */
export const run = async (task: WorkTask): Promise<WorkAnswer | Refusal> => {
  try {
    work ??= PageWork.start((workerData as { setup: WorkerSetup }).setup);
    return await (await work).run(task);
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    const { code, at, what, mend } = error;
    return { refused: { code, at, what, mend } };
  }
};
