/**
 * Keying pages of 4 KiB on one core: our kernel beside the hash libraries of this package, on 64 MiB of pages that all
 * differ and on the same with every second page zero. GB/s, best of five; call overhead included.
 */
import { createHash } from 'node:crypto';
import { xxh3, xxh64 } from '@node-rs/xxhash';
import { createXXHash3 } from 'hash-wasm';
import { fillOf } from './page-fill.ts';
import { pageHasher } from './page-hasher.ts';

const ROUNDS = 5;
const PAGES = 16_384;
const WINDOW_PAGES = 256;
const BYTES = PAGES * 4096;

const noise = createHash('shake256', { outputLength: BYTES }).update('page hasher').digest();
const halfZero = Buffer.from(noise);
for (let page = 0; page < PAGES; page += 2) halfZero.fill(0, page * 4096, page * 4096 + 4096);
let sink = 0;

function best(what: string, bytes: number, work: () => void): void {
  work();
  let ms = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work();
    ms = Math.min(ms, performance.now() - start);
  }
  const perPage = (ms * 1e6) / (bytes / 4096);
  console.log(
    `${(bytes / ms / 1e6).toFixed(2).padStart(7)} GB/s  ${perPage.toFixed(0).padStart(6)} ns/page  ${what}`,
  );
}
function eachPage(bytes: Uint8Array, use: (page: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += 4096) use(bytes.subarray(at, at + 4096));
}

const inPlace = pageHasher(PAGES);
const windowed = pageHasher(WINDOW_PAGES);
const plain = pageHasher(PAGES, { simd: false });
const hashWasm = await createXXHash3();
for (const [name, image] of Object.entries({ 'all differ': noise, 'half zero': halfZero })) {
  inPlace.window.set(image);
  plain.window.set(image);
  best(`kernel, ${name}, in its window`, BYTES, () => inPlace.run(PAGES));
  best(`kernel, ${name}, 1 MiB copied in at a time`, BYTES, () => {
    for (let at = 0; at < BYTES; at += windowed.window.length) {
      windowed.window.set(image.subarray(at, at + windowed.window.length));
      windowed.run(WINDOW_PAGES);
    }
  });
  best(`without SIMD (@node-rs/xxhash), ${name}`, BYTES, () => plain.run(PAGES));
}
best('@node-rs/xxhash xxh3-64', BYTES, () =>
  eachPage(noise, (page) => (sink += Number(xxh3.xxh64(page) & 1n))),
);
best('@node-rs/xxhash xxh64', BYTES, () => eachPage(noise, (page) => (sink += Number(xxh64(page) & 1n))));
best('hash-wasm xxh3-64', BYTES, () =>
  eachPage(noise, (page) => (sink += hashWasm.init().update(page).digest('binary')[0]!)),
);
best('node:crypto sha256', BYTES / 4, () =>
  eachPage(noise.subarray(0, BYTES / 4), (page) => (sink += createHash('sha256').update(page).digest()[0]!)),
);
best('fill classes alone, in JavaScript', BYTES, () => {
  for (let at = 0; at < BYTES; at += 4096)
    sink += fillOf(new Uint32Array(halfZero.buffer, halfZero.byteOffset + at, 1024));
});
if (sink === 0) console.log(sink);
