/** Studies over a queue, for tests: servers, workers and engines that end with the test. */
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { QueueOptions } from '@overbook/bullmq';
import { queueEngine, queueServer } from '@overbook/bullmq';
import type { CellEnd, Engine } from '@overbook/study';
import { Study, StudyFolder, localEngine, readStudy, runStudy, studyRecord } from '@overbook/study';
import { afterEach } from 'vitest';

import { RedisServer, startWorker } from './processes.ts';
import type { Line, Spoken } from './processes.ts';

/** Of the code: sources and builds, which the processes of a test may mix, have two. */
export const VERSION = 'a-version-for-tests';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

export async function redis(...options: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  endings.push(() => server.stop());
  return server;
}

/** A worker that has begun. */
export async function worker({ url }: { readonly url: string }, settings: Line = {}): Promise<Spoken> {
  const spoken = startWorker({ url, version: VERSION, ...settings });
  endings.push(() => spoken.end('SIGKILL'));
  await spoken.says((line) => line.includes('ready'));
  return spoken;
}

/** @param count of runs that ended */
export type OnCell = (count: number) => unknown;

export interface Ended {
  readonly files: Readonly<Record<string, string>>;
  readonly how: Readonly<Record<CellEnd['how'], number>>;
}

export async function runOn(
  path: string,
  engineOf: (study: Study) => Promise<Engine>,
  onCell: OnCell = () => undefined,
  out = mkdtempSync(join(tmpdir(), 'overbook-queued-')),
): Promise<Ended> {
  const study = await Study.plan(readStudy(path));
  const folder = StudyFolder.open(out, studyRecord(study, { node: 'v0' }), { own: 'test', nowMs: 0 });
  const engine = await engineOf(study);
  const how = { kept: 0, ran: 0, failed: 0 };
  try {
    await runStudy(study, folder, engine, {
      onCell: (_, end) => {
        how[end.how]++;
        void onCell(how.ran);
      },
    });
  } finally {
    await engine.close();
  }
  return { files: filesOf(out), how };
}

function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.(json|jsonl|parquet)$/.test(name) && !name.startsWith('timings'),
  );
  // Lines of runs are in the order in which they ended.
  const textOf = (name: string): string => {
    const bytes = readFileSync(join(folder, name));
    return name === 'runs.jsonl' ? bytes.toString().split('\n').sort().join('\n') : bytes.toString('base64');
  };
  return Object.fromEntries(names.sort().map((name) => [name, textOf(name)]));
}

export function locally(path: string): Promise<Ended> {
  return runOn(path, ({ loaded }) => localEngine(loaded, { workers: 0 }));
}

export function queued(
  { url }: { readonly url: string },
  path: string,
  options: QueueOptions = {},
  onCell?: OnCell,
  out?: string,
): Promise<Ended> {
  const engineOf = ({ loaded }: Study): Promise<Engine> =>
    queueEngine(queueServer(url, '--engine'), loaded, { version: VERSION, lookMs: 500, ...options });
  return runOn(path, engineOf, onCell, out);
}
