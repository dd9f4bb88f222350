/** A thread's share of a run: it takes tasks until none is left. */
import { isOverbookError } from '@overbook/core/units';
import type { PageWork } from './page-work.ts';
import type { TaskLedger } from './task-ledger.ts';
import type { TaskReport, WorkTask } from './work-plan.ts';

/**
 * What became of the tasks that this thread took. An error of ours stops the run for all threads and is told as data:
 * what a thread throws loses its code on the way. Any other error stops it too, and is thrown.
 *
 * @param share number of the thread in the run
 * @param onDone called after each task
 */
export async function workShare(
  work: Pick<PageWork, 'run'>,
  tasks: readonly WorkTask[],
  ledger: TaskLedger,
  share: number,
  onDone?: () => void,
): Promise<readonly TaskReport[]> {
  const reports: TaskReport[] = [];
  try {
    for (let task = ledger.take(share); task !== undefined; task = ledger.take(share)) {
      const report = await reportOf(work, tasks[task]!, task);
      reports.push(report);
      if ('refused' in report) ledger.stop();
      else ledger.finish(task);
      onDone?.();
    }
  } catch (error) {
    ledger.stop();
    throw error;
  }
  return reports;
}

async function reportOf(work: Pick<PageWork, 'run'>, task: WorkTask, index: number): Promise<TaskReport> {
  try {
    return { task: index, answer: await work.run(task) };
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    const { code, at, what, mend } = error;
    return { task: index, refused: { code, at, what, mend } };
  }
}
