/** What the experiments of one paper share: Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002. */
import type { Pages, Pressure } from '@overbook/core';
import type { HostCounters } from '@overbook/core/host';
import { NS_PER_SECOND, PAGES_PER_MIB, mib } from '@overbook/core';
import { ofRole } from '@overbook/core/host';
import type { RunConfig, SimulationConfig, SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';

import type { RunContext } from '../experiment.ts';
import { changedRun } from '../mechanisms.ts';

export const PAPER = 'Waldspurger, Memory Resource Management in VMware ESX Server, OSDI 2002';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;

/** Pages in MB of 2^20 bytes, as the paper counts. */
export function megabytes(count: number): number {
  return count / PAGES_PER_MIB;
}

export function pagesOf(mb: number): Pages {
  return mib(mb);
}

/** Working sets are sampled every 30 s (§5.3), policies asked every 15 s (ESX Server 2, Mem.BalancePeriod). */
export const PACES = { sample: 30 * SECOND_MS, balance: 15 * SECOND_MS } as const;

/** One VM at one moment, in MB. */
export interface VmSample {
  /** Guest memory backed by machine memory, shared pages included: what the paper's figures call allocated. */
  readonly alloc: number;
  /** Machine memory charged to the VM. */
  readonly consumed: number;
  readonly active: number;
  readonly balloon: number;
  readonly shared: number;
  readonly zero: number;
  readonly swapped: number;
  /** Machine memory that the policy last said it shall have. */
  readonly entitled: number;
}

/** The host at one moment. */
export interface Sample {
  readonly minute: number;
  readonly state: string;
  readonly free: number;
  /** Machine memory that sharing saves, and the machine copies of shared pages, in MB. */
  readonly saving: number;
  readonly common: number;
  readonly vms: readonly VmSample[];
}

function minuteOf(timeNs: number): number {
  return timeNs / NS_PER_SECOND / 60;
}

/** What counters tell, in MB. */
function sampleOf(counters: HostCounters, timeNs: number): Sample {
  return {
    minute: minuteOf(timeNs),
    state: counters.state,
    free: megabytes(counters.free),
    saving: megabytes(counters.saving),
    common: megabytes(counters.common),
    vms: counters.vms.map((vm) => ({
      alloc: megabytes(vm.granted),
      consumed: megabytes(vm.consumed),
      active: megabytes(vm.activity?.active ?? 0),
      balloon: megabytes(vm.ballooned),
      shared: megabytes(vm.shared),
      zero: megabytes(vm.zero),
      swapped: megabytes(ofRole(vm, 'swapped', 'kinds') ?? 0),
      entitled: megabytes(vm.entitlement),
    })),
  };
}

/** What a run of a host left behind. */
export interface Run {
  readonly samples: readonly Sample[];
  /** Memory states as they were entered, from the first sample on. */
  readonly states: readonly { readonly minute: number; readonly state: string }[];
  /** The host when all guests have ended their work. */
  readonly end: Sample;
  /** Free memory below which each state is entered, as the host's pressure stream says. */
  readonly thresholds: Pressure['thresholds'];
  readonly result: SimulationResult;
}

/** A host of the paper: ESX 1.5's memory states, its paces, the context's mechanisms; sampled once a period. */
export function runHost(
  config: Omit<SimulationConfig, 'run'> & { readonly run?: Partial<RunConfig> },
  context: RunContext,
  progress: (fraction: number) => void = context.progress,
): Run {
  const samples: Sample[] = [];
  const states: { minute: number; state: string }[] = [];
  let thresholds: Pressure['thresholds'] = {};
  const result = runSimulation(
    changedRun(
      {
        ...config,
        host: {
          memoryStates: 'esx-1.5',
          paces: PACES,
          // The paper's figures step every half minute of the drawing's time.
          sampling: { time: 'host' },
          ...config.host,
        },
        run: {
          order: 'shuffled',
          seed: 1,
          offsetSpread: 0,
          // A VM that has to wait is not ended: nothing of the kind is in the paper.
          blockedLimit: 60 * MINUTE_MS,
          seriesPeriodMs: 15 * SECOND_MS,
          ...config.run,
          onProgress: progress,
          onSample: (host, read) => {
            if (samples.length === 0) {
              thresholds = host.pressure().thresholds;
              host.state$.subscribe((state) => states.push({ minute: minuteOf(host.clock.now()), state }));
            }
            samples.push(sampleOf(read(), host.clock.now()));
          },
        },
      },
      context.mechanisms,
    ),
  );
  return {
    samples,
    states,
    thresholds,
    end: sampleOf(result.host, result.measuredFromNs + result.measuredNs),
    result,
  };
}

/** Mean over the samples of some minutes. */
export function meanOver(
  samples: readonly Sample[],
  [from, to]: readonly [from: number, to: number],
  of: (sample: Sample) => number,
): number {
  const inside = samples.filter(({ minute }) => minute >= from && minute <= to).map(of);
  return inside.reduce((sum, value) => sum + value, 0) / inside.length;
}

/** The sample nearest to a minute. */
export function sampleAt(samples: readonly Sample[], minute: number): Sample {
  return samples.reduce((best, one) =>
    Math.abs(one.minute - minute) < Math.abs(best.minute - minute) ? one : best,
  );
}

export function total(sample: Sample, of: (vm: VmSample) => number): number {
  return sample.vms.reduce((sum, vm) => sum + of(vm), 0);
}
