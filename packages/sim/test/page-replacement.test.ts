/**
 * A flat guest alone on a host without thresholds counts what a cache simulator counts. The figures are
 * libCacheSim's (datasets/policies/README.md); the swapping here is the textbook's, the shipped one is held
 * to the same in packages/cli.
 */
import { readFileSync } from 'node:fs';

import { toPages } from '@overbook/core';
import { InstantDevice } from '@overbook/core/host';
import type { Trace } from '@overbook/traces';
import { readTrace } from '@overbook/traces';
import { describe, expect, test } from 'vitest';

import { runSimulation } from '../src/index.ts';
import { plainSwap } from './plain-swap.ts';

interface Row {
  readonly trace: string;
  readonly frames: number;
  readonly policy: 'lru' | 'clock' | 'fifo' | 'belady';
  readonly accesses: number;
  readonly misses: number;
}

const datasets = new URL('../../../datasets/', import.meta.url);
const rows = JSON.parse(
  readFileSync(new URL('policies/page-replacement-misses.json', datasets), 'utf8'),
) as readonly Row[];
/** Few misses run fast; with OVERBOOK_FULL all 36 of these three traces run. */
const shown = rows.filter(
  ({ trace, frames, policy }) =>
    policy !== 'belady' &&
    ['cc1', 'sort', 'python-dict'].includes(trace) &&
    (process.env['OVERBOOK_FULL'] !== undefined || (frames === 8192 && trace === 'cc1')),
);

const traces = new Map<string, Trace>();
function traceOf(name: string): Trace {
  let trace = traces.get(name);
  if (trace === undefined) {
    trace = readTrace(new URL(`traces/${name}.ovt`, datasets).pathname);
    traces.set(name, trace);
  }
  return trace;
}

describe('first touches and swap-ins are the misses of libCacheSim', () => {
  test.each(shown)('$trace with $frames frames, $policy', ({ trace, frames, policy, misses }) => {
    const { guests, summary, touches } = runSimulation({
      name: 'test',
      host: { memory: toPages(frames), memoryStates: 'direct' },
      guests: [{ kind: 'flat', name: 'a', trace: traceOf(trace) }],
      mix: { strategies: [{ plugin: plainSwap, options: { victims: policy } }] },
      run: { seed: 1, order: 'recorded', edges: { swapDevice: new InstantDevice() } },
    });
    expect(guests[0]!.firstTouches + summary.swapInPages).toBe(misses);
    expect(touches).toBe(rows.find((row) => row.trace === trace)!.accesses);
  });
});
