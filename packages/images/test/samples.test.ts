/** One small machine as QEMU 7.2 and makedumpfile 1.7.2 dumped it in every form that they write: test/samples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openImage } from '../src/index.ts';
import { pagesOf, recount } from './plain-recount.ts';

function sample(name: string): string {
  return join(import.meta.dirname, 'samples', `${name}.gz`);
}
const raw = gunzipSync(readFileSync(sample('raw')));
function rawPage(page: number): string {
  return raw.toString('latin1', page * 4096, page * 4096 + 4096);
}

describe('every dump says of every page what the raw one says, or that it does not know', () => {
  test.each([
    ['raw', 'raw', {}],
    ['elf', 'elf', {}],
    ['qemu-flat-zlib', 'flattened', {}],
    ['qemu-zlib', 'kdump', {}],
    ['makedumpfile-zlib', 'kdump', {}],
    // makedumpfile left pages of zeros out, as it was told.
    ['makedumpfile-elf', 'elf', { excluded: 980 }],
    // QEMU maps 4 MiB four times and writes only what lies before the next block of memory, at 768 KiB.
    ['elf-paging', 'elf', { excluded: 832 }],
  ])('%s', async (name, format, unknown) => {
    const image = await openImage(sample(name));
    expect(image.format).toBe(format);
    expect(image.counts()).toMatchObject({ pages: 1024, unknown, device: 0 });
    const pages = pagesOf(image);
    expect(pages.size).toBe(1024);
    for (const [page, content] of pages)
      if (content !== 'excluded') expect(content === rawPage(page), `page ${page}`).toBe(true);
    image.close();
  });
});

test('a plain recount of the raw dump and of the kdump agree', async () => {
  const counts = { pages: 1024, zeroPages: 995, unknownPages: 0, distinctContents: 30, ksm: [1, 994, 29] };
  for (const name of ['raw', 'elf', 'qemu-flat-zlib', 'makedumpfile-zlib']) {
    const image = await openImage(sample(name));
    expect(recount(image), name).toEqual(counts);
    image.close();
  }
});

test.each([
  ['makedumpfile-lzo', 'OVB_IMAGE_METHOD', 'compressed with lzo', 'kdump-zlib'],
  ['makedumpfile-split', 'OVB_IMAGE_FORMAT', 'one part of a dump', 'makedumpfile --reassemble'],
  ['migration', 'OVB_IMAGE_FORMAT', 'a QEMU migration stream', 'virsh dump --memory-only'],
])('%s is refused, with what to run instead', async (name, code, what, mend) => {
  await expect(openImage(sample(name))).rejects.toMatchObject({
    code,
    what: expect.stringContaining(what) as string,
    mend: expect.stringContaining(mend) as string,
  });
});

test('firmware is counted when it is asked for', async () => {
  const image = await openImage(sample('elf'), { deviceMemory: true });
  // 64 KiB at the top of 4 GiB; what lies between is a hole.
  expect(image.counts()).toMatchObject({ pages: 1_048_576, unknown: { hole: 1_048_576 - 1024 - 16 } });
  image.close();
});
