import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { avmlFile, elfFile, limeFile } from '../../test/image-writers.ts';
import { pagesOf } from '../../test/plain-recount.ts';
import { PAGE_DATA } from '@overbook/formats';
import { defineReader } from './image-reader.ts';
import type { OpenOptions } from './open-image.ts';
import { openImage } from './open-image.ts';
import { READER_LOADERS, reopenImage } from './reopen-image.ts';
import { SHIPPED_READERS } from './shipped-readers.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-'));
afterAll(() => rmSync(folder, { recursive: true }));
function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
async function* streamOf(bytes: Uint8Array, piece = 1000): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += piece)
    yield await Promise.resolve(bytes.subarray(at, at + piece));
}
async function digestOf(path: string, options: OpenOptions = {}): Promise<string> {
  const image = await openImage(path, options);
  const hash = createHash('md5');
  for (const [page, content] of pagesOf(image)) hash.update(`${page} ${content}`, 'latin1');
  image.close();
  return `${image.format} ${hash.digest('hex')}`;
}

/** Ten pages, four of them zero. */
const memory = Buffer.concat([
  Buffer.alloc(4096, 'one'),
  Buffer.alloc(4096 * 4),
  ...Array.from({ length: 5 }, (_, page) => Buffer.alloc(4096, `page ${page} `)),
]);
const lime = limeFile([{ start: 0, bytes: memory }]);

describe('an image is the same however it comes', () => {
  test.each([
    ['packed by gzip', gzipSync(lime), 'a'],
    ['packed by brotli', brotliCompressSync(lime), 'a.br'],
    ['packed by zlib, as LiME can', deflateSync(lime), 'a'],
    ['under a name that says something else', lime, 'a.raw'],
  ])('%s', async (_how, bytes, name) => {
    expect(await digestOf(write(`other-${name}`, bytes))).toBe(await digestOf(write('plain', lime)));
  });

  test.each([
    ['', lime],
    [', packed', gzipSync(lime)],
  ])('from a stream%s', async (_how, bytes) => {
    const want = await digestOf(write('plain', lime));
    expect(await digestOf('-', { stdin: streamOf(bytes), temporaryFolder: folder })).toBe(want);
    expect(await digestOf('-', { stdin: streamOf(bytes, 3) })).toBe(want);
  });

  test('with the same holes, whatever the pieces of the stream', async () => {
    // Found by unpacked-file.fuzz.ts: zeros were left out by the piece, so the layout hung on how a pipe was filled.
    const zeros = Buffer.concat([
      Buffer.alloc(4096, 'one'),
      Buffer.alloc(4096 * 40),
      Buffer.alloc(4096, 'two'),
    ]);
    const layouts = await Promise.all(
      [3000, 4096, 100_000].map(async (piece) => {
        const image = await openImage('-', { stdin: streamOf(zeros, piece), temporaryFolder: folder });
        const layout = [...image.extents()];
        image.close();
        return layout;
      }),
    );
    expect(layouts[1]).toEqual(layouts[0]);
    expect(layouts[2]).toEqual(layouts[0]);
  });

  test('and no temporary file is left, not even while it is open', async () => {
    const before = readdirSync(folder).length;
    const image = await openImage('-', { stdin: streamOf(lime), temporaryFolder: folder });
    expect(readdirSync(folder).length).toBe(before);
    image.close();
  });

  test.skipIf(platform() === 'win32')('from a pipe with a name', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `gzip -c < ${write('plain', lime)} > ${pipe}`]);
    expect(await digestOf(pipe)).toBe(await digestOf(join(folder, 'plain')));
    writer.kill();
  });

  test('raw memory that begins like a zlib stream is raw', async () => {
    const bytes = Buffer.concat([Buffer.from([0x78, 0x9c]), Buffer.alloc(4094, 7)]);
    const image = await openImage(write('like-zlib', bytes));
    expect(image.format).toBe('raw');
    image.close();
  });
});

test('a handle opens the image again, and its ranges read alike', async () => {
  const image = await openImage(write('plain', lime));
  const again = await reopenImage(structuredClone(image.handle));
  expect(pagesOf(again)).toEqual(pagesOf(image));
  again.close();
  expect(image.format).toBe('lime');
  image.close();
});

test('every shipped reader that opens anything can be loaded alone, by its id', async () => {
  const opening = SHIPPED_READERS.filter(({ id }) => id !== 'refused');
  expect(Object.keys(READER_LOADERS)).toEqual(opening.map(({ id }) => id));
  expect(await Promise.all(Object.values(READER_LOADERS).map((load) => load()))).toEqual(opening);
});

test('an image whose reader is not at hand is not opened again', async () => {
  const image = await openImage(write('plain', lime));
  const handle = { ...image.handle, format: 'mine' };
  await expect(reopenImage(handle)).rejects.toMatchObject({ code: 'OVB_IMAGE_FORMAT' });
  image.close();
});

test('a range may span data, zeros and holes; its bytes are zeros wherever there is no data', async () => {
  const image = await openImage(
    write(
      'gaps',
      limeFile([
        { start: 0x2000, bytes: memory.subarray(0, 8192) },
        { start: 0x6000, bytes: memory.subarray(-4096) },
      ]),
    ),
  );
  const bytes = new Uint8Array(7 * 4096).fill(9);
  const states = new Uint8Array(7).fill(9);
  image.read(0, 7, bytes, states);
  expect([...states]).toEqual([2, 2, 0, 0, 2, 2, 0]);
  expect(
    Buffer.from(bytes).equals(
      Buffer.concat([
        Buffer.alloc(8192),
        memory.subarray(0, 8192),
        Buffer.alloc(8192),
        memory.subarray(-4096),
      ]),
    ),
  ).toBe(true);
  expect(() => image.read(3, 5, bytes, states)).toThrow('pages 3..7 were requested, but the image has 7');
  image.close();
});

