/** What each reader refuses, and the corners of its format. What all of them promise is in shipped-readers.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  avmlFile,
  bareRecord,
  elfFile,
  flatRecord,
  flattened,
  kdumpFile,
  Layout,
  limeFile,
  PAGE,
  vmssFile,
} from '../../test/image-writers.ts';
import { somePages } from '../../test/fuzz-seeds.ts';
import { pagesOf } from '../../test/plain-recount.ts';
import { MemoryFile } from './image-file.ts';
import type { OpenOptions } from './open-image.ts';
import { openImage, openImageFile } from './open-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
function open(bytes: Uint8Array, options: OpenOptions = {}) {
  return openImageFile(new MemoryFile('x', bytes), options);
}
const three = somePages(3, 1);
function edited(bytes: Buffer, at: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(hex, at, 'hex');
  return copy;
}

describe('ELF', () => {
  const load = [{ paddr: 0x1000, bytes: three }];
  const refused: readonly (readonly [why: string, bytes: Buffer, code: string, what: string])[] = [
    [
      'the core of a process',
      elfFile({ notes: ['CORE'], loads: [{ paddr: 0, vaddr: 0x40_0000, bytes: three }] }),
      'FORMAT',
      'core of a process',
    ],
    ['a program', elfFile({ type: 2, loads: load }), 'FORMAT', 'is a program'],
    ['a core of Xen', elfFile({ notes: ['Xen'], loads: [] }), 'FORMAT', 'xl dump-core'],
    ['a core without memory', elfFile({ notes: ['CORE'], loads: [] }), 'EMPTY', 'no memory range'],
    [
      'a range that is larger in the file than in memory',
      elfFile({ loads: [{ paddr: 0, bytes: three, memoryBytes: 9 }] }),
      'CORRUPT',
      '12288 bytes in the file and 9 in memory',
    ],
    [
      'an address beyond any machine',
      elfFile({ loads: [{ paddr: 2 ** 52, bytes: three }] }),
      'CORRUPT',
      'more than any machine can address',
    ],
    [
      'a range behind the end of the file',
      edited(elfFile({ loads: load }), 64 + 56 + 8, '00000000ff'),
      'TRUNCATED',
      'the file ends at',
    ],
    [
      'more pages than the file has bytes for',
      elfFile({
        loads: [load[0]!, ...[1, 2, 3].map((n) => ({ paddr: n * 0x10_0000, bytes: three, sameAs: 0 }))],
      }),
      'CORRUPT',
      '12 different pages',
    ],
    [
      'headers of another size',
      edited(elfFile({ loads: load }), 54, '3900'),
      'CORRUPT',
      'program headers of 57 bytes',
    ],
    ['class 3', edited(elfFile({ loads: load }), 4, '03'), 'CORRUPT', 'has class 3'],
  ];
  test.each(refused)('%s is refused', async (_why, bytes, code, what) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: `OVB_IMAGE_${code}`,
      what: expect.stringContaining(what) as string,
    });
  });
  test('makedumpfile says when a dump is incomplete, and so does the image', async () => {
    expect((await open(elfFile({ flags: 1, loads: load }))).notes).toEqual([
      'makedumpfile marked this dump as incomplete',
    ]);
  });
  test('memory from address 0 with virtual addresses is a machine when QEMU signed the file', async () => {
    const image = await open(elfFile({ loads: [{ paddr: 0, vaddr: 2 ** 47, bytes: three }] }));
    expect(image.counts()).toMatchObject({ pages: 3, stored: 3 });
  });
  test('of two ranges with one page the first in the file is taken', async () => {
    const image = await open(
      elfFile({
        loads: [
          { paddr: 0x1000, bytes: somePages(1, 2) },
          { paddr: 0, bytes: three },
        ],
      }),
    );
    expect(pagesOf(image).get(1)).toBe(somePages(1, 2).toString('latin1'));
    expect(image.counts().pages).toBe(3);
  });
});

describe('LiME and AVML', () => {
  const avml = avmlFile([{ start: 0, bytes: three }]);
  const refused: readonly (readonly [why: string, bytes: Buffer, code: string, what: string])[] = [
    [
      'a range without a header behind it',
      Buffer.concat([limeFile([{ start: 0, bytes: three }]), three]),
      'CORRUPT',
      'no LiME or AVML header',
    ],
    [
      'a range that ends before it begins',
      edited(limeFile([{ start: 4096, bytes: three }]), 16, '0000'),
      'CORRUPT',
      'range from 4096 to',
    ],
    ['a chunk with a wrong checksum', edited(avml, 32 + 10 + 4, 'ffff'), 'CORRUPT', 'checksum is wrong'],
    [
      'a chunk that says it is huge',
      edited(avml, 32 + 10 + 8, 'ffffffff0f'),
      'CORRUPT',
      'unpacks to 4294967295 bytes',
    ],
    [
      'a stream of another length than it says',
      edited(avml, avml.length - 8, '01'),
      'CORRUPT',
      'says that the previous stream has',
    ],
    ['a chunk of a type that must be known', edited(avml, 32 + 10, '02'), 'CORRUPT', 'unknown type 2'],
  ];
  test.each(refused)('%s is refused', async (_why, bytes, code, what) => {
    const outcome = open(bytes).then((image) => pagesOf(image));
    await expect(outcome).rejects.toMatchObject({
      code: `OVB_IMAGE_${code}`,
      what: expect.stringContaining(what) as string,
    });
  });
});

describe('a block of zeros as AVML 0.17 writes it: a header and nothing behind it', () => {
  const [low, high] = [somePages(4, 1), somePages(4, 2)];
  const bare = (version: 1 | 2): Buffer => bareRecord(version, 0x4000, 0x4000);
  const of = (version: 1 | 2, start: number, bytes: Uint8Array): Buffer =>
    avmlFile([{ start, bytes, version }]);
  test.each([
    ['between others, version 2', [of(2, 0, low), bare(2), of(2, 0x8000, high)], 'avml'],
    ['first, version 2', [bareRecord(2, 0, 0x4000), of(2, 0x4000, low), of(2, 0x8000, high)], 'avml'],
    ['between others, version 1', [of(1, 0, low), bare(1), of(1, 0x8000, high)], 'lime'],
    ['of version 1 among version 2', [of(1, 0, low), bare(1), of(2, 0x8000, high)], 'avml'],
  ])('%s', async (_why, parts, format) => {
    const image = await open(Buffer.concat(parts));
    expect(image.format).toBe(format);
    expect(image.counts()).toEqual({ pages: 12, stored: 8, zero: 4, unknown: {}, device: 0 });
    expect(image.notes).toEqual([expect.stringContaining('as AVML 0.17 writes blocks of zeros')]);
    const stored = [...pagesOf(image).values()].filter((page) => /[^\0]/.test(page));
    expect(stored).toHaveLength(8);
  });
  test.each([1, 2] as const)('at the end, version %i: it may as well have been cut off', async (version) => {
    const parts = [of(version, 0, low), of(version, 0x4000, high), bareRecord(version, 0x8000, 0x4000)];
    const image = await open(Buffer.concat(parts));
    expect(image.counts()).toEqual({ pages: 12, stored: 8, zero: 0, unknown: { holeOrZero: 4 }, device: 0 });
    expect(image.notes).toEqual([expect.stringContaining('or cut off')]);
  });
  test('two, one behind the other', async () => {
    const image = await open(Buffer.concat([bareRecord(2, 0, 0x4000), bare(2), of(2, 0x8000, high)]));
    expect([image.counts().zero, image.counts().stored]).toEqual([8, 4]);
  });
  test('memory that holds the header of an image is memory', async () => {
    const inner = Buffer.concat([recordOf(0x9000), Buffer.alloc(0x4000 - 32, 7)]);
    const image = await open(
      limeFile([
        { start: 0, bytes: low },
        { start: 0x4000, bytes: inner },
      ]),
    );
    expect([image.counts().zero, image.notes]).toEqual([0, []]);
  });
  test('a range that is longer than a block of AVML is no block of zeros: the file was cut', async () => {
    await expect(open(bareRecord(1, 0, 0x200_0000))).rejects.toMatchObject({ code: 'OVB_IMAGE_TRUNCATED' });
  });
  function recordOf(start: number): Buffer {
    return bareRecord(1, start, 0x1000);
  }
});

describe('kdump-compressed', () => {
  const pages = new Map<number, Uint8Array | 'excluded'>([
    [0, three.subarray(0, PAGE)],
    [1, 'excluded'],
  ]);
  test('what makedumpfile left out is said in words', async () => {
    const image = await open(kdumpFile({ pages, qemu: false, dumpLevel: 17 }));
    expect(image.notes).toEqual(['the dump was taken without zero pages, free pages (dump level 17)']);
    const both = await open(kdumpFile({ pages, dumpLevel: 16 }));
    expect(both.notes).toEqual(['the dump was taken without free pages (dump level 16)']);
    expect((await open(kdumpFile({ pages, dumpLevel: 1 }))).notes).toEqual([]);
    expect(image.counts().unknown).toEqual({ excluded: 1 });
  });
  const refused: readonly (readonly [why: string, bytes: Buffer, code: string, what: string])[] = [
    ['lzo', kdumpFile({ pages, method: 'lzo' }), 'METHOD', 'compressed with lzo'],
    ['a part of a split dump', kdumpFile({ pages, split: 1 }), 'FORMAT', 'one part of a dump'],
    [
      'more pages than bitmaps have bits',
      edited(kdumpFile({ pages }), 4096 + 96, '00000100'),
      'CORRUPT',
      'bitmaps for',
    ],
    ['an odd block size', edited(kdumpFile({ pages }), 428, '01'), 'CORRUPT', 'blocks of 4097 bytes'],
    ['a page that unpacks to more than a page', oversized(), 'CORRUPT', 'does not unpack to a page'],
  ];
  test.each(refused)('%s is refused', async (_why, bytes, code, what) => {
    const outcome = open(bytes).then((image) => pagesOf(image));
    await expect(outcome).rejects.toMatchObject({
      code: `OVB_IMAGE_${code}`,
      what: expect.stringContaining(what) as string,
    });
  });

  /** A block of 64 KiB of zeros, packed by zlib, where a page of 4 KiB should be. */
  function oversized(): Buffer {
    const large = kdumpFile({
      pages: new Map([[0, Buffer.alloc(65_536, 1)]]),
      blockBytes: 65_536,
      qemu: false,
    });
    const small = kdumpFile({ pages: new Map([[0, three.subarray(0, PAGE)]]), qemu: false });
    const packed = large.subarray(-200);
    const table = 4096 * 5;
    const bytes = Buffer.concat([small.subarray(0, table + 24), packed]);
    return (
      new Layout(bytes.length).bytes.fill(bytes).fill(0, table + 8, table + 12) &&
      edited(bytes, table + 8, 'c8000000')
    );
  }
});

