/**
 * `analyze` beside what one core does natively to the same file in the same run: read and hash it page by page,
 * and compress each distinct page with LZ4 (tools/native-page-rates.c, where there is a C compiler; else
 * @node-rs/xxhash and lz4-napi). The file is of real pages where OVERBOOK_DATA is set (two images of 256 MiB),
 * else of noise and zeros; it is read from the page cache. Best of five. Then ksmd on the same pages, where it is
 * asked for. Then memory: a sparse image and a repeated one of 16 GiB.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { xxh3, xxh64 } from '@node-rs/xxhash';
import { lz4 } from '../scan/page-codec.ts';
import { analyzeImages } from './analyze-images.ts';

const ROUNDS = 5;
const MIB = 1_048_576;
const GIB = 1024 * MIB;
const repository = new URL('../../../../', import.meta.url).pathname;
function gb(rate: number): string {
  return (rate / 1e9).toFixed(2);
}
const folder = mkdtempSync(join(tmpdir(), 'overbook-bench-'));

try {
  const path = join(folder, 'bench.raw');
  const what = realPages(path) ?? madeUpPages(path);
  const bytes = statSync(path).size;
  console.log(`${(bytes / MIB).toFixed(0)} MiB: ${what}`);
  const rates = nativeRates(path) ?? libraryRates(path);
  console.log(
    `one core, ${rates.by}: read and hash ${gb(rates.hash)} GB/s, LZ4 ${(rates.compress / 1000).toFixed(1)} k pages/s`,
  );
  // Threads pay from a GiB on: the file eight times over, as eight guests.
  const guests = Array.from({ length: 8 }, (_, guest) => ({ path, name: `guest-${guest}` }));
  let alone: number | undefined;
  for (const workers of threadCounts()) {
    const scan = await best(() => analyzeImages(guests, { only: 'sharing', workers }));
    const all = bytes * guests.length;
    alone ??= scan.seconds;
    console.log(
      `analyze --only sharing, ${all / MIB} MiB, ${workers} threads: ${gb(all / scan.seconds)} GB/s, ` +
        `${(alone / scan.seconds).toFixed(2)} times one thread; ` +
        `${gb(all / scan.cpuSeconds)} GB a second of processor, ` +
        `${(all / scan.cpuSeconds / rates.hash).toFixed(2)} of native`,
    );
  }
  for (const workers of threadCounts()) {
    const plain = await best(() => analyzeImages([{ path }], { only: 'sharing', workers: 1 }), 2);
    const whole = await best(() => analyzeImages([{ path }], { codecs: ['lz4'], workers }), 2);
    const { zeroPages, distinctContents } = whole.value.images[0]!;
    const contents = distinctContents - (zeroPages > 0 ? 1 : 0);
    const [rate, perCore] = [
      contents / (whole.seconds - plain.seconds),
      contents / (whole.cpuSeconds - plain.cpuSeconds),
    ];
    console.log(
      `LZ4 of each of ${contents} contents once, ${workers} threads (their start and a second reading counted): ` +
        `${(rate / 1000).toFixed(1)} k pages/s; ${(perCore / 1000).toFixed(1)} k a second of processor, ` +
        `${(perCore / rates.compress).toFixed(2)} of native`,
    );
  }
  console.log(await ksmBeside(path));
  measureMemory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function threadCounts(): number[] {
  const cores = availableParallelism();
  return [1, 2, 4, 8, 16, 32, 64].filter((count) => count <= cores);
}

interface Best<T> {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
  readonly value: T;
}

async function best<T>(work: () => Promise<T>, rounds = ROUNDS): Promise<Best<T>> {
  let seconds = Number.POSITIVE_INFINITY;
  let cpuSeconds = Number.POSITIVE_INFINITY;
  let value = await work();
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const start = performance.now();
    value = await work();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    const { user, system } = process.cpuUsage(before);
    cpuSeconds = Math.min(cpuSeconds, (user + system) / 1e6);
  }
  return { seconds, cpuSeconds, value };
}

function realPages(path: string): string | undefined {
  if (process.env['OVERBOOK_DATA'] === undefined) return undefined;
  const script = join(repository, 'tools/make-images.mjs');
  execFileSync(process.execPath, [script, folder, 'four-a', 'four-b'], { stdio: 'ignore' });
  copyFileSync(join(folder, 'four-a.raw'), path);
  writeFileSync(path, readFileSync(join(folder, 'four-b.raw')), { flag: 'a' });
  return 'pages of real guests';
}

function madeUpPages(path: string): string {
  const file = openSync(path, 'w');
  for (let part = 0; part < 8; part++) {
    const noise = createHash('shake256', { outputLength: 32 * MIB })
      .update(String(part))
      .digest();
    writeSync(file, noise);
    writeSync(file, Buffer.alloc(16 * MIB));
    writeSync(file, noise.subarray(0, 16 * MIB));
  }
  closeSync(file);
  return 'half noise, a quarter of it zeros, a quarter copies';
}

interface Rates {
  readonly by: string;
  readonly hash: number;
  readonly compress: number;
}

function nativeRates(path: string): Rates | undefined {
  const program = join(folder, 'native-page-rates');
  const source = join(repository, 'tools/native-page-rates.c');
  const made = spawnSync('cc', ['-O3', source, '-o', program, '-llz4'], { stdio: 'ignore' });
  if (made.status !== 0) return undefined;
  const [hash, , , compress] = execFileSync(program, [path], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .map(Number);
  return { by: 'native (C, XXH3-64, liblz4)', hash: hash!, compress: compress! };
}

function libraryRates(path: string): Rates {
  const file = openSync(path, 'r');
  const window = new Uint8Array(MIB / 2);
  const { size } = statSync(path);
  let seconds = Number.POSITIVE_INFINITY;
  let sink = 0n;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let at = 0; at < size; at += window.length) {
      const got = readSync(file, window, 0, window.length, at);
      for (let page = 0; page < got; page += 4096) sink ^= xxh64(window.subarray(page, page + 4096));
    }
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  const seen = new Set<bigint>([xxh3.xxh64(new Uint8Array(4096))]);
  let compressed = 0;
  let spent = 0;
  for (let at = 0; at < size; at += 4096) {
    readSync(file, window, 0, 4096, at);
    const page = window.subarray(0, 4096);
    const key = xxh3.xxh64(page);
    if (seen.has(key)) continue;
    seen.add(key);
    const start = performance.now();
    lz4.compressedBytes(page);
    spent += (performance.now() - start) / 1000;
    compressed++;
  }
  closeSync(file);
  return {
    by: `libraries (xxh64 of @node-rs/xxhash, lz4-napi)${sink === 1n ? ' ' : ''}`,
    hash: size / seconds,
    compress: compressed / spent,
  };
}

/** A kernel that merges the same pages (tools/ksm-rate.c): asked for, as it changes settings of the machine. */
async function ksmBeside(path: string): Promise<string> {
  if (process.env['OVERBOOK_KSM'] !== '1')
    return 'ksmd: not measured (OVERBOOK_KSM=1, as root, where KSM is off)';
  const program = join(folder, 'ksm-rate');
  const made = spawnSync('cc', ['-O3', join(repository, 'tools/ksm-rate.c'), '-o', program], {
    stdio: 'ignore',
  });
  const ran = spawnSync(program, [path], { encoding: 'utf8' });
  if (made.status !== 0 || ran.status !== 0) return 'ksmd: this machine does not allow it';
  const [seconds, cpuSeconds, shared, sharing, limit] = ran.stdout.trim().split(' ').map(Number);
  const { images } = await analyzeImages([{ path }], { only: 'sharing', maxPageSharing: limit! });
  const { pagesShared, pagesSharing } = images[0]!;
  const isEqual = pagesShared === shared && pagesSharing === sharing;
  return (
    'ksmd, same pages, scanning without pause until its counts stand still: ' +
    `${gb(statSync(path).size / seconds!)} GB/s, ${cpuSeconds} s of processor; ${shared} shared, ${sharing} sharing, ` +
    `analyze ${isEqual ? 'counts the same' : `counts ${pagesShared} and ${pagesSharing}`}`
  );
}

