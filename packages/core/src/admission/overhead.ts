import { OverbookError } from '../units/errors.ts';
import type { Pages } from '../units/page.ts';
import { PAGES_PER_MIB, toPages } from '../units/page.ts';

/** Published overhead of a VM by its size and processors. */
interface OverheadTable {
  readonly source: string;
  /** What is assumed because no source tells. */
  readonly assumed: string;
  /** By number of virtual processors: overhead in MB at sizes in MB, sizes rising. */
  readonly rows: Readonly<Record<number, readonly (readonly [sizeMiB: number, overheadMiB: number])[]>>;
}

/**
 * Machine memory that virtualising a VM takes, by generation, as published. Between two sizes of a row the figure lies
 * on the line between them.
 */
export const OVERHEAD_TABLES = {
  'esx-1.5': {
    source: 'Waldspurger, OSDI 2002, §6.2: typically 32 MB',
    assumed: 'VMs of more than 1 GB take no more (the paper says more, not how much)',
    rows: {
      1: [
        [1024, 32],
        [65_536, 32],
      ],
    },
  },
  'esx-2': {
    source:
      'VMware ESX Server 2 Administration Guide, chapter 12: 54 or 64 MB up to 512 MB, 32 MB per further GB',
    assumed: 'above 512 MB it grows linearly, with two processors as with one',
    rows: {
      1: [
        [512, 54],
        [3584, 150],
      ],
      2: [
        [512, 64],
        [3584, 160],
      ],
    },
  },
  'esx-4.0': {
    source: 'VMware, vSphere Resource Management Guide 4.0, table 3-2',
    assumed: 'VMs below 256 MB take as much as one of 256 MB',
    rows: {
      1: [
        [256, 113.17],
        [512, 116.68],
        [1024, 123.73],
        [2048, 137.81],
        [4096, 165.98],
        [8192, 222.3],
        [16_384, 334.96],
        [32_768, 560.27],
        [65_536, 1011.21],
        [131_072, 1912.48],
        [262_144, 3714.99],
      ],
      2: [[4096, 242.51]],
      3: [[4096, 283.75]],
      4: [[4096, 324.99]],
    },
  },
  'esxi-6.5': {
    source: 'VMware, vSphere Resource Management 6.5, table 6-1 (with VMX swap, hardware MMU)',
    assumed: 'VMs below 256 MB take as much as one of 256 MB',
    rows: {
      1: [
        [256, 20.29],
        [1024, 25.9],
        [4096, 48.64],
        [16_384, 139.62],
      ],
      2: [
        [256, 24.28],
        [1024, 29.91],
        [4096, 52.72],
        [16_384, 143.98],
      ],
      4: [
        [256, 32.23],
        [1024, 37.86],
        [4096, 60.67],
        [16_384, 151.93],
      ],
      8: [
        [256, 48.16],
        [1024, 53.82],
        [4096, 76.78],
        [16_384, 168.6],
      ],
    },
  },
} as const satisfies Readonly<Record<string, OverheadTable>>;

export type OverheadTableId = keyof typeof OVERHEAD_TABLES;

/** How much machine memory virtualising a VM takes: nothing, so many pages for each, or as a table says. */
export type Overhead = 'none' | OverheadTableId | Pages;

/**
 * Overhead of a VM in whole pages, rounded up.
 * @throws OVB_OVERHEAD_UNKNOWN where the table has no figure for so many processors or so large a VM
 */
export function overheadOf(overhead: Overhead, vm: string, size: Pages, processors = 1): Pages {
  if (overhead === 'none') return toPages(0);
  if (typeof overhead === 'number') return overhead;
  const table: OverheadTable = OVERHEAD_TABLES[overhead];
  const row = table.rows[processors];
  const sizeMiB = size / PAGES_PER_MIB;
  const found = row === undefined ? undefined : onLine(row, sizeMiB);
  if (found !== undefined) return toPages(Math.ceil(found * PAGES_PER_MIB));
  const known = Object.entries(table.rows).map(
    ([count, points]) => `${count} with ${points[0]![0]} to ${points.at(-1)![0]} MiB`,
  );
  throw new OverbookError(
    'OVB_OVERHEAD_UNKNOWN',
    `vm ${vm}`,
    `overhead table '${overhead}' has no figure for ${processors} processors and ${sizeMiB} MiB`,
    `Give the VM's overhead as a size; processors in the table: ${known.join(', ')}.`,
    undefined,
    { vm, setting: 'vcpus' },
  );
}

/** The figure at a size: below the smallest size that of the smallest, beyond the largest none. */
function onLine(points: readonly (readonly [number, number])[], size: number): number | undefined {
  const above = points.findIndex(([at]) => at >= size);
  if (above < 0) return undefined;
  const [toSize, to] = points[above]!;
  if (size === toSize) return to;
  // A single published size holds for that size only.
  if (above === 0) return points.length === 1 ? undefined : to;
  const [fromSize, from] = points[above - 1]!;
  return from + ((to - from) * (size - fromSize)) / (toSize - fromSize);
}