describe('flattened', () => {
  const elf = elfFile({ loads: [{ paddr: 0, bytes: three }] });
  const inOrder = (count: number): readonly number[] => [...Array(count).keys()];
  test('of records for one place the last one wins', async () => {
    const flat = flattened(elf, 5000, inOrder);
    const end = flat.length - 16;
    const patch = Buffer.concat([flatRecord(elf.length - 4096, 4096), Buffer.alloc(4096, 'z')]);
    const image = await open(Buffer.concat([flat.subarray(0, end), patch, flat.subarray(end)]));
    expect(pagesOf(image).get(2)).toBe('z'.repeat(4096));
  });
  const flat = flattened(elf, 5000, inOrder);
  const refused: readonly (readonly [why: string, bytes: Buffer, code: string, what: string])[] = [
    ['no end record', flat.subarray(0, -16), 'TRUNCATED', 'should follow'],
    ['a negative size', edited(flat, 4096 + 8, 'fffffffffffffffe'), 'CORRUPT', 'a record of -2 bytes'],
    ['another version', edited(flat, 31, '02'), 'CORRUPT', 'version 2'],
    ['a record for a place far away', edited(flat, 4096, '0000010000000000'), 'CORRUPT', 'has records for'],
    ['no records', Buffer.concat([flat.subarray(0, 4096), flatRecord(-1, -1)]), 'CORRUPT', 'no record'],
  ];
  test.each(refused)('%s is refused', async (_why, bytes, code, what) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: `OVB_IMAGE_${code}`,
      what: expect.stringContaining(what) as string,
    });
  });
});

