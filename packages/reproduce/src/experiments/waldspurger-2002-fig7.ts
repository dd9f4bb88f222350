import { balloon } from '@overbook/balloon';
import { NS_PER_SECOND, esxEntitlement, toPages } from '@overbook/core';
import { hostswap } from '@overbook/hostswap';
import type { PhasedGuestSpec } from '@overbook/sim';
import { filter, merge } from 'rxjs';

import type { Experiment, FigureSeries, Row, RunContext } from '../experiment.ts';
import { withinPercent } from '../tolerance.ts';
import type { Run } from './waldspurger-2002.ts';
import { MINUTE_MS, PAPER, SECOND_MS, meanOver, pagesOf, runHost } from './waldspurger-2002.ts';

/** One half of the figure: before and after the tax was raised. Means digitised from the drawing, in MB. */
export interface Half {
  readonly tax: number;
  /** When it is raised from 0. */
  readonly raisedAtMinute: number;
  /** Minutes of the drawing that the means are of. */
  readonly minutes: readonly [from: number, to: number];
  readonly alloc: readonly [idle: number, dbench: number];
  readonly active: readonly [idle: number, dbench: number];
}

const RAISED_AT_MINUTE = 30.5;
export const BEFORE: Half = {
  tax: 0,
  raisedAtMinute: RAISED_AT_MINUTE,
  minutes: [15, 30],
  alloc: [178.8, 179],
  active: [9.5, 175.5],
};
export const AFTER: Half = {
  tax: 0.75,
  raisedAtMinute: RAISED_AT_MINUTE,
  minutes: [35, 60],
  alloc: [101.3, 243.1],
  active: [9.8, 200.3],
};

/** What dbench has in use on the second host while nothing is compared: less than its half of a smaller sum. */
const MB_BEFORE_SECOND_HALF = 150;
const VM_MB = 256;
const STEPS = { stepMs: SECOND_MS, touchEveryMs: 15 * SECOND_MS } as const;
/** In place of 100: a quarter of a VM. */
const SAMPLED_PAGES = 16_384;
const START_OF_DBENCH_MS = 4 * MINUTE_MS;
/** The policy divides what is above the high threshold, 6 % of memory: so much of a host is allocated. */
const ALLOCATED_PART = 0.94;

/** Windows 2000 zeroes its memory at boot, then is idle. */
function windows({ active }: Half, untilMinute: number): PhasedGuestSpec {
  return {
    kind: 'phased',
    name: 'vm1-windows',
    size: pagesOf(VM_MB),
    contents: [{ kind: 'private', pages: pagesOf(VM_MB / 2) }],
    phases: [{ atMs: 0, active: pagesOf(active[0]) }],
    zeroMs: MINUTE_MS,
    zeroesFreed: true,
    loadMs: MINUTE_MS,
    ...STEPS,
    untilMs: untilMinute * MINUTE_MS,
    driver: true,
    driverFromMs: 2 * MINUTE_MS,
  };
}

/** Linux running dbench: files fill whatever memory it has, so much of it is in use. */
function dbench({ tax, raisedAtMinute, active }: Half, untilMinute: number): PhasedGuestSpec {
  return {
    kind: 'phased',
    name: 'vm2-dbench',
    size: pagesOf(VM_MB),
    contents: [{ kind: 'private', pages: toPages(pagesOf(VM_MB) - 1) }],
    phases: [
      { atMs: 0, active: pagesOf(tax === 0 ? active[1] : MB_BEFORE_SECOND_HALF) },
      { atMs: raisedAtMinute * MINUTE_MS - START_OF_DBENCH_MS, active: pagesOf(active[1]) },
    ],
    loadMs: MINUTE_MS,
    ...STEPS,
    fillsFree: 2048,
    untilMs: untilMinute * MINUTE_MS - START_OF_DBENCH_MS,
    offsetMs: START_OF_DBENCH_MS,
    driver: true,
    driverFromMs: START_OF_DBENCH_MS + 30 * SECOND_MS,
  };
}

/** ESX's own policy; its tax is 0 at first and what it was given later, as in the paper. */
function raisedTax(atMinute: number): typeof esxEntitlement {
  return {
    ...esxEntitlement,
    create: (deps, options) => {
      const before = esxEntitlement.create(deps, { ...options, idleTax: BEFORE.tax });
      const after = esxEntitlement.create(deps, options);
      const isAfter = (timeNs: number): boolean => timeNs >= atMinute * 60 * NS_PER_SECOND;
      return (observation$, clock) =>
        merge(
          before(observation$.pipe(filter(({ time }) => !isAfter(time))), clock),
          after(observation$.pipe(filter(({ time }) => isAfter(time))), clock),
        );
    },
  };
}

