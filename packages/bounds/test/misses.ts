import { toPages } from '@overbook/core';
import type { AnyStrategyPlugin, Chosen } from '@overbook/core/host';
import { InstantDevice } from '@overbook/core/host';
import { runSimulation } from '@overbook/sim';
import type { Trace } from '@overbook/traces';

/** How a program is run alone on a host that has exactly so many frames. */
export interface OneProgram {
  readonly trace: Trace;
  readonly frames: number;
  readonly strategy: Chosen<AnyStrategyPlugin>;
  readonly order?: 'recorded' | 'shuffled';
  readonly seed?: number;
  readonly repeat?: number;
  readonly check?: boolean;
}

/** First touches and swap-ins: what a cache simulator calls misses. */
export function missesOf({
  trace,
  frames,
  strategy,
  order = 'recorded',
  seed = 1,
  ...rest
}: OneProgram): number {
  const { repeat = 1, check = false } = rest;
  const { guests, summary } = runSimulation({
    name: 'test',
    host: { memory: toPages(frames), memoryStates: 'direct' },
    guests: [{ kind: 'flat', name: 'a', trace, repeat }],
    mix: { strategies: [strategy] },
    run: { seed, order, check, edges: { swapDevice: new InstantDevice() } },
  });
  return guests[0]!.firstTouches + summary.swapInPages;
}