describe('.vmem', () => {
  const memory = somePages(8, 1);
  test('has the layout that the state file beside it says', async () => {
    const path = write('a.vmem', memory);
    write(
      'a.vmss',
      vmssFile([
        [0, 0, 5],
        [0x10_0000, 5, 3],
      ]),
    );
    const image = await openImage(path);
    expect([image.format, image.counts()]).toEqual([
      'vmem',
      { pages: 0x10_0003, stored: 8, zero: 0, unknown: { hole: 0x10_0000 - 5 }, device: 0 },
    ]);
    const bytes = new Uint8Array(4096);
    image.read(0x10_0002, 1, bytes, new Uint8Array(1));
    expect(Buffer.compare(bytes, memory.subarray(-4096))).toBe(0);
    image.close();
  });
  test('is in one piece without one, or when the state file names no region', async () => {
    const alone = await openImage(write('b.vmem', memory));
    write('c.vmsn', vmssFile([]));
    const named = await openImage(write('c.vmem', memory));
    for (const image of [alone, named])
      expect([image.format, image.counts().stored, image.notes]).toEqual(['vmem', 8, []]);
    alone.close();
    named.close();
  });
  test('takes the state file that is named', async () => {
    const side = write('elsewhere', vmssFile([[1, 0, 8]]));
    const image = await openImage(write('d', memory), { sideFile: side });
    expect([image.format, image.counts().unknown]).toEqual(['vmem', { hole: 1 }]);
    image.close();
  });
  test.each([
    ['the state file given for the memory', 'e.vmss', vmssFile([[0, 0, 8]]), {}, 'OVB_IMAGE_FORMAT'],
    ['a state file that is none', 'f.vmem', memory, { sideFile: 'd' }, 'OVB_IMAGE_CORRUPT'],
    ['a state file that is not there', 'g.vmem', memory, { sideFile: 'none' }, 'OVB_FILE_UNREADABLE'],
    ['a state file that does not fit', 'h.vmem', memory, { sideFile: 'wide' }, 'OVB_IMAGE_TRUNCATED'],
  ])('%s is refused', async (_why, name, bytes, options: OpenOptions, code) => {
    write('wide', vmssFile([[0, 0, 9]]));
    const side = options.sideFile === undefined ? {} : { sideFile: join(folder, options.sideFile) };
    await expect(openImage(write(name, bytes), side)).rejects.toMatchObject({ code });
  });
});

