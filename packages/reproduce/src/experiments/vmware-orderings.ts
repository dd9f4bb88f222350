import { balloon } from '@overbook/balloon';
import { compression } from '@overbook/compression';
import type { AnyStrategyPlugin, Chosen } from '@overbook/core/host';
import { toPages } from '@overbook/core';
import { hostswap } from '@overbook/hostswap';
import type { SimulationResult } from '@overbook/sim';
import { runSimulation } from '@overbook/sim';
import { tps } from '@overbook/tps';
import type { Recording } from '@overbook/traces';
import { readRecording } from '@overbook/traces';

import type { Experiment, Figure, Row } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { changedRun } from '../mechanisms.ts';
import { atLeast, atMost, explained, inOrder } from '../tolerance.ts';
import { snapshotNamed } from './snapshot-host.ts';

const SSD = { plugin: hostswap, options: { device: 'sata-ssd' } } as const;
const DISK = { plugin: hostswap, options: { device: 'disk' } } as const;
/** Paces as published: these are their defaults. */
const BALLOON = { plugin: balloon, options: { pollMs: 1_000 } } as const;
const SHARING = { plugin: tps, options: { shareScanTime: 60 } } as const;

const MIXES: Readonly<Record<string, readonly Chosen<AnyStrategyPlugin>[]>> = {
  none: [SSD],
  sharing: [SHARING, SSD],
  balloon: [BALLOON, SSD],
  'compress + swap': [compression, SSD],
  'SSD swap': [SSD],
  'disk swap': [DISK],
};

/** Memory left for the compile guest, in percent of its size: from where little is missing to where much is. */
const SIZES = [80, 70, 60, 50];
const ORDERED_AT = 60;
const AMPLE = 200;
const SEED = 1;

/** The experiment with the compile guest at those sizes; the one at which mixes are put in order is among them. */
export function vmwareOrderingsAt(sizes: readonly number[]): Experiment {
  return {
    id: 'vmware-orderings',
    grade: 'ordering',
    title: 'What each technique costs a kernel compile: a ranking',
    source:
      'VMware, Understanding Memory Resource Management in ESX 4.1, 2010, and in vSphere 5.0, 2011 (as ' +
      'reported by VMware); Drummonds, blog on the ESX 4.0 paper, 2009',
    about:
      'A recorded guest compiles C files with gcc while a second VM, which has all of its memory reserved, ' +
      'has taken the rest of the host. The same work runs under each mix; throughput is its undisturbed time ' +
      'divided by the time it took. Paces are the published ones: rebalance 15 s, sample 60 s, balloon poll ' +
      '1 s, a scan of all memory in an hour.',
    calibrated: [],
    chosen: [
      `recording compile from work-start to t+50s (idle, then make), guest swap as large as its memory, ` +
        `seed ${SEED}`,
      'the second VM is recording idle-b, fully reserved, arriving at 2 MiB/s once the driver of the first runs',
      `memory left for the guest: ${sizes.join(', ')} % of its 192 MiB; mixes ranked at ${ORDERED_AT} %`,
      'visible: more than 1 %; far less: at most half; strongly: at least a quarter fewer; flat: within 5 %',
    ],
    gaps: [
      'the numbers of the papers’ figures could not be read: orderings only',
      'how far memory was cut in them is not known; the balloon here never makes a guest use its own swap, ' +
        'theirs did',
      'how fast memory was taken in them is not known either',
      'sharing that scans 2,000 pages per second, 15 times as fast as here, costs this compile 4 % in ' +
        'copy-on-write breaks',
      'Swingbench, SPECjbb and Exchange are left out: no recording of such a guest is shipped',
    ],
    run: ({ datasets, mechanisms, progress }) => {
      const work = makeOnly(readRecording(`${datasets}/recordings/compile.ovr`));
      const ballast = readRecording(`${datasets}/recordings/idle-b.ovr`);
      const runs = plannedRuns(sizes);
      const results = new Map<string, SimulationResult>();
      runs.forEach(([mix, size], i) => {
        results.set(`${mix} ${size}`, runMix(work, ballast, mix, size, mechanisms));
        progress((i + 1) / runs.length);
      });
      const of = (mix: string, size: number): SimulationResult => results.get(`${mix} ${size}`)!;
      return { rows: rowsOf(of, sizes), figures: [figureOf(of, sizes)] };
    },
  };
}

export const vmwareOrderings = vmwareOrderingsAt(SIZES);

/** The recording up to the end of its first make. */
function makeOnly(recording: Recording): Recording {
  return {
    ...recording,
    snapshots: recording.snapshots.slice(0, snapshotNamed(recording, 't+50s') + 1),
  };
}

function plannedRuns(sizes: readonly number[]): readonly (readonly [mix: string, size: number])[] {
  return [
    ['none', AMPLE],
    ['sharing', AMPLE],
    ['compress + swap', ORDERED_AT],
    ['disk swap', ORDERED_AT],
    ...sizes.flatMap((size) => [['balloon', size] as const, ['SSD swap', size] as const]),
  ];
}

