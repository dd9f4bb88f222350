/** Layouts that QEMU 7.2, older ones and VirtualBox write, with their sources in docs/formats/images.md. */
import { PAGE_DATA, PAGE_DEVICE } from '@overbook/formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elfFile, kdumpFile, PAGE } from '../../test/image-writers.ts';
import { somePages } from '../../test/fuzz-seeds.ts';
import type { DumpedMachine, PageRange } from './device-memory.ts';
import { devicesOfDump, withoutDevices } from './device-memory.ts';
import { MemoryFile } from './image-file.ts';
import { openImageFile } from './open-image.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
type Block = readonly [start: number, bytes: number];

/** The pages of those blocks, less what are devices. */
function memoryPages(blocks: readonly Block[], dump: Partial<DumpedMachine> = {}): number {
  const ranges = blocks.map(([start, bytes]) => ({ first: start / PAGE, end: (start + bytes) / PAGE }));
  const machine: DumpedMachine = { machine: 'x86', writer: 'QEMU', shows: 'blocks', ...dump, ranges };
  const sorted = [...ranges].sort((a, b) => a.first - b.first);
  const extents = sorted.map(({ first, end }) => ({ first, count: end - first, state: PAGE_DATA }));
  return [...withoutDevices(extents, devicesOfDump(machine).ranges)]
    .filter(({ state }) => state === PAGE_DATA)
    .reduce((sum, { count }) => sum + count, 0);
}
/** A PC as the firmware leaves it: 640 KiB, a window of video memory, ROMs, the rest. */
function pc(low: number): Block[] {
  return [
    [0, 640 * KIB],
    [0xa_0000, 64 * KIB],
    [0xc_0000, 256 * KIB],
    [MIB, low - MIB],
  ];
}
const bios: Block = [0xfffc_0000, 256 * KIB];
const hole = (384 * KIB) / PAGE;

describe('QEMU, blocks as they are (no paging)', () => {
  test.each<readonly [string, readonly Block[], number]>([
    ['pc, 512 MiB: video memory at the top', [...pc(512 * MIB), [0xfd00_0000, 16 * MIB], bios], 512 * MIB],
    ['pc, 3 GiB', [...pc(3 * GIB), [0xfd00_0000, 16 * MIB], bios], 3 * GIB],
    ['pc, 4 GiB', [...pc(3 * GIB), [0xfd00_0000, 16 * MIB], bios, [4 * GIB, GIB]], 4 * GIB],
    ['pc with OVMF, 4 GiB: it touches 3 GiB', [...pc(3 * GIB), [3 * GIB, 16 * MIB], [4 * GIB, GIB]], 4 * GIB],
    ['pc up to 1.7, 4 GiB', [...pc(3.5 * GIB), [0xfd00_0000, 16 * MIB], [4 * GIB, GIB / 2]], 4 * GIB],
    ['q35, 256 MiB, OVMF', [...pc(256 * MIB), [3 * GIB, 16 * MIB]], 256 * MIB],
    ['q35, 2 GiB, OVMF: it touches 2 GiB', [...pc(2 * GIB), [2 * GIB, 16 * MIB]], 2 * GIB],
    ['q35, 2.5 GiB', [...pc(2.5 * GIB), [0xc000_0000, 16 * MIB]], 2.5 * GIB],
    ['q35, 3 GiB, OVMF', [...pc(2 * GIB), [2 * GIB, 16 * MIB], [4 * GIB, GIB]], 3 * GIB],
    ['q35, 3 GiB, 256 MiB of video memory', [...pc(2 * GIB), [2 * GIB, 256 * MIB], [4 * GIB, GIB]], 3 * GIB],
    [
      'q35, 3 GiB, a QXL card',
      [...pc(2 * GIB), [2 * GIB, 64 * MIB], [2 * GIB + 64 * MIB, 64 * MIB], [4 * GIB, GIB]],
      3 * GIB,
    ],
    [
      'three NUMA nodes',
      [...pc(GIB), [GIB, GIB], [2 * GIB, GIB], [0xfd00_0000, 16 * MIB], [4 * GIB, GIB]],
      4 * GIB,
    ],
    ['max-ram-below-4g=2.5G', [...pc(2.5 * GIB), [0xfd00_0000, 16 * MIB], [4 * GIB, GIB]], 3.5 * GIB],
  ])('%s', (_name, blocks, memory) => {
    expect(memoryPages(blocks)).toBe(memory / PAGE - hole);
  });
  test('without a VGA card memory goes through, and all of it counts', () => {
    expect(
      memoryPages([
        [0, 256 * MIB],
        [0xc000_0000, 16 * MIB],
      ]),
    ).toBe((256 * MIB) / PAGE);
    // Firmware that was not copied yet lies in blocks of its own behind 768 KiB.
    expect(memoryPages([[0, 768 * KIB], [0xc_0000, 256 * KIB], [MIB, 3 * MIB], bios])).toBe((4 * MIB) / PAGE);
  });
  test('firmware in memory behind the VGA window is no memory of the guest either', () => {
    expect(
      memoryPages([
        [0, 640 * KIB],
        [0xc_0000, 64 * MIB - 768 * KIB],
      ]),
    ).toBe((64 * MIB) / PAGE - hole);
  });
});