/** One host whose allocated memory is the published sum, with the published active sizes and tax. */
function runHalf(half: Half, context: RunContext, progress: (fraction: number) => void): Run {
  const until = half.minutes[1];
  return runHost(
    {
      name: `waldspurger-2002-fig7, tax ${half.tax}`,
      host: {
        memory: pagesOf((half.alloc[0] + half.alloc[1]) / ALLOCATED_PART),
        memoryStates: { base: 'esx-1.5', leaveOf: 'next' },
        // The published active sizes are an input: so many pages are sampled that the estimate is hardly blurred.
        sampling: { time: 'host', pages: SAMPLED_PAGES },
      },
      guests: [windows(half, until), dbench(half, until)],
      mix: {
        strategies: [
          { plugin: balloon, options: { safePercent: 100 } },
          { plugin: hostswap, options: { device: 'disk' } },
        ],
        policies: [{ plugin: raisedTax(half.raisedAtMinute), options: { idleTax: half.tax } }],
      },
      run: { seriesPeriodMs: MINUTE_MS },
    },
    context,
    progress,
  );
}

function rowsOf(half: Half, { samples }: Run): readonly Row[] {
  return half.alloc.map((published, vm) =>
    withinPercent(1, {
      quantity: `memory of ${vm === 0 ? 'the idle VM' : 'the dbench VM'} at a tax of ${half.tax * 100} % [MB]`,
      published,
      measured: meanOver(samples, half.minutes, (sample) => sample.vms[vm]!.alloc),
      grade: 'arithmetic',
    }),
  );
}

function curves(half: Half, { samples }: Run): readonly FigureSeries[] {
  return ['idle VM', 'dbench VM'].flatMap((name, vm): readonly FigureSeries[] => [
    {
      name: `${name}, tax ${half.tax * 100} %`,
      from: 'measured',
      points: samples.map((sample) => [sample.minute, sample.vms[vm]!.alloc] as const),
    },
    {
      name: `${name}, tax ${half.tax * 100} %`,
      from: 'published',
      as: 'line',
      points: half.minutes.map((minute) => [minute, half.alloc[vm]!] as const),
    },
  ]);
}

/** The experiment with the halves that are asked for: tests have time for one that ends early. */
export function fig7Of(halves: readonly Half[]): Experiment {
  return {
    id: 'waldspurger-2002-fig7',
    grade: 'arithmetic',
    title: 'Idle-memory tax of 0 and of 75 %',
    source: `${PAPER}, figure 7 and §5.4`,
    about:
      'Two VMs of 256 MB with equal shares: one with Windows, idle after boot, one with Linux that runs ' +
      'dbench from minute 4. The tax is raised from 0 to 75 % after half an hour. There are two hosts ' +
      'here, one for each half, as the sum of both allocations differs between them (357.8 and 344.4 MB) and ' +
      'is an input. Allocations and active sizes are means digitised from the drawing (±0.5 % of full ' +
      'scale); 179 MB each is printed. Of the two rows of a host one follows from the other and the sum. ' +
      'They compare what the VMs hold once sampling, the policy, ' +
      'balloons and demand have settled.',
    calibrated: [],
    chosen: [
      'dbench fills free guest memory at 8 MB/s',
      'Windows zeroes its memory within a minute; its balloon driver responds from minute 2',
      'dbench has 150 MB in use on the second host before the tax is raised, which is not compared',
      'no page sharing',
      'the soft state is left above 110 % of the high threshold: the wanted 6 % stay free, and the sum is the input',
      '16 384 pages are sampled per period instead of 100, so that active sizes stay as published',
    ],
    gaps: [],
    run: (context) => {
      // A half takes as long as the minutes it simulates.
      const minutes = halves.map((half) => half.minutes[1]);
      const all = minutes.reduce((sum, count) => sum + count, 0);
      let behind = 0;
      const runs = halves.map((half, i) => {
        const done = runHalf(half, context, (part) => context.progress((behind + part * minutes[i]!) / all));
        behind += minutes[i]!;
        return done;
      });
      return {
        rows: halves.flatMap((half, i) => rowsOf(half, runs[i]!)),
        figures: [
          {
            id: 'waldspurger-2002-fig7',
            title: 'Memory of two VMs with equal shares, one idle, without and with the idle-memory tax',
            x: 'minute',
            y: 'allocated [MB]',
            series: halves.flatMap((half, i) => curves(half, runs[i]!)),
          },
        ],
      };
    },
  };
}

export const waldspurger2002Fig7: Experiment = fig7Of([BEFORE, AFTER]);
