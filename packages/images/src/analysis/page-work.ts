// hot
/**
 * What one thread does to pages: key and classify them, compress them, compare them. Memory: one window and its
 * tasks.
 */
import { createHash } from 'node:crypto';
import { FILL_SAME, PAGE_BYTES } from '@overbook/core/units';
import { type ContentKey, contentKeyOf } from '../digest/content-key.ts';
import { codecNamed, type PageCodec } from '../digest/page-codec.ts';
import { type PageHasher, pageHasher } from '../hash/page-hasher.ts';
import { type ImageReader, PAGE_DATA, PAGE_ZERO } from '../readers/image-reader.ts';
import type { MemoryImage } from '../readers/memory-image.ts';
import { reopenImage } from '../readers/open-image.ts';
import {
  type Collision,
  type CompressTask,
  type FilledKey,
  type HashTask,
  KIND_UNKNOWN,
  type RowRange,
  type VerifyTask,
  type WorkAnswer,
  type WorkerSetup,
  type WorkTask,
} from './work-plan.ts';

/** Chosen: 256 KiB stays in the second-level cache between read and hash; twice and half of it are slower. */
const WINDOW_PAGES = 64;

const NOTHING: WorkAnswer = { filled: [], collisions: [], comparedPages: 0, sha256: '' };

export class PageWork {
  readonly #setup: WorkerSetup;
  readonly #readers: readonly ImageReader[];
  readonly #contentKey: ContentKey;
  readonly #codecs: readonly PageCodec[];
  readonly #images: (MemoryImage | undefined)[] = [];
  readonly #hasher: PageHasher = pageHasher(WINDOW_PAGES);
  readonly #states = new Uint8Array(WINDOW_PAGES);
  readonly #key = new Uint32Array(2);

  private constructor(
    setup: WorkerSetup,
    readers: readonly ImageReader[],
    key: ContentKey,
    codecs: PageCodec[],
  ) {
    this.#setup = setup;
    this.#readers = readers;
    this.#contentKey = key;
    this.#codecs = codecs;
  }

  /** Makes keys and codecs of the setup's names. `readers` are given where the caller has them as objects. */
  static async start(setup: WorkerSetup, readers?: readonly ImageReader[]): Promise<PageWork> {
    const codecs = await Promise.all(setup.codecs.map(codecNamed));
    const key = await contentKeyOf(setup.contentKey);
    return new PageWork(setup, readers ?? (await importedReaders(setup.readerModules)), key, codecs);
  }

  async run(task: WorkTask): Promise<WorkAnswer> {
    if (task.kind === 'verify') {
      for (const image of this.#setup.images.keys()) await this.#image(image);
      return this.#verify(task);
    }
    const image = await this.#image(task.image);
    if (task.kind === 'hash') return this.#hash(image, task);
    if (task.kind === 'sha256') return { ...NOTHING, sha256: this.#sha256(image) };
    this.#compress(image, task);
    return NOTHING;
  }

  /** Releases what readers opened. */
  close(): void {
    for (const image of this.#images) image?.close();
  }

  async #image(index: number): Promise<MemoryImage> {
    return (this.#images[index] ??= await reopenImage(this.#setup.images[index]!, this.#readers));
  }

  /** Calls `each` with the window's pages read: first row, pages in the window. */
  #windows(
    image: MemoryImage,
    ranges: readonly RowRange[],
    each: (row: number, count: number, page: number) => void,
  ): void {
    const { window } = this.#hasher;
    for (const { first, count, row } of ranges) {
      for (let at = 0; at < count; at += WINDOW_PAGES) {
        const pages = Math.min(WINDOW_PAGES, count - at);
        image.read(first + at, pages, window.subarray(0, pages * PAGE_BYTES), this.#states);
        each(row + at, pages, first + at);
      }
    }
  }

  #hash(image: MemoryImage, { ranges, columns }: HashTask): WorkAnswer {
    const { keys, fills, window } = this.#hasher;
    const filled = new Map<number, FilledKey>();
    const fast = this.#setup.contentKey.function === 'xxh3-64';
    this.#windows(image, ranges, (row, count) => {
      this.#hasher.run(count);
      if (!fast) this.#rekey(count);
      columns.keys.set(keys.subarray(0, count * 2), row * 2);
      for (let page = 0; page < count; page++) {
        const state = this.#states[page]!;
        const known = state === PAGE_DATA || state === PAGE_ZERO;
        columns.kinds[row + page] = known ? fills[page]! : KIND_UNKNOWN + state;
        if (fills[page] === FILL_SAME) addWord(filled, window, page, keys);
      }
    });
    return { ...NOTHING, filled: [...filled.values()] };
  }

