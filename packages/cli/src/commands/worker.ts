/** `overbook worker`: takes runs of studies from a queue, and makes them here. */
import { counted } from '@overbook/lab/words';

import { EXIT, interruptedCode } from '../process/io.ts';
import type { Io } from '../process/io.ts';
import { ownName } from '../process/own-name.ts';
import { datasetCacheFolder, environmentForCells, queueAt } from '../process/queue-access.ts';

import type { ExperimentOptions } from './experiment-options.ts';
import { limitsOf, wholeNumber } from './experiment-options.ts';

export interface WorkerOptions extends Pick<ExperimentOptions, 'callLimit' | 'runLimit' | 'memoryLimit'> {
  readonly concurrency?: string;
  readonly cache?: string;
}

const MOST = 256;

/** Works until it is interrupted: then it ends what it runs. A second interrupt leaves that to other workers. */
export async function worker(io: Io, url: string, options: WorkerOptions): Promise<number> {
  const concurrency = wholeNumber('--concurrency', options.concurrency ?? '1', 1, MOST);
  const limits = limitsOf(options);
  const server = await queueAt(url, 'overbook worker');
  const { queueWorker, shortened } = await import('@overbook/bullmq');
  const { versionHash } = await import('@overbook/study');
  let isInTrouble = false;
  const running = await queueWorker(server, {
    concurrency,
    limits,
    cache: options.cache ?? datasetCacheFolder(),
    own: ownName(),
    env: environmentForCells(),
    onCell: ({ mix, seed, ms, wrong }) => {
      isInTrouble = false;
      const end = wrong === undefined ? 'done  ' : 'failed';
      io.note(`${end}  ${mix}, seed ${seed}: ${wrong ?? `${(ms / 1000).toFixed(2)} s`}\n`);
    },
    onTrouble: ({ what }) => {
      if (!isInTrouble) io.err(`${server.place}: ${what}; it is tried again\n`);
      isInTrouble = true;
    },
  });
  const code = shortened(versionHash());
  io.note(
    `takes runs from ${server.place}, ${counted(concurrency, 'run')} at a time, of studies of code ${code}\n`,
  );
  const stop = (): void => {
    io.note('ends what it runs; once more (^C) leaves that to other workers\n');
    void running.stop();
  };
  if (io.signal.aborted) stop();
  io.signal.addEventListener('abort', stop);
  try {
    await running.ended;
  } finally {
    io.signal.removeEventListener('abort', stop);
  }
  return io.signal.aborted ? interruptedCode(io.signal) : EXIT.fine;
}
