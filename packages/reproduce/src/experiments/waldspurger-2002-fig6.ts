import type { Activity, Host } from '@overbook/core/host';
import { NS_PER_SECOND } from '@overbook/core';
import type { PhasedGuestSpec } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';

import type { Experiment, Row, RunContext } from '../experiment.ts';
import { changedRun } from '../mechanisms.ts';
import { atLeast, between, readBack, solvedBy, within } from '../tolerance.ts';
import { MINUTE_MS, PACES, PAPER, SECOND_MS, megabytes, pagesOf } from './waldspurger-2002.ts';

/** The toucher: from a minute on it writes so many MB (read off the drawing). */
const TOUCHER: readonly (readonly [minute: number, mb: number])[] = [
  [0, 0],
  [8.5, 50],
  [10.6, 150],
  [12.5, 200],
  [14.5, 250],
  [17.6, 200],
  [19.55, 100],
  [21.55, 200],
  [23.55, 150],
  [27.6, 0],
];
/** The estimate, digitised: minute, MB. */
const ESTIMATE: readonly (readonly [minute: number, mb: number])[] = [
  [9.1, 51],
  [10.6, 154],
  [12.6, 211],
  [14.7, 246],
  [16.1, 285],
  [18.5, 240],
  [19.5, 221],
  [20.7, 195],
  [21.2, 166],
  [21.8, 192],
  [22.5, 211],
  [23.7, 224],
  [24.4, 195],
  [25.4, 176],
  [26.5, 170],
  [27.7, 224],
  [28.5, 141],
  [29.1, 109],
  [29.6, 83],
  [30.1, 61],
  [30.6, 48],
  [31.1, 38],
  [31.6, 29],
  [33.1, 16],
  [35, 10],
];

/** Size follows from the quantum of the drawing: 3.2 MB is 1 % of it. */
const VM_MB = 320;
/** Windows itself keeps 10 to 20 MB active. */
const WINDOWS_MB = 12;
const UNTIL_MINUTE = 38;
const PERIOD_MINUTES = 0.5;
const SAMPLED = 100;

const guest: PhasedGuestSpec = {
  kind: 'phased',
  name: 'windows-2000',
  size: pagesOf(VM_MB),
  contents: [{ kind: 'private', pages: pagesOf(300) }],
  phases: TOUCHER.map(([minute, mb]) => ({
    atMs: minute * MINUTE_MS,
    active: pagesOf(WINDOWS_MB + mb),
    // Until it exits the toucher keeps what it has; then Windows zeroes all of it.
    ends: minute > 0 && mb === 0,
  })),
  // What the toucher does not use is not there before it uses it.
  loads: pagesOf(WINDOWS_MB),
  loadMs: 5 * SECOND_MS,
  stepMs: 500,
  writePercent: 100,
  zeroesFreed: true,
  untilMs: UNTIL_MINUTE * MINUTE_MS,
};

/** The estimate at one moment: the whole in MB, its parts in percent of the VM. */
interface Look {
  readonly minute: number;
  readonly estimate: number;
  readonly activity: Activity;
}

function runSampling(context: RunContext): readonly Look[] {
  const looks: Look[] = [];
  const look = (host: Host): void => {
    const { activity } = host.counters().vms[0]!;
    if (activity === undefined) return;
    looks.push({
      minute: host.clock.now() / NS_PER_SECOND / 60,
      estimate: megabytes(activity.active),
      activity,
    });
  };
  runSimulation(
    changedRun(
      {
        name: 'waldspurger-2002-fig6',
        host: {
          memory: pagesOf(512),
          memoryStates: 'esx-1.5',
          paces: PACES,
          // The floor of 1 % came with later versions.
          sampling: { time: 'host', pages: SAMPLED, activeFloorPercent: 0 },
        },
        guests: [guest],
        mix: { strategies: [] },
        run: {
          order: 'shuffled',
          seed: 1,
          offsetSpread: 0,
          seriesPeriodMs: 10 * SECOND_MS,
          onProgress: context.progress,
          onSample: look,
        },
      },
      context.mechanisms,
    ),
  );
  return looks;
}

function toucherAt(minute: number): number {
  return TOUCHER.reduce((mb, [from, value]) => (from <= minute ? value : mb), 0);
}

function estimateAt(looks: readonly Look[], minute: number): number {
  return looks.reduce((best, one) =>
    Math.abs(one.minute - minute) < Math.abs(best.minute - minute) ? one : best,
  ).estimate;
}

/** Standard error of a sample of 100 pages, in MB. */
function standardError(mb: number): number {
  const part = mb / VM_MB;
  return VM_MB * Math.sqrt((part * (1 - part)) / SAMPLED);
}

/** Looks at the end of each period: the averages just moved. */
function turns(looks: readonly Look[]): readonly Look[] {
  return looks.filter(
    ({ activity }, i) =>
      i > 0 &&
      (activity.nowPercent !== looks[i - 1]!.activity.nowPercent ||
        activity.slowPercent !== looks[i - 1]!.activity.slowPercent ||
        activity.fastPercent !== looks[i - 1]!.activity.fastPercent),
  );
}

/** Part of its distance to the sample that an average keeps over a period: least squares over all periods. */
function kept(looks: readonly Look[], of: (activity: Activity) => number): number {
  let before = 0;
  let product = 0;
  const ends = turns(looks);
  for (let i = 1; i < ends.length; i++) {
    const sample = ends[i]!.activity.nowPercent!;
    const from = of(ends[i - 1]!.activity) - sample;
    before += from * from;
    product += from * (of(ends[i]!.activity) - sample);
  }
  return product / before;
}

