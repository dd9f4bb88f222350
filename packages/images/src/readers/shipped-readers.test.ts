/** Every shipped reader keeps the promises of the kit, on small files whose memory is known from their making. */
import { expect, test } from 'vitest';
import type { KdumpPage } from '../../test/image-writers.ts';
import { avmlFile, elfFile, flattened, kdumpFile, limeFile, PAGE } from '../../test/image-writers.ts';
import { somePages } from '../../test/fuzz-seeds.ts';
import type { ReaderSample } from '../reader-kit/index.ts';
import { readerSuite, sampleMemory } from '../reader-kit/index.ts';
import { avml } from './avml.ts';
import { elfCore } from './elf-core.ts';
import { MemoryFile } from './image-file.ts';
import type { PAGE_STATES } from '@overbook/formats';
import { flattenedDump, kdump } from './kdump.ts';
import { lime } from './lime.ts';
import { rawImage } from './raw-image.ts';
import { SHIPPED_READERS } from './shipped-readers.ts';
import { zstdLibrary } from '../zstd-library.ts';

const { compress } = await zstdLibrary();

type Known = Uint8Array | (typeof PAGE_STATES)[number];

const [one, two, three, zero] = [somePages(3, 1), somePages(2, 2), somePages(3, 3), somePages(2, 0)];
function pageOf(bytes: Uint8Array, page: number): Uint8Array {
  return bytes.subarray(page * PAGE, (page + 1) * PAGE);
}
function run(first: number, bytes: Uint8Array): [number, Known][] {
  return Array.from({ length: Math.floor(bytes.length / PAGE) }, (_, page) => [
    first + page,
    pageOf(bytes, page),
  ]);
}
function states(first: number, count: number, state: (typeof PAGE_STATES)[number]): [number, Known][] {
  return Array.from({ length: count }, (_, page) => [first + page, state]);
}
function sample(name: string, bytes: Uint8Array, pages: readonly (readonly [number, Known])[]): ReaderSample {
  return {
    name,
    bytes,
    memory: new Map(pages),
  };
}

const raw = Buffer.concat([one, zero, three]);
readerSuite({
  test,
  reader: rawImage,
  takesAnything: true,
  samples: [{ name: 'eight pages', bytes: raw, memory: sampleMemory(raw) }],
});

const elfLoads = [
  { paddr: 0, bytes: one },
  { paddr: 0x8000, bytes: two },
  { paddr: 0x1_0000_0000, bytes: zero },
  { paddr: 0xffff_0000, bytes: three },
];
readerSuite({
  test,
  reader: elfCore,
  samples: [
    sample(
      '64 bit, with memory above 4 GiB and firmware below',
      elfFile({ loads: elfLoads }),
      [...run(0, one), ...run(8, two)].concat(run(0x10_0000, zero), states(0xf_fff0, 3, 'device')),
    ),
    sample(
      '32 bit, big-endian, its count of headers in a section',
      elfFile({ bits: 32, order: 'big', machine: 22, countInSection: true, loads: elfLoads.slice(0, 2) }),
      [...run(0, one), ...run(8, two)],
    ),
    sample(
      'with ranges that overlap, lack a part and were filtered out',
      elfFile({
        loads: [
          { paddr: 0x1000, vaddr: 0x7000, bytes: one, memoryBytes: 5 * PAGE },
          { paddr: 0x3000, vaddr: 0x9000, bytes: three },
          { paddr: 0x1000, vaddr: 0xf000, bytes: one, sameAs: 0 },
          { paddr: 0x9000, memoryBytes: 2 * PAGE },
        ],
      }),
      [...run(1, one), ...run(4, three.subarray(PAGE)), ...states(9, 2, 'excluded')],
    ),
  ],
});

readerSuite({
  test,
  reader: lime,
  samples: [
    sample(
      'ranges that end and begin inside pages',
      limeFile([
        { start: 0x1000, bytes: one.subarray(0, 2 * PAGE + 100) },
        { start: 0x5800, bytes: three.subarray(0x800) },
        { start: 0x9100, bytes: three.subarray(0, 300) },
      ]),
      [
        ...run(1, one.subarray(0, 2 * PAGE)),
        [3, 'partial'],
        [5, 'partial'],
        ...run(6, three.subarray(PAGE)),
        [9, 'partial'],
      ],
    ),
    sample(
      'ranges out of order',
      limeFile([
        { start: 0x4000, bytes: two },
        { start: 0x1000, bytes: one },
      ]),
      [...run(1, one), ...run(4, two)],
    ),
  ],
});

