/**
 * The flat path: one guest without page tables, LRU hypervisor swap, against a plain LRU over typed arrays
 * that does nothing else, on the same access stream in the same process. Prints nine ratios with their miss
 * rates; misses must agree.
 */
import { toGfn, toMfn, toNs, toPages, toVmId } from '@overbook/core';
import { ACCESS_WRITE, composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import type { Trace } from '@overbook/traces';
import { expandInterval, largestInterval, readTrace } from '@overbook/traces';

import { datasetPath } from './dataset-path.ts';

const TRACES = ['cc1', 'sort', 'python-dict'];
const FRAMES = [1024, 8192, 40_000];
const ROUNDS = 3;

interface Stream {
  readonly trace: Trace;
  readonly gfns: Uint32Array;
  readonly accesses: Uint8Array;
}

/** The baseline: a doubly linked list over typed arrays. @returns misses */
function plainLru({ trace, gfns, accesses }: Stream, frames: number): number {
  const resident = new Uint8Array(trace.pages);
  const dirty = new Uint8Array(trace.pages);
  const before = new Int32Array(trace.pages);
  const after = new Int32Array(trace.pages);
  let newest = -1;
  let oldest = -1;
  let used = 0;
  let misses = 0;
  for (let interval = 0; interval < trace.intervals; interval++) {
    const count = expandInterval(trace, interval, gfns, accesses);
    for (let i = 0; i < count; i++) {
      const page = gfns[i]!;
      if (accesses[i] === ACCESS_WRITE) dirty[page] = 1;
      if (page === newest) continue;
      if (resident[page] === 1) {
        const b = before[page]!;
        const a = after[page]!;
        after[b] = a;
        if (a >= 0) before[a] = b;
        else oldest = b;
      } else {
        misses++;
        if (used === frames) {
          resident[oldest] = 0;
          oldest = before[oldest]!;
          if (oldest >= 0) after[oldest] = -1;
          else newest = -1;
        } else {
          used++;
        }
        resident[page] = 1;
      }
      before[page] = -1;
      after[page] = newest;
      if (newest >= 0) before[newest] = page;
      newest = page;
      if (oldest < 0) oldest = page;
    }
  }
  return misses;
}

/** The same stream on a composed host. @returns first touches + swap-ins */
function overbook({ trace, gfns, accesses }: Stream, frames: number): number {
  const host = composeHost({
    memory: toPages(frames),
    vms: [{ name: 'flat', size: trace.pages }],
    strategies: [{ plugin: hostswap, options: { victims: 'lru' } }],
    memoryStates: 'direct',
    store: 'keys',
  });
  const pmap = host.memory.pmaps[0]!;
  const { store } = host;
  for (let interval = 0; interval < trace.intervals; interval++) {
    const count = expandInterval(trace, interval, gfns, accesses);
    let done = 0;
    while (done < count) {
      const stop = pmap.touchMany(gfns, accesses, done, count);
      store.writePrivateHits(pmap.entries, gfns, accesses, done, stop, 4096);
      if (stop === count) break;
      const page = toGfn(gfns[stop]!);
      const write = accesses[stop] === ACCESS_WRITE;
      host.memory.access(toVmId(0), page, write, toNs(0));
      if (write) store.writePrivate(toMfn(pmap.payload(page)), 4096, 0);
      done = stop + 1;
    }
  }
  const { firstTouches, faults } = host.memory.events[0]!;
  return firstTouches + faults.reduce((sum, n) => sum + n, 0);
}

function timed(run: () => number): { readonly ns: number; readonly misses: number } {
  const start = process.hrtime.bigint();
  const misses = run();
  return { ns: Number(process.hrtime.bigint() - start), misses };
}

console.log(
  'trace        frames    misses   plain ns/access   overbook ns/access   ratio   ns per miss over plain',
);
for (const name of TRACES) {
  const trace = readTrace(datasetPath(`traces/${name}.ovt`));
  const room = largestInterval(trace);
  const stream = { trace, gfns: new Uint32Array(room), accesses: new Uint8Array(room) };
  let accesses = 0;
  for (let i = 0; i < trace.intervals; i++)
    accesses += expandInterval(trace, i, stream.gfns, stream.accesses);
  for (const frames of FRAMES) {
    let plain = Infinity;
    let ours = Infinity;
    let misses = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const a = timed(() => plainLru(stream, frames));
      const b = timed(() => overbook(stream, frames));
      if (a.misses !== b.misses)
        throw new Error(`${name} at ${frames} frames: ${a.misses} and ${b.misses} misses`);
      plain = Math.min(plain, a.ns);
      ours = Math.min(ours, b.ns);
      misses = a.misses;
    }
    const cells = [
      name.padEnd(12),
      String(frames).padStart(6),
      `${((100 * misses) / accesses).toFixed(2)} %`.padStart(9),
      (plain / accesses).toFixed(1).padStart(17),
      (ours / accesses).toFixed(1).padStart(20),
      (plain / ours).toFixed(2).padStart(7),
      ((ours - plain) / misses).toFixed(0).padStart(24),
    ];
    console.log(cells.join(' '));
  }
}