describe('a file that is written to while it is read is refused', () => {
  const large = Buffer.alloc(40 * 4096, 3);
  test('when it shrinks', async () => {
    const path = write('shrinks', large);
    const image = await openImage(path);
    truncateSync(path, 8 * 4096);
    const read = (): void => image.read(4, 8, new Uint8Array(8 * 4096), new Uint8Array(8));
    expect(read).toThrow(
      expect.objectContaining({ code: 'OVB_IMAGE_CHANGED', at: `${path}:0x8000` }) as Error,
    );
    expect(() => image.checkUnchanged()).toThrow('changed while it was read');
    image.close();
  });
  test('when it grows, at the end', async () => {
    const path = write('grows', large);
    const image = await openImage(path);
    image.checkUnchanged();
    appendFileSync(path, large);
    expect(() => image.checkUnchanged()).toThrow(
      expect.objectContaining({ code: 'OVB_IMAGE_CHANGED' }) as Error,
    );
    image.close();
  });
});

describe('a reader of somebody else', () => {
  const backwards = defineReader({
    contract: 1,
    id: 'backwards',
    title: 'pages from the last to the first',
    recognises: (head) => head[0] === 0x62,
    open: (file) => ({
      extents: () => [{ first: 0, count: file.size / 4096, state: PAGE_DATA }],
      read: (first, count, into) => {
        for (let page = 0; page < count; page++)
          file.read(file.size - (first + page + 1) * 4096, into.subarray(page * 4096, (page + 1) * 4096));
      },
    }),
  });
  const bytes = Buffer.concat([Buffer.alloc(4096, 'b'), Buffer.alloc(4096, 'a')]);

  test('is asked before the shipped ones', async () => {
    const image = await openImage(write('backwards', bytes), { readers: [backwards] });
    expect([image.format, pagesOf(image).get(0)]).toEqual(['backwards', 'a'.repeat(4096)]);
    const again = await reopenImage(image.handle, [backwards]);
    expect(pagesOf(again)).toEqual(pagesOf(image));
    image.close();
  });
  test('of another contract is refused', async () => {
    const old = { ...backwards, contract: 2 };
    await expect(openImage(write('backwards', bytes), { readers: [old] })).rejects.toMatchObject({
      code: 'OVB_CONTRACT',
    });
  });
  test('whose extents overlap is refused', async () => {
    const twice = defineReader({
      ...backwards,
      open: (file) => ({
        extents: () => [
          { first: 0, count: 2, state: PAGE_DATA },
          { first: 1, count: 1, state: PAGE_DATA },
        ],
        read: (_first, _count, into) => file.read(0, into),
      }),
    });
    await expect(openImage(write('backwards', bytes), { readers: [twice] })).rejects.toThrow(
      'describes page 1 twice or out of order',
    );
  });
});

test('a format that is named is taken as that, and one that is not known is refused', async () => {
  const elf = write('elf', elfFile({ loads: [{ paddr: 0, bytes: memory }] }).subarray(0, 8 * 4096));
  const image = await openImage(elf, { format: 'raw' });
  expect([image.format, image.pageEnd]).toEqual(['raw', 8]);
  image.close();
  await expect(openImage(elf, { format: 'rae' })).rejects.toMatchObject({ code: 'OVB_IMAGE_FORMAT' });
});

describe('what cannot be read is refused', () => {
  const refused: readonly (readonly [why: string, path: string, options: OpenOptions, code: string])[] = [
    [
      'a stream that ends inside a page',
      '-',
      { stdin: streamOf(memory.subarray(0, 5000)) },
      'OVB_IMAGE_TRUNCATED',
    ],
    ['an empty stream', '-', { stdin: streamOf(memory.subarray(0, 0)) }, 'OVB_IMAGE_EMPTY'],
    [
      'a packed stream that was cut',
      '-',
      { stdin: streamOf(gzipSync(lime).subarray(0, 60)) },
      'OVB_IMAGE_CORRUPT',
    ],
    ['a stream that breaks', '-', { stdin: broken() }, 'OVB_FILE_UNREADABLE'],
    [
      'no room for temporary files',
      '-',
      { stdin: streamOf(memory), temporaryFolder: join(folder, 'none') },
      'OVB_TEMPORARY_FILE',
    ],
    ['a device', '/dev/null', {}, 'OVB_FILE_UNREADABLE'],
    ['standard input that nobody gave', '-', {}, 'OVB_FILE_UNREADABLE'],
    [
      'an AVML file that was cut',
      write('cut.avml', avmlFile([{ start: 0, bytes: memory }]).subarray(0, -9)),
      {},
      'OVB_IMAGE_TRUNCATED',
    ],
  ];
  test.each(refused)('%s', async (_why, path, options, code) => {
    await expect(openImage(path, options)).rejects.toMatchObject({ code, name: 'OverbookError' });
  });

  async function* broken(): AsyncGenerator<Uint8Array, void> {
    yield await Promise.resolve(memory);
    throw new Error('read EIO');
  }
});