readerSuite({
  test,
  reader: avml,
  samples: [
    sample(
      'records of both versions',
      avmlFile([
        { start: 0x1000, bytes: one },
        { start: 0x6000, bytes: two, version: 1 },
        { start: 0x9000, bytes: zero },
      ]),
      [
        [0, 'holeOrZero'],
        ...run(1, one),
        ...states(4, 2, 'holeOrZero'),
        ...run(6, two),
        [8, 'holeOrZero'],
        ...run(9, zero),
      ],
    ),
    sample(
      'version 1 first, chunks that are no pages',
      avmlFile(
        [
          { start: 0, bytes: two, version: 1 },
          { start: 0x2000, bytes: three },
        ],
        5000,
      ),
      [...run(0, two), ...run(2, three)],
    ),
  ],
});

const kdumpPages = new Map<number, KdumpPage>([
  [0, pageOf(one, 0)],
  [1, pageOf(zero, 0)],
  [2, pageOf(three, 1)],
  [3, 'excluded'],
  [7, 'lost'],
  [8, pageOf(zero, 0)],
  [0xf_ffff, pageOf(one, 0)],
]);
const kdumpMemory: readonly (readonly [number, Known])[] = [
  ...[...kdumpPages].slice(0, -1),
  [0xf_ffff, 'device'],
];
const small = new Map([...kdumpPages].slice(0, -1));
const large = new Map<number, KdumpPage>([
  [0, Buffer.concat([raw, raw])],
  [2, somePages(16, 3)],
  [3, somePages(16, 0)],
]);
readerSuite({
  test,
  reader: kdump,
  samples: [
    ...(['plain', 'zlib', 'snappy', 'zstd'] as const).map((method) =>
      sample(
        method,
        kdumpFile({ pages: small, method, zstd: (page) => compress(page, 1) }),
        kdumpMemory.slice(0, -1),
      ),
    ),
    sample(
      '32 bit, big-endian, incomplete',
      kdumpFile({ pages: small, order: 'big', bits: 32, qemu: false, status: 9 }),
      kdumpMemory.slice(0, -1),
    ),
    sample(
      'pages of 64 KiB',
      kdumpFile({ pages: large, blockBytes: 65_536, qemu: false }),
      [...large].flatMap(([page, bytes]) => run(page * 16, bytes as Uint8Array)),
    ),
  ],
});

readerSuite({
  test,
  reader: flattenedDump,
  samples: [
    sample(
      'records in reverse, the first ones again at the end',
      flattened(kdumpFile({ pages: small }), 4000, (count) =>
        [...Array(count).keys()].reverse().concat(0, 1),
      ),
      kdumpMemory.slice(0, -1),
    ),
    sample(
      'an ELF core',
      flattened(elfFile({ loads: elfLoads.slice(0, 2) }), 1000, (count) => [...Array(count).keys()]),
      [...run(0, one), ...run(8, two)],
    ),
  ],
});

test('firmware at the top of 4 GiB in a kdump of QEMU is device memory, unless it is asked for', async () => {
  const file = new MemoryFile('x', kdumpFile({ pages: kdumpPages }));
  const states = async (deviceMemory: boolean): Promise<readonly number[]> =>
    [...(await kdump.open(file, { deviceMemory })).extents()].map(({ state }) => state);
  expect((await states(false)).at(-1)).toBe(7);
  expect((await states(true)).at(-1)).toBe(0);
});

test('ids are different, and every reader but raw knows its files by their bytes', () => {
  const ids = SHIPPED_READERS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const zeros = new Uint8Array(4096);
  const takers = SHIPPED_READERS.filter((reader) => reader.recognises(zeros, new MemoryFile('zeros', zeros)));
  expect(takers.map(({ id }) => id)).toEqual(['raw']);
});
