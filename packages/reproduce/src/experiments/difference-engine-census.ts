import type { Host } from '@overbook/core/host';
import { FILL_ZERO, toGfn, mib, toPages, toVmId } from '@overbook/core';
import { SeededRandom, composeHost } from '@overbook/core/host';
import { tps } from '@overbook/tps';

import type { Experiment, Row } from '../experiment.ts';
import type { Mechanisms } from '../mechanisms.ts';
import { changed } from '../mechanisms.ts';
import { exactly, readBack, within } from '../tolerance.ts';
import { numberedContents, writeContent } from './keyed-contents.ts';

// The census itself (Table 1, Mixed-1): the input.
const ALL_PAGES = 393_120;
const ZERO_PAGES = 149_038;
const SHARABLE_PAGES = 52_436;
const SHARABLE_CONTENTS = 3_577;
const LONE_PAGES = ALL_PAGES - ZERO_PAGES - SHARABLE_PAGES;

const VMS = ['rubis', 'kernel-compile', 'vim-lmbench'];
const HOST_MIB = 2_048;
const PAGES_PER_SECOND = 10_000;
const SEED = 1;

export const differenceEngineCensus: Experiment = {
  id: 'difference-engine-census',
  grade: 'arithmetic',
  title: 'Page census of Mixed-1, and what sharing saves of it',
  source: 'Gupta et al., Difference Engine, OSDI 2008 (CACM 53(10), 2010), Table 1',
  about:
    'Three VMs with the printed census of pages: counts of zero, sharable and unique pages. Page ' +
    'sharing between the VMs scans all of them once; the rows are read from the counters and the free ' +
    'frames of the host.',
  calibrated: [],
  chosen: [
    `a host of ${HOST_MIB} MiB, sequential scan at ${PAGES_PER_SECOND} pages/s, seed ${SEED}`,
    'sharable contents have numbers of copies as equal as possible, spread over the VMs by the seed',
  ],
  gaps: [
    'no rows for patching (50,727 reference and 144,497 patched pages of 1,070 bytes on average) and for ' +
      'compression: they follow from the bytes of the pages, which are not published; examples/patch needs bytes',
  ],
  run: ({ mechanisms, progress }) => {
    const host = compose(mechanisms);
    try {
      fill(host);
      progress(0.5);
      host.advance(Math.ceil((1000 * ALL_PAGES) / PAGES_PER_SECOND) + 1000);
      host.verify();
      return { rows: rowsOf(host), figures: [] };
    } finally {
      host.dispose();
    }
  },
};

function compose(mechanisms: Mechanisms): Host {
  return composeHost(
    changed(
      {
        name: 'difference-engine-census',
        memory: mib(HOST_MIB),
        store: 'keys' as const,
        seed: SEED,
        strategies: [
          { plugin: tps, options: { salting: 0, order: 'sequential', pagesPerSecond: PAGES_PER_SECOND } },
        ],
        vms: VMS.map((name) => ({ name, size: toPages(ALL_PAGES / VMS.length) })),
      },
      mechanisms,
    ),
  );
}

/** Writes the census into the VMs: content 0 is zero, then the sharable ones, then those that are alone. */
function fill(host: Host): void {
  const contents = new Uint32Array(ALL_PAGES);
  for (let i = 0; i < SHARABLE_PAGES; i++) contents[ZERO_PAGES + i] = 1 + (i % SHARABLE_CONTENTS);
  for (let i = 0; i < LONE_PAGES; i++) contents[ZERO_PAGES + SHARABLE_PAGES + i] = 1 + SHARABLE_CONTENTS + i;
  const draws = new SeededRandom(SEED).stream('census');
  for (let i = ALL_PAGES - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    [contents[i], contents[j]] = [contents[j]!, contents[i]!];
  }
  const table = numberedContents(1 + SHARABLE_CONTENTS + LONE_PAGES);
  contents.forEach((content, i) =>
    writeContent(host, toVmId(i % VMS.length), Math.floor(i / VMS.length), table, content),
  );
}

function rowsOf(host: Host): readonly Row[] {
  const { vms, total, free, shared, common, saving, granted } = host.counters();
  const sum = (of: (vm: (typeof vms)[number]) => number): number => vms.reduce((all, vm) => all + of(vm), 0);
  const zero = sum((vm) => vm.zero);
  const zeroFrames = framesOfZeros(host);
  const inUse = total - free;
  const row = (quantity: string, published: number, measured: number): Row =>
    exactly({ quantity: `${quantity} [pages]`, published, measured, grade: 'arithmetic' });
  return [
    // So much was written; that the counters say so again shows that the scan missed none.
    ...[
      row('memory of the three VMs', ALL_PAGES, granted),
      row('zero pages', ZERO_PAGES, zero),
      row('sharable pages other than zero', SHARABLE_PAGES, shared - zero),
      row(
        'unique pages',
        191_646,
        sum((vm) => vm.private),
      ),
      row('frames kept for sharable pages other than zero', SHARABLE_CONTENTS, common - zeroFrames),
    ].map(readBack),
    row('saved at the zero page', 149_037, zero - zeroFrames),
    row('saved at other contents', 48_859, saving - (zero - zeroFrames)),
    row('machine memory after sharing', 195_224, inUse),
    within(
      0.05,
      {
        quantity: 'saved by sharing [% of the memory of the VMs]',
        published: 50.3,
        measured: (100 * (granted - inUse)) / granted,
        grade: 'arithmetic',
      },
      'points',
    ),
  ];
}

/** Machine frames full of zeros behind guest pages. */
function framesOfZeros({ memory, store }: Host): number {
  const frames = new Set<number>();
  for (const { id, size } of memory.vms) {
    for (let page = 0; page < size; page++) {
      const frame = memory.frame(id, toGfn(page));
      if (store.fill(frame) === FILL_ZERO) frames.add(frame);
    }
  }
  return frames.size;
}
