// `node tools/make-images.mjs FOLDER [NAME ...]`: unpacks the captured guests of $OVERBOOK_DATA/images as raw images (all of
// them, or those named), and makes two images of 256 MiB for measuring `analyze`: the first 64 MiB of four guests, end to end.
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';

const PAGE_BYTES = 4096;
const PART_BYTES = 64 * 1_048_576;
const GUESTS = ['idle-a', 'idle-b', 'sqlite', 'redis', 'deb11-idle'];
/** @type {Readonly<Record<string, readonly string[]>>} */
const ENDS = {
  'four-a': ['idle-a', 'idle-b', 'sqlite', 'redis'],
  'four-b': ['deb11-idle', 'redis', 'idle-b', 'sqlite'],
};

const data = process.env['OVERBOOK_DATA'];
const [folder, ...asked] = process.argv.slice(2);
if (data === undefined || folder === undefined) {
  console.error('usage: OVERBOOK_DATA=FOLDER node tools/make-images.mjs OUT [NAME ...]');
  process.exit(2);
}
const wanted = asked.length === 0 ? [...GUESTS, ...Object.keys(ENDS)] : asked;
mkdirSync(folder, { recursive: true });
const pack = brotliDecompressSync(readFileSync(join(data, 'images/debian.pages.br')), {
  params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
});

for (const name of wanted) {
  const path = join(folder, `${name}.raw`);
  const parts = ENDS[name];
  if (parts === undefined) writeFileSync(path, rawImage(name));
  else {
    const file = openSync(path, 'w');
    for (const part of parts) writeSync(file, rawImage(part).subarray(0, PART_BYTES));
    closeSync(file);
  }
  console.log(path);
}

/**
 * The pack holds each distinct page once; a guest is a list of page numbers.
 * @param {string} name
 */
function rawImage(name) {
  const index = brotliDecompressSync(readFileSync(join(String(data), 'images', `${name}.idx.br`)));
  const image = Buffer.alloc((index.length / 4) * PAGE_BYTES);
  for (let page = 0; page < index.length / 4; page++) {
    const at = index.readUInt32LE(page * 4) * PAGE_BYTES;
    pack.copy(image, page * PAGE_BYTES, at, at + PAGE_BYTES);
  }
  return image;
}