describe('QEMU, cut by -b and -l', () => {
  test.each<readonly [string, readonly Block[], number]>([
    ['from 2 GiB on, 64 KiB', [[2 * GIB, 64 * KIB]], 64 * KIB],
    ['from 1 GiB on, 2 GiB', [[GIB, 2 * GIB]], 2 * GIB],
    [
      'pc, from 2 GiB to the end',
      [
        [2 * GIB, GIB],
        [0xfd00_0000, 16 * MIB],
        [4 * GIB, GIB],
      ],
      2 * GIB,
    ],
    [
      'q35 with OVMF, from 2 GiB to the end',
      [
        [2 * GIB, 16 * MIB],
        [4 * GIB, GIB],
      ],
      GIB,
    ],
    ['the firmware alone', [bios], 0],
  ])('%s', (_name, blocks, memory) => {
    expect(memoryPages(blocks)).toBe(memory / PAGE);
  });
});

describe('QEMU, kdump: where blocks meet is not known', () => {
  const shows = 'pages';
  test.each<readonly [string, readonly Block[], number]>([
    ['q35, 3 GiB, OVMF', [...pc(2 * GIB), [2 * GIB, 16 * MIB], [4 * GIB, GIB]], 3 * GIB],
    ['2,064 MiB: may be video memory', [...pc(2 * GIB + 16 * MIB)], 2 * GIB + 16 * MIB],
    ['q35, 2,064 MiB, SeaBIOS', [...pc(2 * GIB + 16 * MIB), bios], 2 * GIB + 16 * MIB],
    ['pc, 3,136 MiB', [...pc(3 * GIB + 64 * MIB), [0xfd00_0000, 16 * MIB], bios], 3 * GIB + 64 * MIB],
    ['pc, 3.5 GiB, video memory behind it', [...pc(3.5 * GIB), [3.5 * GIB, 16 * MIB]], 3.5 * GIB],
    ['pc, 4 GiB, OVMF', [...pc(3 * GIB), [3 * GIB, 16 * MIB], bios, [4 * GIB, GIB]], 4 * GIB],
    ['pc, 2.5 GiB', [...pc(2.5 * GIB), [0xfd00_0000, 16 * MIB], bios], 2.5 * GIB],
  ])('%s', (_name, blocks, memory) => {
    expect(memoryPages(blocks, { shows })).toBe(memory / PAGE - hole);
  });
});

describe('what a dump alone cannot tell is memory, and a note says so', () => {
  const either = pc(2 * GIB + 16 * MIB);
  const maps: Block[] = [[0, 2 * GIB + 16 * MIB]];
  const sure = /^the 16 MiB from address 0x80000000 are counted as memory, but may be video memory/;
  test.each<readonly [string, DumpedMachine['shows'], readonly Block[], boolean]>([
    ['a kdump without other devices', 'pages', either, true],
    ['a dump with paging, all mapped', 'mapped', maps, true],
    ['video memory elsewhere', 'pages', [...either, [0xfd00_0000, 16 * MIB]], false],
    ['SeaBIOS', 'pages', [...either, bios], false],
    ['OVMF as a ROM of 4 MiB', 'pages', [...either, [4 * GIB - 4 * MIB, 4 * MIB]], true],
    ['memory above 4 GiB', 'pages', [...either, [4 * GIB, GIB]], false],
    ['blocks that are known', 'blocks', [...pc(2 * GIB), [2 * GIB, 16 * MIB]], false],
  ])('%s', (_name, shows, blocks, told) => {
    const ranges = blocks.map(([start, bytes]) => ({ first: start / PAGE, end: (start + bytes) / PAGE }));
    const { notes } = devicesOfDump({ machine: 'x86', writer: 'QEMU', shows, ranges });
    expect(notes).toEqual(told ? [expect.stringMatching(sure)] : []);
  });
  test('the image tells it', async () => {
    const loads = [{ paddr: 0, vaddr: 2 ** 47, bytes: two, memoryBytes: 2 * GIB + 16 * MIB }];
    const image = await openImageFile(new MemoryFile('x', elfFile({ loads })));
    expect(image.notes).toEqual([expect.stringMatching(sure)]);
    const told = await openImageFile(new MemoryFile('x', elfFile({ loads })), { deviceMemory: true });
    expect(told.notes).toEqual([]);
  });
});

