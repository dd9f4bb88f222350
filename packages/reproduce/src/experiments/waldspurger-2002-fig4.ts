import { hostswap } from '@overbook/hostswap';
import type { PhasedContent, PhasedGuestSpec } from '@overbook/sim';
import { tps } from '@overbook/tps';

import type { Experiment, FigureSeries, Row, RunContext } from '../experiment.ts';
import { between, solvedBy, statement, within, withinPercent } from '../tolerance.ts';
import type { Sample } from './waldspurger-2002.ts';
import { MINUTE_MS, PAPER, SECOND_MS, pagesOf, runHost, total } from './waldspurger-2002.ts';

/** Figure 4, digitised, MB: VMs, memory of all VMs, shared, reclaimed, zero. */
const PUBLISHED: readonly (readonly [
  vms: number,
  memory: number,
  shared: number,
  reclaimed: number,
  zero: number,
])[] = [
  [1, 39, 6.8, 5.1, 2.9],
  [2, 78.3, 47.9, 28.6, 5.5],
  [3, 117.4, 76.2, 54, 8.2],
  [4, 156.7, 103.4, 80.1, 10.5],
  [5, 195.8, 130.4, 106.3, 13.2],
  [6, 234.6, 156.9, 131.1, 15.8],
  [7, 273.5, 181.8, 155.7, 17.4],
  [8, 312.6, 210.8, 183.4, 20.1],
  [9, 351.9, 235.7, 208.1, 22.2],
  [10, 390.8, 262.1, 234.2, 24.6],
];

const VM_MB = 40;
const MEMORY_MB = 39.1;
const RUN_MINUTES = 30;

/** What a VM holds, in MB: fitted to the figure's slopes and to its first point. */
const ZERO_MB = 2.5;
const COMMON_MB = 21.6;
const COPIES_MB = 3.6;
const COPIES = 4;

const contents: readonly PhasedContent[] = [
  { kind: 'private', pages: pagesOf(MEMORY_MB - ZERO_MB - COMMON_MB - COPIES_MB) },
  { kind: 'common', of: 'redhat-7.2', pages: pagesOf(COMMON_MB) },
  { kind: 'copies', copies: COPIES, pages: pagesOf(COPIES_MB) },
  { kind: 'zero', pages: pagesOf(ZERO_MB) },
];

function guest(index: number): PhasedGuestSpec {
  return {
    kind: 'phased',
    name: `vm${index + 1}`,
    size: pagesOf(VM_MB),
    contents,
    // SPEC95 works on the private part; the sum of both is what a run touches.
    phases: [{ atMs: 0, active: pagesOf(MEMORY_MB - ZERO_MB - COMMON_MB - COPIES_MB) }],
    loadMs: MINUTE_MS,
    stepMs: SECOND_MS,
    touchEveryMs: 30 * SECOND_MS,
    untilMs: RUN_MINUTES * MINUTE_MS,
  };
}

/** The host after half an hour with so many VMs. */
function runVms(vms: number, context: RunContext): Sample {
  const { end } = runHost(
    {
      name: `waldspurger-2002-fig4, ${vms} VMs`,
      // Memory is not short: sharing is not pressed.
      host: { memory: pagesOf(vms * VM_MB * 1.2) },
      guests: Array.from({ length: vms }, (_, i) => guest(i)),
      mix: { strategies: [{ plugin: tps, options: { salting: 0, generation: 'esx-2' } }, hostswap] },
      run: { seriesPeriodMs: 5 * MINUTE_MS },
    },
    context,
    () => undefined,
  );
  return end;
}

/** Slope of a line through points, least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const x = mean(([at]) => at);
  const y = mean(([, value]) => value);
  const xy = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return xy / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

interface Totals {
  readonly vms: number;
  readonly memory: number;
  readonly shared: number;
  readonly reclaimed: number;
  readonly zero: number;
}

function totalsOf(sample: Sample): Totals {
  return {
    vms: sample.vms.length,
    memory: total(sample, (vm) => vm.alloc),
    shared: total(sample, (vm) => vm.shared),
    reclaimed: sample.saving,
    zero: total(sample, (vm) => vm.zero),
  };
}

const published: readonly Totals[] = PUBLISHED.map(([vms, memory, shared, reclaimed, zero]) => ({
  vms,
  memory,
  shared,
  reclaimed,
  zero,
}));

/** Slope from two VMs on: what each further VM adds. */
function slopeOf(all: readonly Totals[], of: (totals: Totals) => number): number {
  return slope(all.filter(({ vms }) => vms > 1).map((totals) => [totals.vms, of(totals)] as const));
}

function percentOf(part: number, whole: number): number {
  return (100 * part) / whole;
}

function rowsOf(measured: readonly Totals[], samples: readonly Sample[]): readonly Row[] {
  return [
    identityRow(samples),
    // All that follows is a sum of contents which were fitted to these very curves; the scan has to find them.
    ...[...slopeRows(measured), ...tenRows(measured.at(-1)!), ...oneAndTwoRows(measured)].map((row) =>
      solvedBy('contents of a VM', row),
    ),
  ];
}

const grade = 'shape';

function identityRow(samples: readonly Sample[]): Row {
  const identity = samples.every((sample) => {
    const shared = total(sample, (vm) => vm.shared);
    return Math.abs(shared - sample.saving - sample.common) < 0.01;
  });
  return statement({
    quantity: 'shared − reclaimed = machine copies, at every number of VMs',
    published: 'definition (§4.3)',
    measured: identity ? 'holds at 1 to 10 VMs' : 'does not hold',
    tolerance: '±0.01 MB',
    holds: identity,
    grade: 'arithmetic',
  });
}