function runMix(
  work: Recording,
  ballast: Recording,
  mix: string,
  size: number,
  mechanisms: Mechanisms,
): SimulationResult {
  return runSimulation(
    changedRun(
      {
        name: `vmware-orderings ${mix} ${size}`,
        host: {
          memory: toPages(ballast.pages + Math.floor((work.pages * size) / 100)),
          paces: { balance: 15_000, sample: 60_000 },
        },
        guests: [
          { kind: 'recorded', name: 'compile', recording: work, start: 'work-start', guestSwap: work.pages },
          {
            kind: 'recorded',
            name: 'ballast',
            recording: ballast,
            start: 'work-start',
            reservation: ballast.pages,
            driver: false,
          },
        ],
        mix: { strategies: MIXES[mix]! },
        run: { seed: SEED, order: 'shuffled', arrivalMiBPerSecond: 2 },
      },
      mechanisms,
    ),
  );
}

type Results = (mix: string, size: number) => SimulationResult;

/** Undisturbed time of the compile divided by the time it took. */
function throughput({ guests }: SimulationResult): number {
  return 1 / guests[0]!.slowdown;
}
function lost(result: SimulationResult): number {
  return 1 - throughput(result);
}

/** @param swapIns pages that came back from swap with the balloon; the other figures are those of pollMs 100 */
function betweenPolls(swapIns: number): string {
  return (
    'this host has 243 MiB and keeps 15 MiB free, which the guest takes between two polls of its driver, a second ' +
    `apart; what is short until the driver looks again is swapped. At ${ORDERED_AT} % ${swapIns} pages come back ` +
    'from swap; with a poll of 0.1 s 507 do, throughput is 0.957, and these rows pass. A host of 4 GB keeps 246 MiB ' +
    'free, which would outlast a poll'
  );
}
const FILES_AGAIN =
  'the same wait for the driver, and less is left than the compile uses: with a poll of 0.1 s it still falls to ' +
  '0.852, since the guest gives file pages that it reads again';

function rowsOf(of: Results, sizes: readonly number[]): readonly Row[] {
  const place = (mix: string, size: number) => ({ name: mix, value: throughput(of(mix, size)) });
  const swapIns = (mix: string): number => of(mix, ORDERED_AT).summary.swapInPages;
  const waiting = betweenPolls(swapIns('balloon'));
  return [
    atLeast(0.99, {
      quantity: 'throughput with page sharing, enough memory for all [part of undisturbed]',
      published: 'negligible overhead',
      measured: throughput(of('sharing', AMPLE)),
      grade: 'ordering',
    }),
    explained(
      waiting,
      inOrder(
        `throughput at ${ORDERED_AT} % [part of undisturbed]`,
        'none ≥ balloon ≥ compress + swap ≥ SSD swap ≥ disk swap',
        [
          place('none', AMPLE),
          ...['balloon', 'compress + swap', 'SSD swap', 'disk swap'].map((mix) => place(mix, ORDERED_AT)),
        ],
      ),
    ),
    explained(
      waiting,
      atMost(0.5, {
        quantity: `throughput lost with balloon ÷ lost with SSD swap, at ${ORDERED_AT} %`,
        published: 'ballooning loses far less',
        measured: lost(of('balloon', ORDERED_AT)) / lost(of('SSD swap', ORDERED_AT)),
        grade: 'ordering',
      }),
    ),
    atMost(0.75, {
      quantity: `pages swapped in with compression ÷ without, at ${ORDERED_AT} %`,
      published: 'compression cuts swapped pages strongly',
      measured: swapIns('compress + swap') / swapIns('SSD swap'),
      grade: 'ordering',
    }),
    ...sizes.map((size) =>
      explained(
        size < ORDERED_AT ? FILES_AGAIN : waiting,
        atLeast(0.95, {
          quantity: `compile with balloon at ${size} % [part of undisturbed]`,
          published: 'flat',
          measured: throughput(of('balloon', size)),
          grade: 'ordering',
        }),
      ),
    ),
    inOrder(
      'compile with swap, by memory [part of undisturbed]',
      'steady fall',
      sizes.map((size) => ({ name: `${size} %`, value: throughput(of('SSD swap', size)) })),
      { strictly: true },
    ),
  ];
}

function figureOf(of: Results, sizes: readonly number[]): Figure {
  return {
    id: 'vmware-orderings',
    title: 'A compile with less and less memory',
    x: 'memory left [% of the guest]',
    y: 'throughput [part of undisturbed]',
    series: ['balloon', 'SSD swap'].map((mix) => ({
      name: mix,
      from: 'measured',
      points: sizes.map((size) => [size, throughput(of(mix, size))]),
    })),
  };
}