describe('QEMU with paging: gaps anywhere', () => {
  const shows = 'mapped';
  test.each<readonly [string, readonly Block[], number]>([
    [
      'a frame buffer at 2 GiB',
      [
        [0, 2 * GIB],
        [2 * GIB, 3 * MIB],
        [4 * GIB, GIB],
      ],
      3 * GIB,
    ],
    [
      'a frame buffer at 3 GiB',
      [
        [0, 256 * MIB],
        [3 * GIB, 3 * MIB],
      ],
      256 * MIB,
    ],
    [
      'holes in low memory',
      [
        [0, GIB],
        [2.5 * GIB, 0.5 * GIB],
        [0xfd00_0000, 3 * MIB],
        [4 * GIB, GIB],
      ],
      2.5 * GIB,
    ],
  ])('%s', (_name, blocks, memory) => {
    expect(memoryPages(blocks, { shows })).toBe(memory / PAGE);
  });
});

test('VirtualBox: video memory from 3.5 GiB on, even where memory ends there, and the hole of a PC', () => {
  const writer = 'VirtualBox';
  const devices: Block[] = [
    [0xe000_0000, 16 * MIB],
    [0xf040_0000, 4 * MIB],
    [0xffff_0000, 64 * KIB],
  ];
  expect(memoryPages([[0, 64 * MIB], ...devices], { writer })).toBe((64 * MIB) / PAGE - hole);
  expect(memoryPages([[0, 3.5 * GIB], ...devices, [4 * GIB, GIB]], { writer })).toBe(
    (4.5 * GIB) / PAGE - hole,
  );
});

test('other machines of QEMU: what lies below their memory is devices', () => {
  expect(
    memoryPages(
      [
        [0x1000_0000, 16 * MIB],
        [GIB, GIB],
      ],
      { machine: 'arm64' },
    ),
  ).toBe(GIB / PAGE);
  expect(memoryPages([[0, GIB]], { machine: 'arm64' })).toBe(GIB / PAGE);
  expect(
    memoryPages(
      [
        [GIB, 16 * MIB],
        [2 * GIB, GIB],
      ],
      { machine: 'riscv' },
    ),
  ).toBe(GIB / PAGE);
  expect(
    memoryPages(
      [
        [0, GIB],
        [0x2000_8000_0000, 16 * MIB],
      ],
      { machine: 'ppc64' },
    ),
  ).toBe(GIB / PAGE);
});

const anyRange = fc
  .tuple(fc.integer({ min: 0, max: 5 * 1024 }), fc.integer({ min: 1, max: 1024 }))
  .map(([first, count]): PageRange => ({ first: first * 256, end: (first + count) * 256 }));

test('devices are ascending and apart, and no page is lost or made by taking them out', () => {
  fc.assert(
    fc.property(
      fc.array(anyRange, { maxLength: 12 }),
      fc.constantFrom('blocks' as const, 'pages' as const, 'mapped' as const),
      fc.constantFrom('QEMU' as const, 'VirtualBox' as const),
      (ranges, shows, writer) => {
        const devices = devicesOfDump({ machine: 'x86', writer, shows, ranges }).ranges;
        for (const [index, { first, end }] of devices.entries())
          expect(first < end && (index === 0 || devices[index - 1]!.end <= first)).toBe(true);
        const runs = [{ first: 3, count: 2 ** 21, state: PAGE_DATA }];
        const pieces = [...withoutDevices(runs, devices)];
        let page = 3;
        for (const { first, count } of pieces) {
          expect([first, count > 0]).toEqual([page, true]);
          page += count;
        }
        expect(page).toBe(3 + 2 ** 21);
        const taken = pieces
          .filter(({ state }) => state === PAGE_DEVICE)
          .reduce((sum, { count }) => sum + count, 0);
        expect(taken).toBe(devices.reduce((sum, { first, end }) => sum + end - first, 0));
      },
    ),
  );
});