describe('a state file of VMware that holds the memory itself', () => {
  const memory = somePages(8, 1);
  test('is read, in the layout that it says, or in one piece', async () => {
    const image = await open(
      vmssFile(
        [
          [0, 0, 5],
          [0x10_0000, 5, 3],
        ],
        { bytes: memory },
      ),
    );
    expect([image.format, image.counts().stored]).toEqual(['vmss', 8]);
    const bytes = new Uint8Array(4096);
    image.read(0x10_0002, 1, bytes, new Uint8Array(1));
    expect(Buffer.compare(bytes, memory.subarray(-4096))).toBe(0);
    const whole = await open(vmssFile([], { bytes: memory, padding: 0 }));
    expect([...pagesOf(whole).values()].join('')).toBe(memory.toString('latin1'));
  });
  test('is refused when the memory is packed, and told apart from one without memory', async () => {
    await expect(open(vmssFile([], { bytes: memory, unpackedBytes: 99_999 }))).rejects.toMatchObject({
      code: 'OVB_IMAGE_METHOD',
    });
    await expect(open(vmssFile([]))).rejects.toMatchObject({
      code: 'OVB_IMAGE_FORMAT',
      mend: expect.stringContaining('snapshot that includes the memory') as string,
    });
    write('beside.vmem', memory);
    const side = openImage(write('beside.vmsn', vmssFile([])));
    await expect(side).rejects.toMatchObject({ mend: expect.stringContaining('beside.vmem') as string });
  });
});

describe('formats that are not read are refused by their names, with what to do', () => {
  const signature = (at: number, text: string): Buffer => new Layout(8192).text(at, text).bytes;
  test.each([
    [signature(0, 'LibvirtQemudSave'), 'virsh save', 'virsh dump --memory-only'],
    [signature(4086, 'S1SUSPEND'), 'hibernation', 'avml or LiME'],
    [signature(0, 'PAGEDU64'), 'Windows crash dump', 'virsh dump'],
    [signature(0, 'QFI\xfb'), 'qcow2', 'memory'],
    [signature(0, '\xfd7zXZ\0'), 'packed by xz', 'xz -dc'],
    [signature(0, '\x28\xb5\x2f\xfd'), 'packed by zstd', 'zstd -dc'],
    [signature(0, '\x89OVD\r\n\x1a\n'), 'page digest of overbook', 'digests'],
    [signature(0, '\x7fVirtualBox SavedState V2.0'), 'VirtualBox', 'dumpvmcore'],
  ])('case %#', async (bytes, what, mend) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'OVB_IMAGE_FORMAT',
      what: expect.stringContaining(what) as string,
      mend: expect.stringContaining(mend) as string,
    });
  });
});
