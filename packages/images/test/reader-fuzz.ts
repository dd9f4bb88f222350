/** What every fuzzer of a reader does: damage files, tell lies in their headers, and look at what comes of it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImageReader, MemoryImage } from '../src/index.ts';
import { MemoryFile, openImageFile, PAGE_ZERO } from '../src/index.ts';
import { anyDamage, damaged, seedOf } from '../../formats/test/forge.ts';

/** Pages read of one file: more would only make the fuzzer slow. */
const PAGES_READ_MAX = 1024;

/** Bounds of what a file of some KiB may cost; far above what any takes, for the machine may be busy. */
const SECONDS_MAX = 15;
const RESIDENT_BYTES_MAX = 1_610_612_736;

/** A number written over some bytes of the file, mostly near its beginning, where headers are. */
interface Lie {
  readonly place: number;
  readonly isNear: boolean;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly isBig: boolean;
  readonly value: bigint;
}

const interesting = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  0x20n,
  0xffn,
  0x1000n,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
].concat([
  1n << 40n,
  (1n << 52n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
  (1n << 64n) - 4096n,
]);

const anyLie: fc.Arbitrary<Lie> = fc.record({
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  isNear: fc.boolean(),
  bytes: fc.constantFrom(1, 2, 4, 8),
  isBig: fc.boolean(),
  value: fc.oneof(fc.constantFrom(...interesting), fc.bigInt({ min: 0n, max: 70_000n })),
});

/** The file with the lie in it. */
function withLie(file: Uint8Array, { place, isNear, bytes, isBig, value }: Lie): Uint8Array {
  const lying = Buffer.from(file);
  const reach = isNear ? Math.min(lying.length, 1024) : lying.length;
  const at = Math.floor((place * reach) / bytes) * bytes;
  for (let index = 0; index < bytes && at + index < lying.length; index++) {
    const shift = BigInt((isBig ? bytes - 1 - index : index) * 8);
    lying[at + index] = Number((value >> shift) & 0xffn);
  }
  return lying;
}

/** Everything that can be learnt of an image in these bytes, as one text; what the reader throws, as its code. */
export function learnt(bytes: Uint8Array, reader: ImageReader): Promise<string> {
  return learntOf(() =>
    openImageFile(new MemoryFile('fuzzed', bytes), { format: reader.id, readers: [reader] }),
  );
}

/** The same of an image however it is opened; errors must say `name`. */
export async function learntOf(open: () => Promise<MemoryImage>, name = 'fuzzed'): Promise<string> {
  try {
    const image = await open();
    try {
      return `${JSON.stringify(image.counts())} ${readAll(image)}`;
    } finally {
      image.close();
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'OverbookError') throw error;
    expect(error.message).toContain(name);
    return (error as Error & { code: string }).code;
  }
}

/** Reads the first pages of every extent that has bytes; checks the layout on the way. */
function readAll(image: MemoryImage): string {
  const hash = createHash('md5');
  let end = 0;
  let left = PAGES_READ_MAX;
  for (const { first, count, state } of image.extents()) {
    if (first !== end || count <= 0)
      throw new Error(`extents leave a gap at ${end}, or overlap: ${first}, ${count}`);
    end = first + count;
    hash.update(`${first} ${count} ${state} `);
    const some = state === 0 ? Math.min(count, left) : Math.min(count, 2);
    const bytes = new Uint8Array(some * 4096).fill(0xaa);
    const states = new Uint8Array(some).fill(0xaa);
    image.read(first, some, bytes, states);
    if (state === 0) left -= some;
    checkPages(bytes, states);
    hash.update(bytes).update(states);
  }
  if (end !== image.pageEnd) throw new Error(`extents end at ${end}, the image at ${image.pageEnd}`);
  return hash.digest('hex');
}

function checkPages(bytes: Uint8Array, states: Uint8Array): void {
  states.forEach((state, page) => {
    if (state > 7) throw new Error(`page ${page} has state ${state}`);
    if (state >= PAGE_ZERO && bytes.subarray(page * 4096, (page + 1) * 4096).some((byte) => byte !== 0))
      throw new Error(`page ${page} is not data but has bytes`);
  });
}

/**
 * Tests: a damaged or lying file is refused with our error, or read the same twice. `seeds` are whole files; the corpus
 * beside (test/corpus/ID) is fuzzed with them, and what fails is written there.
 */
export function fuzzReader(file: string, reader: ImageReader, seeds: readonly Uint8Array[]): void {
  const seed = seedOf(file);
  const seconds = Number(process.env['OVB_FUZZ_SECONDS'] ?? 4);
  const corpus = corpusOf(reader.id);
  const limits = { seed, numRuns: 100_000_000, interruptAfterTimeLimit: seconds * 500, endOnFailure: true };

  test(
    `${reader.id}: a damaged or lying file is refused, or read the same twice`,
    async () => {
      const files = [...seeds, ...corpus];
      let runs = 0;
      const property = fc.asyncProperty(
        fc.constantFrom(...files.keys()),
        fc.array(fc.oneof(anyLie, anyLie, anyDamage), { minLength: 1, maxLength: 5 }),
        async (which, injuries) => {
          const bytes = injuries.reduce<Uint8Array>(
            (injured, one) => ('value' in one ? withLie(injured, one) : damaged(injured, one)),
            files[which]!,
          );
          runs++;
          await expectSameTwice(bytes, reader);
        },
      );
      await fc.assert(property, limits);
      console.info(`${reader.id}: ${runs} files`);
    },
    seconds * 10_000 + 60_000,
  );

  test(
    `${reader.id}: noise behind a true beginning is refused, or read the same twice`,
    async () => {
      const property = fc.asyncProperty(
        fc.constantFrom(...seeds.keys()),
        fc.nat(600),
        fc.uint8Array({ maxLength: 6000 }),
        async (which, kept, noise) => {
          const bytes = Buffer.concat([seeds[which]!.subarray(0, kept), noise]);
          await expectSameTwice(bytes, reader);
        },
      );
      await fc.assert(property, limits);
    },
    seconds * 10_000 + 60_000,
  );
}

async function expectSameTwice(bytes: Uint8Array, reader: ImageReader): Promise<void> {
  const start = process.hrtime.bigint();
  try {
    expect(await learnt(bytes, reader)).toBe(await learnt(bytes, reader));
    expect(Number(process.hrtime.bigint() - start) / 1e9, 'seconds for a small file').toBeLessThan(
      SECONDS_MAX,
    );
    expect(process.memoryUsage.rss(), 'bytes of the process').toBeLessThan(RESIDENT_BYTES_MAX);
  } catch (error) {
    keep(bytes, reader.id);
    throw error;
  }
}

function folderOf(id: string): string {
  return join(import.meta.dirname, 'corpus', id);
}

function corpusOf(id: string): Uint8Array[] {
  const folder = folderOf(id);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => gunzipSync(readFileSync(join(folder, name))));
}

/** Every file of a reader's corpus, with its name. */
export function corpusFiles(id: string): readonly (readonly [name: string, bytes: Uint8Array])[] {
  return existsSync(folderOf(id))
    ? readdirSync(folderOf(id))
        .sort()
        .map((name) => [name, gunzipSync(readFileSync(join(folderOf(id), name)))] as const)
    : [];
}

function keep(bytes: Uint8Array, id: string): void {
  mkdirSync(folderOf(id), { recursive: true });
  const name = createHash('md5').update(bytes).digest('hex').slice(0, 8);
  writeFileSync(join(folderOf(id), `found-${name}.gz`), gzipSync(bytes, { level: 9 }));
}
