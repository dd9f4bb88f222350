/**
 * Reading a trace, and walking its pages with `expandInterval`: nanoseconds per page beside a plain loop that only
 * copies as many words, in the same run. Best of five rounds; shipped traces.
 */
import { join } from 'node:path';
import { readTrace } from './decode-trace.ts';
import { expandInterval, largestInterval } from './expand.ts';
import { totalsOf } from './trace-meta.ts';

const ROUNDS = 5;
const folder = join(import.meta.dirname, '../../../../datasets/traces');

/** Milliseconds of the fastest of five calls. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

for (const name of ['cc1', 'sort', 'python-dict']) {
  const path = join(folder, `${name}.ovt`);
  const trace = readTrace(path);
  const { pageEvents, runs } = totalsOf(trace);
  const gfns = new Uint32Array(largestInterval(trace));
  const accesses = new Uint8Array(gfns.length);
  const source = new Uint32Array(gfns.length);
  let walked = 0;
  const expandMs = fastest(() => {
    for (let i = 0; i < trace.intervals; i++) walked += expandInterval(trace, i, gfns, accesses);
  });
  const copyMs = fastest(() => {
    for (let left = pageEvents; left > 0; left -= source.length) {
      for (let row = 0; row < source.length; row++) {
        gfns[row] = source[row]!;
        accesses[row] = 1;
      }
    }
  });
  if (walked !== pageEvents * ROUNDS) throw new Error('the walk missed pages');
  const ns = (ms: number): string => ((ms * 1e6) / pageEvents).toFixed(2);
  console.log(
    `${name}: read ${fastest(() => readTrace(path)).toFixed(0)} ms (${runs} runs); ` +
      `expand ${ns(expandMs)} ns a page, plain copy ${ns(copyMs)}, ratio ${(copyMs / expandMs).toFixed(2)}`,
  );
}
