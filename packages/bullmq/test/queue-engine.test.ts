import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import type { QueueOptions } from '@overbook/bullmq';
import { queueEngine, queueServer } from '@overbook/bullmq';
import type { CellEnd, Engine } from '@overbook/study';
import { Study, StudyFolder, localEngine, readStudy, runStudy, studyRecord } from '@overbook/study';

import { tinyStudy } from '../../study/test/tiny.ts';
import { HAS_REDIS, RedisServer, startWorker } from './processes.ts';
import type { Line, Spoken } from './processes.ts';

const GRID = `seeds: 2
vary:
  host.memory: [45 %, 60 %]
  options.tps.pagesPerSecond: [1000, 20000]
`;

/** Of the code: sources and builds, which the processes of a test may mix, have two. */
const VERSION = 'a-version-for-tests';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function redis(...options: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...options);
  endings.push(() => server.stop());
  return server;
}

/** A worker that has begun. */
async function worker({ url }: { readonly url: string }, settings: Line = {}): Promise<Spoken> {
  const spoken = startWorker({ url, version: VERSION, ...settings });
  endings.push(() => spoken.end('SIGKILL'));
  await spoken.says((line) => line.includes('ready'));
  return spoken;
}

interface Ended {
  readonly files: Readonly<Record<string, string>>;
  readonly how: Readonly<Record<CellEnd['how'], number>>;
}

async function runOn(
  path: string,
  engineOf: (study: Study) => Promise<Engine>,
  onCell: (count: number) => void | Promise<void> = () => undefined,
): Promise<Ended> {
  const study = await Study.plan(readStudy(path));
  const out = mkdtempSync(join(tmpdir(), 'overbook-queued-'));
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

function locally(path: string): Promise<Ended> {
  return runOn(path, ({ loaded }) => localEngine(loaded, { workers: 0 }));
}

function queued(
  { url }: { readonly url: string },
  path: string,
  options: QueueOptions = {},
  onCell?: (count: number) => void | Promise<void>,
): Promise<Ended> {
  const engineOf = ({ loaded }: Study): Promise<Engine> =>
    queueEngine(queueServer(url, '--engine'), loaded, { version: VERSION, lookMs: 500, ...options });
  return runOn(path, engineOf, onCell);
}

describe.skipIf(!HAS_REDIS)('cells over a queue (needs redis-server)', { timeout: 180_000 }, () => {
  test('two workers give the bytes of a run in this thread', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const workers = [await worker(server), await worker(server)];
    const { files, how } = await queued(server, path);
    expect(files).toEqual((await locally(path)).files);
    expect(how).toEqual({ kept: 4, ran: 12, failed: 0 });
    for (const one of workers) {
      expect(one.lines.filter((line) => line.includes('"cell"')).length).toBeGreaterThan(0);
      expect(await one.end('SIGTERM')).toBe(0);
    }
  });
});
