import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';

import { tinyStudy } from '../../study/test/tiny.ts';
import { QUEUE } from '../src/queue/cell-job.ts';
import { HAS_REDIS } from './processes.ts';
import type { RedisServer } from './processes.ts';
import { locally, queued, redis, worker } from './queued-study.ts';

const GRID = `seeds: 2
vary:
  host.memory: [45 %, 60 %]
  options.tps.pagesPerSecond: [1000, 20000]
`;

/** Cells of it, each of which runs once. */
const RUNS = 12;

/** Cells of the study of the quickstart's guests: as many as 200 take a quarter of an hour. */
const HOSTED = Number(process.env['OVERBOOK_QUEUED_CELLS'] ?? 20);

const HOSTS = `mixes: [swap-only, tps]
seeds: ${HOSTED / 10}
vary: { host.memory: [50 %, 55 %, 60 %, 70 %, 80 %] }
`;

const LONG = { timeout: 3_600_000 };

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts a worker and kills it in the middle of a cell. */
async function killAWorker(server: RedisServer): Promise<void> {
  const events = new QueueEvents(QUEUE, { connection: { port: server.port } });
  const client = new Redis(server.port);
  await events.waitUntilReady();
  // Victims are known by how many cells they take at a time, which is in their names.
  const isVictims = async (id: string): Promise<boolean> =>
    (await client.hget(`bull:${QUEUE}:${id}`, 'pb'))?.endsWith(':2') === true;
  const taken = new Promise<void>((done) => {
    const look = async (id: string): Promise<void> => {
      if (await isVictims(id)) done();
    };
    events.on('active', ({ jobId }) => void look(jobId));
  });
  const victim = await worker(server, { concurrency: 2 });
  await taken;
  await victim.end('SIGKILL');
  await events.close();
  client.disconnect();
}

describe.skipIf(!HAS_REDIS)('after a fall (needs redis-server)', { timeout: 300_000 }, () => {
  test('workers that are killed in the middle of a cell lose none', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const running = queued(server, path);
    for (let kill = 0; kill < 3; kill++) await killAWorker(server);
    await worker(server);
    const { files, how } = await running;
    expect(files).toEqual((await locally(path)).files);
    expect(how).toEqual({ kept: 4, ran: RUNS, failed: 0 });
  });

  test.each([
    ['with an append-only file', 'yes'],
    ['without one, which forgets all jobs', 'no'],
  ])('a server is restarted between two cells, %s', async (_, appendonly) => {
    const path = tinyStudy(GRID);
    const server = await redis('--appendonly', appendonly);
    await worker(server);
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await server.stop();
      await server.start();
    };
    const { files, how } = await queued(server, path, {}, (count) => {
      if (count === 3) restarted ??= restart();
    });
    await restarted;
    expect(files).toEqual((await locally(path)).files);
    expect(how).toEqual({ kept: 4, ran: RUNS, failed: 0 });
  });

  test('a server that went away for good is one error, and cells that ended are kept', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const only = await worker(server, { patienceMs: 500 });
    const out = mkdtempSync(join(tmpdir(), 'overbook-kept-'));
    const stop = (count: number): unknown => (count === 1 ? server.stop() : undefined);
    const going = queued(server, path, { patienceMs: 500 }, stop, out);
    await expect(going).rejects.toMatchObject({ code: 'OVB_QUEUE_UNREACHABLE' });
    const cells = readdirSync(join(out, 'cells'), { recursive: true, encoding: 'utf8' });
    expect(cells.filter((name) => name.endsWith('.json')).length).toBeGreaterThan(0);
    expect(cells.filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await only.end()).toBe(2);
    expect(only.lines.at(-1)).toBe('{"error":"OVB_QUEUE_UNREACHABLE"}');
  });

  test(`${HOSTED} runs of the quickstart, three workers killed, the server restarted`, LONG, async () => {
    const scenario = readFileSync(join(ROOT, 'scenarios/quickstart.yaml'), 'utf8');
    const here = scenario.replace(/^datasets: .*$/m, `datasets: ${join(ROOT, 'datasets')}`);
    const path = tinyStudy(HOSTS, here);
    const server = await redis();
    let restarted: Promise<void> | undefined;
    let killed: Promise<void> | undefined;
    const fall = async (): Promise<void> => {
      await server.stop();
      await server.start();
    };
    const kill = async (): Promise<void> => {
      for (let time = 0; time < 3; time++) await killAWorker(server);
    };
    await worker(server);
    const { files, how } = await queued(server, path, {}, (count) => {
      if (count === HOSTED / 10) killed ??= kill();
      if (count === (6 * HOSTED) / 10) restarted ??= fall();
    });
    await Promise.all([killed, restarted]);
    expect(how).toEqual({ kept: 0, ran: HOSTED, failed: 0 });
    expect(files).toEqual((await locally(path)).files);
  });
});
