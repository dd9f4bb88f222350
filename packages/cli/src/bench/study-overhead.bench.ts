/**
 * What a study costs beside its cells: 1,000 small ones, from the first to the tables, against the time that they take
 * where they run, in threads and over a server of Redis on this machine; and how much faster two workers are than one.
 * Everything is started and warm before. A machine that does other work beside it shows more than there is.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { queueEngine, queueServer } from '@overbook/bullmq';
import type { Engine, Study } from '@overbook/study';
import { localEngine } from '@overbook/study';

import { smallStudy, spentOn, told } from './small-study.ts';
import type { Spent } from './small-study.ts';

const CELLS = 1000;
const LOCAL_MAX = 0.05;
const QUEUED_MAX = 0.15;
const FASTER_MIN = 1.8;
const PORT = 16_379;
const BIN = fileURLToPath(new URL('../../bin/overbook.mjs', import.meta.url));

/** Cells of another study: nothing of this one is kept anywhere. */
async function warm(engine: Engine, workers: number): Promise<void> {
  const other = await smallStudy(40 * workers, 'warming');
  await Promise.all(other.point(0).cells.map((cell) => engine.run(cell, undefined)));
}

async function spentBy(study: Study, workers: number): Promise<Spent> {
  const engine = await localEngine(study.loaded, { workers });
  await warm(engine, workers);
  const spent = await spentOn(study, engine);
  await engine.close();
  return spent;
}

/** Resolves when the process has printed this. */
async function says(child: ChildProcess, wanted: string): Promise<void> {
  const lines = createInterface(child.stdout!);
  for await (const line of lines) if (line.includes(wanted)) break;
  child.stdout!.resume();
}

async function spentQueued(study: Study): Promise<Spent> {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-bench-redis-'));
  const words = ['--port', `${PORT}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
  const server = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await says(server, 'Ready to accept connections');
  const url = `redis://127.0.0.1:${PORT}`;
  const worker = spawn(process.execPath, [BIN, 'worker', url, '--quiet'], { stdio: 'ignore' });
  const engine = await queueEngine(queueServer(url, 'bench'), study.loaded);
  await warm(engine, 1);
  const spent = await spentOn(study, engine);
  await engine.close();
  const ends = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ends;
  server.kill('SIGTERM');
  return spent;
}

const study = await smallStudy(CELLS);
const one = await spentBy(study, 1);
console.log(told('one worker thread', one, 1, LOCAL_MAX));
const two = await spentBy(study, 2);
console.log(told('two worker threads', two, 2, undefined));
console.log(`two are ${(one.wall / two.wall).toFixed(2)} times as fast as one (at least ${FASTER_MIN})`);
if (spawnSync('redis-server', ['--version']).status === 0)
  console.log(told('over Redis, one worker', await spentQueued(study), 1, QUEUED_MAX));
else console.log('over Redis: not measured, since there is no redis-server');
