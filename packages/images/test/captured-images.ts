/**
 * Unpacks the captured guests of OVERBOOK_DATA: debian.pages.br has each distinct page once, NAME.idx.br a number
 * per page.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';

export const CAPTURED_NAMES = ['idle-a', 'idle-b', 'sqlite', 'redis', 'deb11-idle'] as const;

/** All distinct pages, one after the other. @param folder the `images` folder */
export function readPagePack(folder: string): Buffer {
  const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
  return brotliDecompressSync(readFileSync(join(folder, 'debian.pages.br')), { params });
}

/** The raw image of one guest. */
export function rawImageOf(folder: string, pack: Buffer, name: string): Buffer {
  const index = brotliDecompressSync(readFileSync(join(folder, `${name}.idx.br`)));
  const image = Buffer.alloc(index.length * 1024);
  for (let page = 0; page < index.length / 4; page++) {
    const at = index.readUInt32LE(page * 4) * 4096;
    pack.copy(image, page * 4096, at, at + 4096);
  }
  return image;
}