function slopeRows(measured: readonly Totals[]): readonly Row[] {
  return [
    ...(
      [
        ['shared', ({ shared }: Totals) => shared],
        ['reclaimed', ({ reclaimed }: Totals) => reclaimed],
      ] as const
    ).map(([name, of]) =>
      withinPercent(5, {
        quantity: `memory ${name} for each further VM, 2 to 10 VMs [MB]`,
        published: Number(slopeOf(published, of).toFixed(2)),
        measured: slopeOf(measured, of),
        grade,
      }),
    ),
    withinPercent(10, {
      quantity: 'zero pages for each further VM, 2 to 10 VMs [MB]',
      published: Number(slopeOf(published, ({ zero }) => zero).toFixed(2)),
      measured: slopeOf(measured, ({ zero }) => zero),
      grade,
    }),
  ];
}

function tenRows(ten: Totals): readonly Row[] {
  return [
    within(
      3,
      {
        quantity: 'part of ten VMs that is shared [%]',
        published: 67,
        measured: percentOf(ten.shared, ten.memory),
        grade,
      },
      'points',
    ),
    within(
      3,
      {
        quantity: 'part of ten VMs that is reclaimed [%]',
        published: 60,
        measured: percentOf(ten.reclaimed, ten.memory),
        grade,
      },
      'points',
    ),
    withinPercent(10, {
      quantity: 'memory reclaimed of ten VMs [MB]',
      published: published.at(-1)!.reclaimed,
      measured: ten.reclaimed,
      grade,
    }),
  ];
}

function oneAndTwoRows(measured: readonly Totals[]): readonly Row[] {
  const [one, two] = measured as [Totals, Totals];
  const common = measured.slice(1).map(({ shared, reclaimed }) => shared - reclaimed);
  return [
    withinPercent(20, {
      quantity: 'memory reclaimed of a single VM [MB]',
      published: 5.1,
      measured: one.reclaimed,
      grade,
    }),
    within(
      15,
      {
        quantity: 'part of it that is copies of the zero page [%]',
        published: 55,
        measured: percentOf(one.zero, one.reclaimed),
        grade,
      },
      'points',
    ),
    between(3, 12, {
      quantity: 'jump: reclaimed of two VMs ÷ of one',
      published: Number((28.6 / 5.1).toFixed(2)),
      measured: two.reclaimed / one.reclaimed,
      grade,
    }),
    between(0, 0.6, {
      quantity: 'growth of machine copies from 2 to 10 VMs ÷ their mean ("nearly constant")',
      published: Number(((27.9 - 19.3) / 22.5).toFixed(2)),
      measured: (common.at(-1)! - common[0]!) / (common.reduce((sum, mb) => sum + mb, 0) / common.length),
      grade,
    }),
  ];
}

function curves(
  name: string,
  measured: readonly Totals[],
  of: (totals: Totals) => number,
): readonly FigureSeries[] {
  return [
    { name, from: 'measured', points: measured.map((totals) => [totals.vms, of(totals)] as const) },
    { name, from: 'published', points: published.map((totals) => [totals.vms, of(totals)] as const) },
  ];
}

/** The experiment with some of its numbers of VMs, rising from 1 and 2: tests take fewer. */
export function fig4Of(numbers: readonly number[]): Experiment {
  return {
    id: 'waldspurger-2002-fig4',
    grade: 'shape',
    title: 'Page sharing of one to ten identical Linux VMs',
    source: `${PAPER}, figure 4 and §4.3`,
    about:
      'One to ten VMs of 40 MB, all with the same Linux and the same SPEC95 programs, half an hour each. The ' +
      'guests hold zero pages, pages that all VMs have, pages that occur several times in one VM, and ' +
      'private pages that the programs write. Shared is what the running scan found. Published ' +
      'points are digitised (±0.5 % of full scale); 67 % shared, 60 % reclaimed and 55 % of zero pages in a ' +
      'single VM are printed.',
    calibrated: [
      `zero pages of a VM: ${ZERO_MB} MB`,
      `pages common to all VMs: ${COMMON_MB} MB`,
      `pages that occur ${COPIES} times in one VM: ${COPIES_MB} MB`,
    ],
    chosen: [
      'scan of 50 pages/s for each VM, at most 200 on the host (ESX Server 2 defaults; the paper does not ' +
        'state its own)',
      'salting 0: there was no other then',
    ],
    gaps: ['contents of the guests are not published'],
    run: (context) => {
      const samples = numbers.map((vms) => {
        const sample = runVms(vms, context);
        context.progress((vms * (vms + 1)) / 110);
        return sample;
      });
      const measured = samples.map(totalsOf);
      return {
        rows: rowsOf(measured, samples),
        figures: [
          {
            id: 'waldspurger-2002-fig4',
            title: 'Memory shared and reclaimed of identical VMs',
            x: 'VMs',
            y: 'memory [MB]',
            series: [
              ...curves('shared', measured, ({ shared }) => shared),
              ...curves('reclaimed', measured, ({ reclaimed }) => reclaimed),
              ...curves('zero pages', measured, ({ zero }) => zero),
            ],
          },
        ],
      };
    },
  };
}

export const waldspurger2002Fig4: Experiment = fig4Of(PUBLISHED.map(([vms]) => vms));
