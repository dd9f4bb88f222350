/**
 * The path with guest page tables and TLB beside the flat one: a program's trace as a process of a guest, every
 * page mapped to a guest frame at its first touch, on a host with memory to spare. What the simulation takes for it
 * in CPU time an access, and what the modelled processor counts. A trace names each page once an interval, so its
 * TLB misses are those of an interval's first touches: a program's own rate, per reference, is far lower.
 */
import type { Translation } from '@overbook/core/host';
import { toGfn, toGvpn, toNs, toPages, toVmId } from '@overbook/core';
import {
  GUEST_FAULT,
  GuestPageTable,
  composeHost,
  nestedTranslation,
  shadowTranslation,
} from '@overbook/core/host';
import type { Trace } from '@overbook/traces';
import { expandInterval, largestInterval, readTrace } from '@overbook/traces';

import { datasetPath } from './dataset-path.ts';

const TRACES = ['cc1', 'sort', 'python-dict'];
const ROUNDS = 3;
const VM = toVmId(0);
/** Guest frames for table pages: one for each 512 pages and a few above. */
function tablePages(trace: Trace): number {
  return Math.ceil(trace.pages / 512) + 8;
}

function hostOf(trace: Trace, translation: Translation | undefined) {
  return composeHost({
    memory: toPages(2 * (trace.pages + tablePages(trace)) + 4096),
    vms: [{ name: 'guest', size: toPages(trace.pages + tablePages(trace)) }],
    strategies: [],
    store: 'keys',
    ...(translation === undefined ? {} : { edges: { translation } }),
  });
}

/** Runs a trace by guest frame. */
function flat(trace: Trace, gfns: Uint32Array, accesses: Uint8Array): void {
  const host = hostOf(trace, undefined);
  const pmap = host.memory.pmaps[VM]!;
  for (let interval = 0; interval < trace.intervals; interval++) {
    const count = expandInterval(trace, interval, gfns, accesses);
    for (let done = pmap.touchMany(gfns, accesses, 0, count); done < count;) {
      host.memory.access(VM, toGfn(gfns[done]!), accesses[done] === 3, toNs(0));
      done = pmap.touchMany(gfns, accesses, done + 1, count);
    }
  }
}

/** Runs a trace by guest-virtual page; a guest fault maps the page to the next guest frame. */
function translated(
  trace: Trace,
  touched: Uint32Array,
  accesses: Uint8Array,
  translation: Translation,
): void {
  hostOf(trace, translation);
  const gfns = new Uint32Array(touched.length);
  let nextFrame = 0;
  const table = new GuestPageTable(VM, { take: () => nextFrame++, give: () => undefined });
  translation.attach(table);
  for (let interval = 0; interval < trace.intervals; interval++) {
    const count = expandInterval(trace, interval, touched, accesses);
    for (let done = 0; done < count;) {
      const stopped = translation.touchMany(table, touched, accesses, done, count, gfns, toNs(0));
      if (stopped === count) break;
      if (translation.outcome === GUEST_FAULT) table.map(toGvpn(touched[stopped]!), toGfn(nextFrame++), true);
      done = translation.outcome < 0 ? stopped : stopped + 1;
    }
  }
}

function cpuNs(run: () => void): number {
  const start = process.cpuUsage();
  run();
  return 1000 * process.cpuUsage(start).user;
}

console.log('An access is a page touched in an interval of the trace, not a memory reference.');
console.log(
  'trace        path     ns/access   × flat   TLB misses   references a miss   exits a 1000 accesses',
);
for (const name of TRACES) {
  const trace = readTrace(datasetPath(`traces/${name}.ovt`));
  const room = largestInterval(trace);
  const [touched, howTouched] = [new Uint32Array(room), new Uint8Array(room)];
  let accesses = 0;
  for (let i = 0; i < trace.intervals; i++) accesses += expandInterval(trace, i, touched, howTouched);
  const best = (run: () => void): number =>
    Math.min(...Array.from({ length: ROUNDS }, () => cpuNs(run))) / accesses;
  const base = best(() => flat(trace, touched, howTouched));
  console.log(`${name.padEnd(12)} flat   ${base.toFixed(1).padStart(11)}      1.0`);
  for (const [path, make] of [
    ['nested', nestedTranslation],
    ['shadow', shadowTranslation],
  ] as const) {
    let translation: Translation = make();
    const time = best(() => {
      translation = make();
      translated(trace, touched, howTouched, translation);
    });
    const { tlbMisses, references, exits } = translation.stats(VM);
    const cells = [
      `${name.padEnd(12)} ${path} ${time.toFixed(1).padStart(11)}`,
      (time / base).toFixed(1).padStart(8),
      `${((100 * tlbMisses) / accesses).toFixed(2)} %`.padStart(12),
      (references / tlbMisses).toFixed(1).padStart(19),
      ((1000 * exits) / accesses).toFixed(2).padStart(23),
    ];
    console.log(cells.join(' '));
  }
}