/** The whole process, as the kernel saw it. */
function measureMemory(): void {
  const sparse = join(folder, 'sparse.raw');
  const file = openSync(sparse, 'w');
  ftruncateSync(file, 16 * GIB);
  const noise = createHash('shake256', { outputLength: MIB }).update('sparse').digest();
  for (let at = 0; at < 16 * GIB; at += 512 * MIB) writeSync(file, noise, 0, MIB, at);
  closeSync(file);
  const repeated = join(folder, 'repeated.raw');
  const half = createHash('shake256', { outputLength: 64 * MIB })
    .update('repeated')
    .digest();
  const out = openSync(repeated, 'w');
  for (let part = 0; part < 64; part++) writeSync(out, half);
  closeSync(out);
  const entry = new URL('./analyze-images.js', import.meta.url).href;
  for (const [name, paths] of [
    ['a sparse image of 16 GiB', [sparse]],
    ['an image of 4 GiB, 64 MiB repeated, four times', [repeated, repeated, repeated, repeated]],
  ] as const) {
    const script =
      `const { analyzeImages } = await import(${JSON.stringify(entry)});` +
      'const start = performance.now();' +
      `const sources = ${JSON.stringify(paths.map((path) => ({ path })))};` +
      `await analyzeImages(sources, { codecs: ['lz4'], workers: ${availableParallelism()} });` +
      'console.log(process.resourceUsage().maxRSS / 1024, (performance.now() - start) / 1000);';
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const [mib, seconds] = said.trim().split(' ').map(Number);
    console.log(
      `${name}, sharing and LZ4: ${mib!.toFixed(0)} MiB at most (whole process), ${seconds!.toFixed(1)} s`,
    );
  }
}
