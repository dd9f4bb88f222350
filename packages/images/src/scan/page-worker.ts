/** Entry of a worker thread: one PageWork for the whole life of the thread. */
import type { ImageReader } from '../readers/image-reader.ts';
import { workShare } from './page-share.ts';
import { PageWork } from './page-work.ts';
import { TaskLedger } from './task-ledger.ts';
import type { ShareRequest, TaskReport, WorkerSetup } from './work-plan.ts';

interface LoadingModule {
  loadReaders(request: unknown): Promise<readonly ImageReader[]>;
}

let work: Promise<PageWork> | undefined;

/** Called by the pool. */
export async function run(request: ShareRequest): Promise<readonly TaskReport[]> {
  const { setup, tasks, share, shares } = request;
  const ledger = TaskLedger.shared(request.ledger, tasks.length, shares);
  work ??= start(setup);
  return workShare(await work, tasks, ledger, share);
}

async function start(setup: WorkerSetup): Promise<PageWork> {
  const { readersInThreads } = setup;
  if (readersInThreads === undefined) return PageWork.start(setup);
  const module = (await import(readersInThreads.module)) as LoadingModule;
  return PageWork.start(setup, { readers: await module.loadReaders(readersInThreads.request) });
}
