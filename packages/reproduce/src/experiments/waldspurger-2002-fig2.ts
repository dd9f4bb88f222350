import { balloon } from '@overbook/balloon';
import type { Pages } from '@overbook/core';
import type { AnyPolicyPlugin } from '@overbook/core/host';
import { definePolicy, toPages, toVmId } from '@overbook/core';
import type { GuestResult, LinuxGuestSpec } from '@overbook/sim';
import type { Trace } from '@overbook/traces';
import { map } from 'rxjs';
import { z } from 'zod';

import type { Experiment, Row, RunContext } from '../experiment.ts';
import { explained, inOrder, readBack, solvedBy, within, withinPercent } from '../tolerance.ts';
import { CPU_NS_PER_PAGE, DISK_NS_PER_PAGE, FILES_MB, dbenchTrace } from './dbench-files.ts';
import { MINUTE_MS, PAPER, SECOND_MS, pagesOf, runHost } from './waldspurger-2002.ts';

/** Figure 2, digitised: size in MB, MB/s natively, MB/s of a VM of 256 MB ballooned down to it. */
const BARS: readonly (readonly [mb: number, native: number, ballooned: number])[] = [
  [128, 11.48, 10.97],
  [160, 13.7, 13.47],
  [192, 15.64, 15.29],
  [224, 17.05, 16.81],
];
const FULL_MB = 256;
const FULL_SPEED = 17.81;
/** How far a digitised bar may be off: 0.5 % of a scale of 20 MB/s. */
const READING_MB = 0.1;

const READS = 120_000;

function guest(size: Pages, trace: Trace): LinuxGuestSpec {
  return {
    kind: 'linux',
    name: 'redhat-7.2',
    size,
    programs: [trace],
    driver: true,
  };
}

/** Orders a balloon of so many pages: the guest may see the rest of its memory. */
function fixedBalloon(wanted: number): AnyPolicyPlugin {
  return definePolicy({
    id: 'fixed-balloon',
    contract: 2,
    title: 'A balloon of one size for one VM',
    options: z.strictObject({}),
    needs: {},
    create: () => (observation$) =>
      observation$.pipe(
        map(({ vms: [vm] }) => [
          {
            kind: 'size',
            vm: toVmId(0),
            pages: toPages(vm!.size - wanted),
            by: balloon.id,
            reason: { what: 'as in the experiment' },
          },
        ]),
      ),
  });
}

interface Measured {
  /** Pages a second that the clients used. */
  readonly speed: number;
  readonly guest: GuestResult;
  readonly balloonMb: number;
}

function measure(sizeMb: number, targetMb: number, trace: Trace, context: RunContext): Measured {
  const { result, end } = runHost(
    {
      name: `waldspurger-2002-fig2, ${sizeMb} MB to ${targetMb} MB`,
      host: { memory: pagesOf(512), paces: { balance: SECOND_MS, sample: MINUTE_MS } },
      guests: [guest(pagesOf(sizeMb), trace)],
      mix: {
        strategies: [{ plugin: balloon, options: { safePercent: 100 } }],
        policies: targetMb < sizeMb ? [fixedBalloon(pagesOf(sizeMb - targetMb))] : [],
      },
      // The balloon is there before the clients start.
      run: { costs: { guestDiskRead: DISK_NS_PER_PAGE }, rest: MINUTE_MS, seriesPeriodMs: 10 * MINUTE_MS },
    },
    context,
    () => undefined,
  );
  const [one] = result.guests as [GuestResult];
  return {
    speed: one.touches / ((one.busyNs + one.stallNs) / 1e9),
    guest: one,
    balloonMb: end.vms[0]!.balloon,
  };
}

function lossPercent(native: number, ballooned: number): number {
  return 100 * (1 - ballooned / native);
}

/** How far a published loss may be off, in points, where both of its bars are read off the drawing. */
function readingOfLoss(native: number, ballooned: number): number {
  return Number((100 * ((READING_MB * ballooned) / native ** 2 + READING_MB / native)).toFixed(1));
}