const two = somePages(2, 1);
async function counted(bytes: Uint8Array, deviceMemory = false): Promise<number> {
  const image = await openImageFile(new MemoryFile('x', bytes), { deviceMemory });
  const { pages, unknown } = image.counts();
  return pages - (unknown['hole'] ?? 0);
}

describe('dumps', () => {
  const loads = [
    { paddr: 0, bytes: two },
    { paddr: 0xa_0000, bytes: two },
    { paddr: 0xc_0000, bytes: two },
    { paddr: 0x10_0000, bytes: two, memoryBytes: 2 * GIB - MIB },
    { paddr: 2 * GIB, bytes: two, memoryBytes: 16 * MIB },
    { paddr: 4 * GIB, bytes: two },
  ];
  const memory = 2 + (2 * GIB - MIB) / PAGE + 2;
  test('of QEMU from 4.0 on, whose virtual addresses are the physical ones, and of older ones', async () => {
    expect(await counted(elfFile({ loads: loads.map((load) => ({ ...load, vaddr: load.paddr })) }))).toBe(
      memory,
    );
    expect(await counted(elfFile({ loads }))).toBe(memory);
    expect(await counted(elfFile({ loads }), true)).toBe(memory + 4 + (16 * MIB) / PAGE);
  });
  test('of VirtualBox, whose ranges without bytes are memory-mapped devices', async () => {
    const notes = ['VBCORE', 'VBCPU'];
    const ranges = [
      { paddr: 0x10_0000, bytes: two },
      { paddr: 0xe000_0000, bytes: two },
      { paddr: 0xfee0_0000, memoryBytes: PAGE },
    ];
    const image = await openImageFile(new MemoryFile('x', elfFile({ notes, loads: ranges })));
    expect(image.counts()).toMatchObject({ stored: 2, unknown: { hole: 256 } });
  });
  test('of a kernel, which lists memory alone', async () => {
    const ranges = [
      { paddr: 0, bytes: two },
      { paddr: 3 * GIB, bytes: two },
    ];
    expect(await counted(elfFile({ notes: ['CORE', 'VMCOREINFO'], loads: ranges }))).toBe(4);
  });
  test('of an arm64 machine, which QEMU does not sign', async () => {
    const ranges = [
      { paddr: 0x1000_0000, bytes: two },
      { paddr: GIB, bytes: two },
    ];
    expect(await counted(elfFile({ machine: 183, notes: ['CORE'], loads: ranges }))).toBe(2);
  });
  test('compressed by QEMU', async () => {
    const page = two.subarray(0, PAGE);
    const pages = [0, 0xa0, 0xc0, 0x100, 0xfffff, 0x100000].map((number) => [number, page] as const);
    expect(await counted(kdumpFile({ pages: new Map(pages) }))).toBe(3);
  });
  test('that hold devices alone say so', async () => {
    const bytes = elfFile({ loads: [{ paddr: 0xfffc_0000, bytes: two }] });
    await expect(counted(bytes)).rejects.toMatchObject({
      code: 'OVB_IMAGE_EMPTY',
      what: 'the image holds 2 pages, all of them video memory or firmware',
    });
    expect(await counted(bytes, true)).toBe(2);
  });
});

describe('/proc/kcore', () => {
  const nowhere = 2 ** 64 - 2048;
  const virtual = { paddr: nowhere, vaddr: 2 ** 64 - 2 ** 41, memoryBytes: 2 ** 40 };
  test('is read by its physical ranges; those of virtual memory alone are no memory', async () => {
    const kcore = elfFile({
      notes: ['CORE', 'VMCOREINFO'],
      loads: [
        virtual,
        { paddr: 0x2000, vaddr: 2 ** 63, bytes: somePages(1, 1) },
        { paddr: 0x1000, vaddr: 2 ** 63, bytes: somePages(4, 2) },
      ],
    });
    expect(await counted(kcore)).toBe(4);
  });
  test('without physical ranges is refused by what it is', async () => {
    const load = { paddr: 0, vaddr: 2 ** 64 - 2 ** 41, bytes: two };
    for (const loads of [[virtual], [load, load]])
      await expect(counted(elfFile({ notes: ['CORE'], loads }))).rejects.toMatchObject({
        code: 'OVB_IMAGE_FORMAT',
        what: expect.stringContaining('/proc/kcore') as string,
        mend: expect.stringContaining('avml or LiME') as string,
      });
  });
});