/** What curves of the same figure were used to find. */
const GAINS = 'gains of both averages';

function rowsOf(looks: readonly Look[]): readonly Row[] {
  return [...averageRows(looks), ...curveRows(looks)];
}

function averageRows(looks: readonly Look[]): readonly Row[] {
  const slow = ({ slowPercent }: Activity): number => slowPercent!;
  const fast = ({ fastPercent }: Activity): number => fastPercent!;
  return [
    readBack(
      within(0.01, {
        quantity: 'part of its distance to the sample that the slow average keeps each period',
        published: 0.75,
        measured: kept(looks, slow),
        grade: 'shape',
      }),
    ),
    readBack(
      within(0.01, {
        quantity: 'the same of the fast average',
        published: 0.3,
        measured: kept(looks, fast),
        grade: 'shape',
      }),
    ),
    within(0.02, {
      quantity: 'largest distance of the estimate from the largest of its three parts [MB]',
      published: 0,
      measured: Math.max(
        ...looks.map(({ estimate, activity }) => {
          const parts = [activity.slowPercent!, activity.fastPercent!, activity.nextPercent!];
          return Math.abs(estimate - (Math.max(...parts) / 100) * VM_MB);
        }),
      ),
      grade: 'arithmetic',
    }),
  ];
}

function curveRows(looks: readonly Look[]): readonly Row[] {
  const ups = TOUCHER.filter(([, mb], i) => i > 0 && mb > TOUCHER[i - 1]![1]);
  const from = estimateAt(looks, 28.5);
  const to = estimateAt(looks, 31.6);
  const periods = (31.6 - 28.5) / PERIOD_MINUTES;
  const distances = ESTIMATE.map(([minute, mb]) => Math.abs(estimateAt(looks, minute) - mb));
  return [
    ...ups.map(([minute, mb]) =>
      atLeast(mb - 2 * standardError(mb), {
        quantity: `estimate one period after the toucher's step to ${mb} MB at minute ${minute} [MB]`,
        published: mb,
        measured: estimateAt(looks, minute + PERIOD_MINUTES + 0.1),
        grade: 'shape',
      }),
    ),
    solvedBy(
      GAINS,
      within(0.05, {
        quantity: 'decay of the estimate per period, minutes 28.5 to 31.6',
        published: Number(((29 / 141) ** (1 / periods)).toFixed(3)),
        measured: (to / from) ** (1 / periods),
        grade: 'shape',
      }),
    ),
    atLeast(224 - 2 * standardError(224), {
      quantity:
        "estimate when the toucher has stopped (Windows' zero page thread), minutes 27.6 to 28.2 [MB]",
      published: 224,
      measured: Math.max(
        ...looks.filter(({ minute }) => minute > 27.6 && minute < 28.2).map(({ estimate }) => estimate),
      ),
      grade: 'shape',
    }),
    solvedBy(
      "Windows' own active memory",
      between(0, 20 + 2 * standardError(20), {
        quantity: 'estimate when only Windows is left, minute 35 [MB]',
        published: 10,
        measured: estimateAt(looks, 35),
        grade: 'shape',
      }),
    ),
    solvedBy(GAINS, {
      ...between(0, 2 * standardError(VM_MB / 2), {
        quantity: 'mean distance of the estimate from the published curve [MB]',
        published: 0,
        measured: distances.reduce((sum, mb) => sum + mb, 0) / distances.length,
        grade: 'shape',
      }),
      tolerance: 'two standard errors of a half active VM, ≤ 32',
    }),
  ];
}

export const waldspurger2002Fig6: Experiment = {
  id: 'waldspurger-2002-fig6',
  grade: 'shape',
  title: 'Active memory by statistical sampling',
  source: `${PAPER}, figure 6, §5.3 and §5.4`,
  about:
    'One Windows VM of 320 MB in which a program writes 50 to 250 MB, as much as the drawing says at each ' +
    'minute. 100 pages are sampled every 30 s. Toucher and estimate are digitised (±0.5 % of full scale). ' +
    'The gains of both averages are not printed: 0.25 and 0.70 were fitted to the same curves, so the ' +
    'first two rows read an input back. Where an estimate must reach the toucher, the row compares with what the ' +
    'toucher writes.',
  calibrated: [
    'gains of the slow and the fast average: 0.25 and 0.70',
    `Windows itself: ${WINDOWS_MB} MB active`,
  ],
  chosen: ['seed 1: the estimate is random, with a standard error of up to 16 MB'],
  gaps: [
    'gains of the averages are not published',
    'the VM size is not printed: 320 MB follows from the steps of the curves',
  ],
  run: (context) => {
    const looks = runSampling(context);
    const sampled = looks.map(({ minute, estimate }) => [minute, estimate] as const);
    return {
      rows: rowsOf(looks),
      figures: [
        {
          id: 'waldspurger-2002-fig6',
          title: 'Active memory: what a program touches, and what sampling estimates',
          x: 'minute',
          y: 'memory [MB]',
          series: [
            { name: 'estimate', from: 'measured', points: sampled },
            { name: 'estimate', from: 'published', points: ESTIMATE },
            {
              name: 'slow average',
              from: 'measured',
              points: looks.map(
                ({ minute, activity }) => [minute, (activity.slowPercent! / 100) * VM_MB] as const,
              ),
            },
            {
              name: 'toucher (input)',
              from: 'published',
              as: 'line',
              points: looks.map(({ minute }) => [minute, toucherAt(minute)] as const),
            },
          ],
        },
      ],
    };
  },
};
