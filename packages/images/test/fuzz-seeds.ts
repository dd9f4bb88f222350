/** Small whole files of every format that fuzzers start from. */
import type { KdumpMethod, KdumpPage } from './image-writers.ts';
import { avmlFile, bareRecord, elfFile, flattened, kdumpFile, limeFile, PAGE } from './image-writers.ts';
import { zstdLibrary } from '../src/zstd-library.ts';

/** Pages that compress, in a run; `kind` 0 is zeros. */
export function somePages(count: number, kind: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, page) =>
      Buffer.alloc(PAGE, kind === 0 ? '\0' : `page ${(page * kind) % 7} `),
    ),
  );
}

export const elfSeeds: readonly Uint8Array[] = [
  elfFile({
    loads: [
      { paddr: 0, bytes: somePages(3, 1) },
      { paddr: 0x10_0000, bytes: somePages(2, 2) },
      { paddr: 0xfffc_0000, bytes: somePages(1, 1) },
    ],
  }),
  elfFile({
    bits: 32,
    order: 'big',
    machine: 22,
    countInSection: true,
    loads: [
      { paddr: 0x1000, vaddr: 0x4000, bytes: somePages(3, 1), memoryBytes: PAGE * 5 },
      { paddr: 0x2000, vaddr: 0x8000, bytes: somePages(3, 1), sameAs: 0 },
    ],
  }),
];

export const limeSeeds: readonly Uint8Array[] = [
  limeFile([
    { start: 0x1000, bytes: somePages(3, 1).subarray(0, 9000) },
    { start: 0x10_0000, bytes: somePages(2, 0) },
  ]),
  Buffer.concat([limeFile([{ start: 0, bytes: somePages(2, 1) }]), bareRecord(1, 0x2000, 0x4000)]),
];

export const avmlSeeds: readonly Uint8Array[] = [
  avmlFile([
    { start: 0x1000, bytes: somePages(3, 1) },
    { start: 0x10_0000, bytes: somePages(2, 2), version: 1 },
    { start: 0x20_0000, bytes: somePages(20, 3) },
  ]),
  avmlFile([{ start: 0, bytes: somePages(5, 1) }], 5000),
  Buffer.concat([
    avmlFile([{ start: 0, bytes: somePages(2, 1) }]),
    bareRecord(2, 0x2000, 0x4000),
    bareRecord(2, 0x6000, 0x1000),
  ]),
];

const kdumpPages = new Map<number, KdumpPage>([
  [0, somePages(1, 1)],
  [1, somePages(1, 0)],
  [2, 'excluded'],
  [5, somePages(2, 2).subarray(PAGE)],
  [6, 'lost'],
  [9, somePages(1, 0)],
]);
const large = new Map<number, KdumpPage>([
  [0, somePages(16, 1)],
  [2, somePages(16, 3)],
]);

export async function kdumpSeeds(): Promise<readonly Uint8Array[]> {
  const { compress } = await zstdLibrary();
  const methods: readonly KdumpMethod[] = ['plain', 'zlib', 'snappy', 'zstd'];
  return [
    ...methods.map((method) => kdumpFile({ pages: kdumpPages, method, zstd: (page) => compress(page, 1) })),
    kdumpFile({ pages: kdumpPages, order: 'big', bits: 32, qemu: false, status: 9, dumpLevel: 31 }),
    kdumpFile({ pages: large, blockBytes: 65_536, method: 'snappy', qemu: false }),
  ];
}

export const flattenedSeeds: readonly Uint8Array[] = [
  flattened(kdumpFile({ pages: kdumpPages }), 4000, (count) => [...Array(count).keys()].reverse()),
  flattened(elfSeeds[0]!, 1000, (count) => [...Array(count).keys(), 0, 1]),
];
