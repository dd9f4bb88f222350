import { cpSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { queueEngine, queueServer } from '@overbook/bullmq';
import { Study, localEngine, readStudy } from '@overbook/study';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';

import { SCENARIO, tinyStudy } from '../../study/test/tiny.ts';
import type { Spoken } from './processes.ts';
import { HAS_REDIS } from './processes.ts';
import { VERSION, locally, queued, redis, worker } from './queued-study.ts';

const GRID = `seeds: 2
vary:
  host.memory: [45 %, 60 %]
  options.tps.pagesPerSecond: [1000, 20000]
`;

/** Cells of one study, each of which runs once. */
const RUNS = 12;

const SMALL = 'seeds: 1\n';

const IMAGE = fileURLToPath(new URL('../../../datasets/images/mini.raw.gz', import.meta.url));

function cellsOf({ lines }: Spoken): number {
  return lines.filter((line) => line.startsWith('{"cell"')).length;
}

describe.skipIf(!HAS_REDIS)('cells over a queue (needs redis-server)', { timeout: 300_000 }, () => {
  test('two workers give the bytes of a run in this thread', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const workers = [await worker(server), await worker(server)];
    const { files, how } = await queued(server, path);
    expect(files).toEqual((await locally(path)).files);
    expect(how).toEqual({ kept: 4, ran: RUNS, failed: 0 });
    for (const one of workers) {
      expect(cellsOf(one)).toBeGreaterThan(0);
      expect(await one.end('SIGTERM')).toBe(0);
    }
  });

  test('a study that is asked for twice at once is run once', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const only = await worker(server);
    const [first, second] = await Promise.all([queued(server, path), queued(server, path)]);
    expect(first!.files).toEqual(second!.files);
    expect(first!.how.ran).toBe(RUNS);
    expect(second!.how.ran).toBe(RUNS);
    await only.end('SIGTERM');
    expect(cellsOf(only)).toBe(RUNS);
  });

  test('a password is needed, taken, and never told', async () => {
    const path = tinyStudy(SMALL);
    const server = await redis('--requirepass', 'geheim');
    const wrong = `redis://:hush@127.0.0.1:${server.port}`;
    for (const url of [server.url, wrong]) {
      const error = await queued({ url }, path).catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: 'OVB_QUEUE_REFUSED' });
      expect(inspect(error, { depth: 9 })).not.toMatch(/hush|geheim/);
    }
    const url = `redis://:geheim@127.0.0.1:${server.port}`;
    const only = await worker({ url });
    const { how, files } = await queued({ url }, path);
    expect(how.ran).toBe(2);
    expect(Object.values(files).map((text) => Buffer.from(text, 'base64').toString())).not.toContain(
      'geheim',
    );
    await only.end('SIGTERM');
    expect(only.lines.join('\n')).not.toContain('geheim');
  });

  test('a server without memory is one error, and cells that ended are kept', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    await worker(server);
    const control = new Redis(server.port);
    const fill = (count: number): unknown =>
      count === 2 ? control.config('SET', 'maxmemory', '1') : undefined;
    await expect(queued(server, path, {}, fill)).rejects.toMatchObject({ code: 'OVB_QUEUE_FULL' });
    await control.config('SET', 'maxmemory', '0');
    control.disconnect();
    // With memory again, the same study goes on.
    expect((await queued(server, path)).how.ran).toBe(RUNS);
  });

  test('a worker with other code is refused on both sides', async () => {
    const path = tinyStudy(SMALL);
    const server = await redis();
    const other = await worker(server, { version: 'some-other-version' });
    await expect(queued(server, path)).rejects.toMatchObject({ code: 'OVB_WORKER_OTHER' });
    expect(await other.end()).toBe(2);
    expect(other.lines).toContain('{"error":"OVB_WORKER_OTHER"}');
  });

  test('a worker with other code among right ones leaves, and no cell is lost', async () => {
    const path = tinyStudy(GRID);
    const server = await redis();
    const other = await worker(server, { version: 'some-other-version' });
    await worker(server);
    expect((await queued(server, path)).how).toEqual({ kept: 4, ran: RUNS, failed: 0 });
    expect(await other.end()).toBe(2);
  });

  test('a worker that lacks a dataset is sent it, once', async () => {
    const scenario = SCENARIO.replace(/^datasets: .*$/m, 'datasets: own').replace(
      'images/mini.raw.gz',
      'few.raw.gz',
    );
    const path = tinyStudy(SMALL, scenario);
    const image = join(dirname(path), 'own', 'few.raw.gz');
    mkdirSync(dirname(image), { recursive: true });
    cpSync(IMAGE, image);
    const study = await Study.plan(readStudy(path));
    const server = await redis();
    const cache = mkdtempSync(join(tmpdir(), 'overbook-cache-'));
    await worker(server, { cache });
    const engine = await queueEngine(queueServer(server.url, 'url'), study.loaded, { version: VERSION });
    const here = await localEngine(study.loaded, { workers: 0 });
    for (const cell of study.point(0).cells) {
      // As if planned on a machine with other folders.
      const request = { ...cell.request, path: '/elsewhere/study/tiny.yaml' };
      const { answer } = await engine.run({ ...cell, request }, undefined);
      expect(answer).toEqual((await here.run(cell, undefined)).answer);
    }
    await engine.close();
    const [hash] = Object.values(study.first.datasetHashes);
    expect(readdirSync(cache)).toEqual([`${hash}.raw.gz`]);
  });

  test('a dataset that is nowhere is refused by its name', async () => {
    const study = await Study.plan(readStudy(tinyStudy(SMALL)));
    const server = await redis();
    await worker(server);
    const engine = await queueEngine(queueServer(server.url, 'url'), study.loaded, { version: VERSION });
    const [cell] = study.point(0).cells;
    const datasets = { ...cell!.request.datasets, 'images/mini.raw.gz': '0'.repeat(64) };
    const { answer } = await engine.run({ ...cell!, request: { ...cell!.request, datasets } }, undefined);
    expect(answer).toMatchObject({ kind: 'refused', code: 'OVB_CELL_OTHER', at: 'images/mini.raw.gz' });
    await engine.close();
  });
});
