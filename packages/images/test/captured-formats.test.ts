/**
 * One memory in every format, too large to ship: OVERBOOK_DATA/images/formats (mini.*: 3 MiB; idle-a.elf in two
 * parts around the raw image). All agree page by page, and with an exact recount that was made without this program.
 * Skipped without.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { MemoryFile, openImage, openImageFile } from '../src/index.ts';
import { pagesOf, recount } from './plain-recount.ts';

const images = join(process.env['OVERBOOK_DATA'] ?? '', 'images');
const formats = join(images, 'formats');
const has = process.env['OVERBOOK_DATA'] !== undefined && existsSync(formats);

interface Expected {
  readonly pages: number;
  readonly zeroPages: number;
  readonly distinctContents: number;
  readonly expectKsm: Readonly<Record<'pages_shared' | 'pages_sharing' | 'pages_unshared', number>>;
}

function expected(file: string, name: string): object {
  const all = JSON.parse(readFileSync(file, 'utf8')) as { images: Readonly<Record<string, Expected>> };
  const { pages, zeroPages, distinctContents, expectKsm } = all.images[name]!;
  const { pages_shared, pages_sharing, pages_unshared } = expectKsm;
  return {
    pages,
    zeroPages,
    distinctContents,
    unknownPages: 0,
    ksm: [pages_shared, pages_sharing, pages_unshared],
  };
}

describe.skipIf(!has)('the small memory (needs OVERBOOK_DATA)', () => {
  const raw = has ? gunzipSync(readFileSync(join(formats, 'mini.raw.gz'))) : Buffer.alloc(0);

  test.each([
    ['mini.raw.gz', 'raw'],
    ['mini.elf.gz', 'elf'],
    ['mini.kdump-zlib', 'flattened'],
    ['mini.kdump-snappy', 'kdump'],
  ])('%s agrees with the recount', async (name, format) => {
    const image = await openImage(join(formats, name));
    expect(image.format).toBe(format);
    expect(recount(image)).toEqual(expected(join(formats, 'mini.recount.json'), 'mini.raw'));
    for (const [page, content] of pagesOf(image))
      expect(content === raw.toString('latin1', page * 4096, page * 4096 + 4096), `page ${page}`).toBe(true);
    image.close();
  });

  test('LiME has it with holes, and says so', async () => {
    const image = await openImage(join(formats, 'mini.lime.gz'));
    expect(image.counts()).toMatchObject({ pages: 768, unknown: { hole: 97, partial: 1 } });
    const pages = pagesOf(image);
    expect([pages.get(0), pages.get(0x9f), pages.get(0xa0)]).toEqual(['hole', 'partial', 'hole']);
    for (const [page, content] of pages)
      if (content.length === 4096)
        expect(content === raw.toString('latin1', page * 4096, page * 4096 + 4096), `page ${page}`).toBe(
          true,
        );
    image.close();
  });

  test('lzo is refused by its name', async () => {
    await expect(openImage(join(formats, 'mini.kdump-lzo'))).rejects.toMatchObject({
      code: 'OVB_IMAGE_METHOD',
    });
  });
});

describe.skipIf(!has)('a whole guest (needs OVERBOOK_DATA)', () => {
  let raw = Buffer.alloc(0);
  beforeAll(() => {
    if (!has) return;
    const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
    const pack = brotliDecompressSync(readFileSync(join(images, 'debian.pages.br')), { params });
    const index = brotliDecompressSync(readFileSync(join(images, 'idle-a.idx.br')));
    raw = Buffer.alloc(index.length * 1024);
    for (let page = 0; page < index.length / 4; page++)
      pack.copy(
        raw,
        page * 4096,
        index.readUInt32LE(page * 4) * 4096,
        index.readUInt32LE(page * 4) * 4096 + 4096,
      );
  });

  test('the ELF core of idle-a agrees with its raw image and the recount', async () => {
    const head = gunzipSync(readFileSync(join(formats, 'idle-a.elf.head.gz')));
    const tail = brotliDecompressSync(readFileSync(join(formats, 'idle-a.elf.tail.br')));
    const elf = await openImageFile(new MemoryFile('idle-a.elf', Buffer.concat([head, raw, tail])));
    expect(elf.format).toBe('elf');
    expect(elf.counts()).toEqual({ pages: 20_480, stored: 20_480, zero: 0, unknown: {}, device: 0 });
    const bytes = new Uint8Array(4096 * 4096);
    const states = new Uint8Array(4096);
    for (let first = 0; first < 20_480; first += 4096) {
      elf.read(first, 4096, bytes, states);
      expect(
        Buffer.compare(bytes, raw.subarray(first * 4096, (first + 4096) * 4096)),
        `from page ${first}`,
      ).toBe(0);
    }
    expect(recount(elf)).toEqual(expected(join(images, 'recount.json'), 'idle-a.raw'));
  });
});
