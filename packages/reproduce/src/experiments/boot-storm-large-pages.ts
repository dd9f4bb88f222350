import type { Host } from '@overbook/core/host';
import { BLOCKED, toGfn, mib, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { compression } from '@overbook/compression';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';

import type { Experiment, Figure, Row } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { changed } from '../mechanisms.ts';
import { atLeast, atMost, explained, inOrder } from '../tolerance.ts';

/** The note's 12 VMs of 4 GB on 32 GB, all of it divided by 256. */
const VMS = 12;
const VM_MIB = 16;
const HOST_MIB = 128;
const ZEROING_SECONDS = 60;
const STEPS_PER_SECOND = 10;
const SECONDS = 90;
/** Minutes in which a VM is scanned: the default of ESX 4 (Mem.ShareScanTime). */
const SCAN_MINUTES = 60;

/** What was seen along the way, by steps. */
interface Storm {
  readonly zeroedMib: number[];
  /** Memory that sharing saves, MiB. */
  readonly savedMib: number[];
  readonly freeMib: number[];
}

export const bootStormLargePages: Experiment = {
  id: 'boot-storm-large-pages',
  grade: 'ordering',
  title: 'Twelve guests that zero all their memory at boot, without and with large pages',
  source: 'Kingston, note on a boot storm of 12 Windows 2003 VMs of 4 GB on 32 GB with ESX 4.1 (secondary)',
  about:
    'Twelve VMs write zeros to all of their pages at the same time, as Windows does at boot, on a host of ' +
    'two thirds of their memory. With small pages sharing finds the zero pages while the guests boot; 2 ' +
    'MiB mappings keep them from being shared until memory runs short and the mappings are broken.',
  calibrated: [],
  chosen: [
    `all sizes divided by 256: ${VMS} VMs of ${VM_MIB} MiB on ${HOST_MIB} MiB; model esx-4.1`,
    `memory zeroed in ${ZEROING_SECONDS} s; a VM scanned in ${SCAN_MINUTES} minutes, the default of ESX 4`,
  ],
  gaps: [
    'no figures in the source: orderings only; how fast its host scanned and its guests booted is not told',
  ],
  run: ({ mechanisms, progress }) => {
    const small = bootStorm('off', mechanisms);
    progress(0.5);
    const large = bootStorm('on', mechanisms);
    return { rows: rowsOf(small, large), figures: [figureOf(small, large)] };
  },
};

function compose(largePages: 'on' | 'off', mechanisms: Mechanisms): Host {
  return composeHost(
    changed(
      {
        name: `boot-storm-${largePages}`,
        memory: mib(HOST_MIB),
        store: 'keys' as const,
        memoryStates: 'esx-4.1',
        largePages,
        strategies: [
          { plugin: tps, options: { salting: 0, generation: 'esx-4.0', shareScanTime: SCAN_MINUTES } },
          compression,
          hostswap,
        ],
        vms: Array.from({ length: VMS }, (_, i) => ({ name: `vm${i + 1}`, size: mib(VM_MIB) })),
      },
      mechanisms,
    ),
  );
}

function bootStorm(largePages: 'on' | 'off', mechanisms: Mechanisms): Storm {
  const host = compose(largePages, mechanisms);
  const storm: Storm = { zeroedMib: [], savedMib: [], freeMib: [] };
  const next = new Uint32Array(VMS);
  const perStep = mib(VM_MIB) / ZEROING_SECONDS / STEPS_PER_SECOND;
  for (let step = 1; step <= SECONDS * STEPS_PER_SECOND; step++) {
    for (let vm = 0; vm < VMS; vm++) {
      // A new frame reads as zero: the touch is all there is to do.
      const goal = Math.min(mib(VM_MIB), Math.floor(step * perStep));
      while (next[vm]! < goal) {
        if (host.memory.access(toVmId(vm), toGfn(next[vm]!), true, host.clock.now()) === BLOCKED) break;
        next[vm]!++;
      }
    }
    host.advance(1000 / STEPS_PER_SECOND);
    storm.zeroedMib.push(next.reduce((sum, count) => sum + count, 0) / 256);
    storm.savedMib.push((host.pool.sharedReferences - host.pool.sharedFrames) / 256);
    storm.freeMib.push(host.pool.free / 256);
  }
  host.verify();
  host.dispose();
  return storm;
}

/** Step at which half of the host's memory was zeroed: pressure is far away with either kind of pages. */
function halfFull({ zeroedMib }: Storm): number {
  return zeroedMib.findIndex((mibs) => mibs >= HOST_MIB / 2);
}

/** Free memory at the first page that is shared, in MiB. */
function freeAtFirstSharing({ savedMib, freeMib }: Storm): number {
  return freeMib[savedMib.findIndex((saved) => saved > 0)] ?? Number.NaN;
}

const SCANS_TOO_LITTLE =
  'a scan of an hour looks at 14 pages a second on the whole host, 275 until half of it is full after 20 s; a page ' +
  'is shared when its like has been seen. Sharing begins, but 1 MiB takes more than 80 pages a second: the host of ' +
  'the note scanned faster, its guests booted more slowly, or less was shared than 1 MiB of this host, which is ' +
  '256 MiB of its own';

function rowsOf(small: Storm, large: Storm): readonly Row[] {
  return [
    explained(
      SCANS_TOO_LITTLE,
      atLeast(1, {
        quantity: 'small pages: saved when half the host is full of zeros [MiB]',
        published: 'zero pages are shared during boot',
        measured: small.savedMib[halfFull(small)]!,
        grade: 'ordering',
      }),
    ),
    atMost(0, {
      quantity: 'large pages: saved when half the host is full of zeros [MiB]',
      published: 'not shared until there is pressure',
      measured: large.savedMib[halfFull(large)]!,
      grade: 'ordering',
    }),
    atLeast(1, {
      quantity: 'large pages: saved at the end [MiB]',
      published: 'shared under pressure',
      measured: large.savedMib.at(-1)!,
      grade: 'ordering',
    }),
    inOrder(
      'free memory when the first page is shared [MiB]',
      'with large pages sharing waits for pressure',
      [
        { name: 'small pages', value: freeAtFirstSharing(small) },
        { name: 'large pages', value: freeAtFirstSharing(large) },
      ],
      { strictly: true },
    ),
  ];
}

function figureOf(small: Storm, large: Storm): Figure {
  const curve = (name: string, values: readonly number[]): Figure['series'][number] => ({
    name,
    from: 'measured',
    points: values.flatMap((value, step) =>
      step % 5 === 0 ? [[step / STEPS_PER_SECOND, value] as const] : [],
    ),
  });
  return {
    id: 'boot-storm-large-pages',
    title: 'Memory saved by sharing, and left free, while twelve guests zero theirs',
    x: 'time [s]',
    y: 'MiB',
    series: [
      curve('saved, small pages', small.savedMib),
      curve('saved, large pages', large.savedMib),
      curve('free, small pages', small.freeMib),
      curve('free, large pages', large.freeMib),
    ],
  };
}