  /** Replaces the kernel's keys by those of another function. */
  #rekey(count: number): void {
    const { keys, window } = this.#hasher;
    for (let page = 0; page < count; page++) {
      this.#contentKey.write(window.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), this.#key);
      keys[page * 2] = this.#key[0]!;
      keys[page * 2 + 1] = this.#key[1]!;
    }
  }

  #compress(image: MemoryImage, { ranges, wanted, sizes }: CompressTask): void {
    const { window } = this.#hasher;
    this.#windows(image, wantedRanges(ranges, wanted), (row, count) => {
      for (let page = 0; page < count; page++) {
        if (wanted[row + page] === 0) continue;
        const bytes = window.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
        for (let codec = 0; codec < sizes.length; codec++)
          sizes[codec]![row + page] = this.#codecs[codec]!.compressedBytes(bytes);
      }
    });
  }

  #sha256(image: MemoryImage): string {
    const hash = createHash('sha256');
    const { window } = this.#hasher;
    for (let page = 0; page < image.pageEnd; page += WINDOW_PAGES) {
      const count = Math.min(WINDOW_PAGES, image.pageEnd - page);
      image.read(page, count, window, this.#states);
      hash.update(window.subarray(0, count * PAGE_BYTES));
    }
    return hash.digest('hex');
  }

  /** Keeps the first page of each content of the task and compares all further ones with it. */
  #verify({ from, to, images, wanted }: VerifyTask): WorkAnswer {
    const slots = new Int32Array(to - from).fill(-1);
    const kept = new Uint8Array(countOnes(wanted, from, to) * PAGE_BYTES);
    let used = 0;
    let comparedPages = 0;
    const collisions: Collision[] = [];
    for (const [index, { ranges, content }] of images.entries()) {
      const concerns = (row: number): boolean =>
        content[row]! >= from && content[row]! < to && wanted[content[row]!] === 1;
      this.#windows(this.#images[index]!, concernedRanges(ranges, concerns), (row, count, first) => {
        for (let page = 0; page < count; page++) {
          if (!concerns(row + page)) continue;
          const bytes = this.#hasher.window.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
          const slot = content[row + page]! - from;
          if (slots[slot]! < 0) {
            slots[slot] = used;
            kept.set(bytes, used++ * PAGE_BYTES);
            continue;
          }
          comparedPages++;
          const at = slots[slot]! * PAGE_BYTES;
          if (Buffer.compare(bytes, kept.subarray(at, at + PAGE_BYTES)) !== 0)
            collisions.push({ image: index, page: first + page, content: content[row + page]! });
        }
      });
    }
    return { ...NOTHING, collisions, comparedPages };
  }
}

/** The map's numbers are 53 bits of the key: enough to tell words apart, and quicker than text. */
function addWord(into: Map<number, FilledKey>, window: Uint8Array, page: number, keys: Uint32Array): void {
  const [keyLo, keyHi] = [keys[page * 2]!, keys[page * 2 + 1]!];
  const short = (keyHi & 0x1fffff) * 2 ** 32 + keyLo;
  if (into.has(short)) return;
  const word = Buffer.from(window.subarray(page * PAGE_BYTES, page * PAGE_BYTES + 8)).toString('hex');
  into.set(short, { keyLo, keyHi, word });
}

/** The parts of ranges where rows are wanted; what lies between two wanted rows nearby is read along. */
const wantedRanges = (ranges: readonly RowRange[], wanted: Uint8Array): RowRange[] =>
  concernedRanges(ranges, (row) => wanted[row] === 1);

const READ_ALONG_PAGES = 16;

function concernedRanges(ranges: readonly RowRange[], concerns: (row: number) => boolean): RowRange[] {
  const parts: RowRange[] = [];
  for (const { first, count, row } of ranges) {
    let start = -1;
    let last = -1;
    for (let at = 0; at < count; at++) {
      if (!concerns(row + at)) continue;
      if (start >= 0 && at - last > READ_ALONG_PAGES) {
        parts.push({ first: first + start, count: last + 1 - start, row: row + start });
        start = at;
      }
      if (start < 0) start = at;
      last = at;
    }
    if (start >= 0) parts.push({ first: first + start, count: last + 1 - start, row: row + start });
  }
  return parts;
}

function countOnes(flags: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) count += flags[at]!;
  return count;
}

/** Readers exported by modules, in the order of the modules and of their exports' names. */
export async function importedReaders(modules: readonly string[]): Promise<ImageReader[]> {
  const readers: ImageReader[] = [];
  for (const module of modules) {
    const found = (await import(module)) as Record<string, unknown>;
    for (const name of Object.keys(found).sort()) {
      const value = found[name] as Partial<ImageReader> | null;
      if (typeof value === 'object' && value?.role === 'reader') readers.push(value as ImageReader);
    }
  }
  return readers;
}
