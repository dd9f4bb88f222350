import { readFileSync } from 'node:fs';

import type { Trace } from '@overbook/traces';
import { readTrace } from '@overbook/traces';

/** Misses of one policy, as another simulator counted them (datasets/policies/README.md). */
export interface KnownMisses {
  readonly trace: string;
  readonly frames: number;
  readonly policy: 'lru' | 'clock' | 'fifo' | 'belady';
  readonly accesses: number;
  readonly misses: number;
}

const datasets = new URL('../../../datasets/', import.meta.url);

/** Belady's, for four traces at four sizes. */
export const BELADY_MISSES: readonly KnownMisses[] = (
  JSON.parse(
    readFileSync(new URL('policies/page-replacement-misses.json', datasets), 'utf8'),
  ) as readonly KnownMisses[]
).filter(({ policy }) => policy === 'belady');

const traces = new Map<string, Trace>();

export function knownTrace(name: string): Trace {
  let trace = traces.get(name);
  if (trace === undefined) {
    trace = readTrace(new URL(`traces/${name}.ovt`, datasets).pathname);
    traces.set(name, trace);
  }
  return trace;
}