export const waldspurger2002Fig2: Experiment = {
  id: 'waldspurger-2002-fig2',
  grade: 'ordering',
  title: 'A VM ballooned down compared with one configured that small',
  source: `${PAPER}, figure 2 and §3.2`,
  about:
    'A Linux VM in which clients read files through the page cache: once configured with 128 to 224 MB, ' +
    'once with 256 MB and a balloon that takes the rest. The ballooned one is slower because of what ' +
    'its kernel set up for 256 MB at boot: page structs, and the watermarks that follow from the size. ' +
    'Bars are digitised (±0.5 % of full scale); losses of 4.4 % at 128 MB and 1.4 % at 224 MB are ' +
    'printed; a loss may differ by what both of its bars may ' +
    'be off. ' +
    'The MB/s of the paper are not claimed.',
  calibrated: [
    `files of ${FILES_MB} MB in all and ${CPU_NS_PER_PAGE / 1e6} ms CPU time per page, for the ratio of the ` +
      `native bars`,
  ],
  chosen: [
    `${DISK_NS_PER_PAGE / 1e6} ms per page from the disk (8 ms for 100 KB)`,
    'every file page is equally likely',
    'a kernel modelled on Linux 6.1, not 2.4: its tables differ from those of 2001',
  ],
  gaps: ['how dbench used its files, and what the guest kernel allocated by memory size, are not published'],
  run: (context) => {
    const trace = dbenchTrace(READS);
    const full = measure(FULL_MB, FULL_MB, trace, context);
    const bars = BARS.map(([mb], i) => {
      const native = measure(mb, mb, trace, context);
      const ballooned = measure(FULL_MB, mb, trace, context);
      context.progress((i + 1) / BARS.length);
      return { mb, native, ballooned };
    });
    const losses = bars.map(({ native, ballooned }) => lossPercent(native.speed, ballooned.speed));
    return {
      rows: [...lossRows(bars, losses), ...orderRows(bars, full, losses)],
      figures: [
        {
          id: 'waldspurger-2002-fig2',
          title: 'Speed of a VM by its memory, relative to that with 256 MB',
          x: 'memory [MB]',
          y: 'speed ÷ speed with 256 MB',
          series: [
            {
              name: 'native',
              from: 'measured',
              points: bars.map(({ mb, native }) => [mb, native.speed / full.speed]),
            },
            {
              name: 'ballooned',
              from: 'measured',
              points: bars.map(({ mb, ballooned }) => [mb, ballooned.speed / full.speed]),
            },
            {
              name: 'native',
              from: 'published',
              points: BARS.map(([mb, native]) => [mb, native / FULL_SPEED]),
            },
            {
              name: 'ballooned',
              from: 'published',
              points: BARS.map(([mb, , slow]) => [mb, slow / FULL_SPEED]),
            },
          ],
        },
      ],
    };
  },
};

const LOSS_DIFFERS =
  'the loss comes of what a kernel sets up at boot for 256 MB and does not give back. The guest is modelled on ' +
  'Linux 6.1, which sets up less by memory size than the kernel of 2001 (2.4, not published) must have';

interface Bar {
  readonly mb: number;
  readonly native: Measured;
  readonly ballooned: Measured;
}

function lossRows(bars: readonly Bar[], losses: readonly number[]): readonly Row[] {
  return bars.flatMap(({ mb, ballooned }, i) => [
    readBack(
      withinPercent(2, {
        quantity: `balloon of the 256 MB VM that should keep ${mb} MB [MB]`,
        published: FULL_MB - mb,
        measured: ballooned.balloonMb,
        grade: 'shape',
      }),
    ),
    explained(
      LOSS_DIFFERS,
      within(
        readingOfLoss(BARS[i]![1], BARS[i]![2]),
        {
          quantity: `loss by a balloon of ${FULL_MB - mb} MB [%]`,
          published: Number(lossPercent(BARS[i]![1], BARS[i]![2]).toFixed(1)),
          measured: losses[i]!,
          grade: 'shape',
        },
        'points',
      ),
    ),
  ]);
}

function orderRows(bars: readonly Bar[], full: Measured, losses: readonly number[]): readonly Row[] {
  const rising = (name: 'native' | 'ballooned'): Row =>
    inOrder(
      `speed by memory, ${name} [pages/s]`,
      'rises with memory',
      [
        { name: '256 MB', value: full.speed },
        ...[...bars].reverse().map((bar) => ({ name: `${bar.mb} MB`, value: bar[name].speed })),
      ],
      { strictly: true },
    );
  const [largest, ...others] = losses as [number, ...number[]];
  return [
    rising('native'),
    rising('ballooned'),
    inOrder('loss by balloon [%]', 'largest for the largest balloon', [
      { name: '128 MB', value: largest },
      { name: 'the most of the others', value: Math.max(...others) },
    ]),
    solvedBy(
      'size of the files and CPU time of a page',
      withinPercent(10, {
        quantity: 'speed with 128 MB ÷ speed with 256 MB, native',
        published: Number((BARS[0]![1] / FULL_SPEED).toFixed(3)),
        measured: bars[0]!.native.speed / full.speed,
        grade: 'shape',
      }),
    ),
  ];
}
