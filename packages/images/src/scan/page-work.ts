// hot
/**
 * What one thread does to pages: key and classify them, compress them, compare them. Memory: one window and its
 * tasks.
 */
import { FILL_SAME, PAGE_BYTES } from '@overbook/core/units';
import type { ContentKey } from './content-key.ts';
import { contentKeyOf } from './content-key.ts';
import type { PageCodec } from './page-codec.ts';
import { codecNamed } from './page-codec.ts';
import type { PageHasher } from './page-hasher.ts';
import { pageHasher } from './page-hasher.ts';
import type { ImageReader } from '../readers/image-reader.ts';
import { PAGE_DATA, PAGE_ZERO } from '@overbook/formats';
import type { MemoryImage } from '../readers/memory-image.ts';
import { reopenImage } from '../readers/reopen-image.ts';
import type { RowRange } from './row-ranges.ts';
import { rangesBetween } from './row-ranges.ts';
import type {
  Collision,
  CompressTask,
  FilledKey,
  HashTask,
  VerifiedPages,
  VerifyTask,
  WorkAnswer,
  WorkerSetup,
  WorkTask,
} from './work-plan.ts';
import { KIND_UNKNOWN } from './work-plan.ts';

/** Chosen: 256 KiB stays in the second-level cache between read and hash; twice and half of it are slower. */
const WINDOW_PAGES = 64;

/** After so many pages a thread looks up from its work: some milliseconds. */
const PAGES_A_BREATH = 2048;

export interface PageWorkOptions {
  /** Readers beside the shipped ones. */
  readonly readers?: readonly ImageReader[];
  /** Called between windows of pages, every few milliseconds; what it throws ends the task. */
  readonly breathe?: () => Promise<void>;
}

export class PageWork {
  readonly #setup: WorkerSetup;
  readonly #readers: readonly ImageReader[];
  readonly #breathe: (() => Promise<void>) | undefined;
  readonly #contentKey: ContentKey;
  readonly #codecs: readonly PageCodec[];
  readonly #images: (MemoryImage | undefined)[] = [];
  readonly #hasher: PageHasher;
  readonly #states = new Uint8Array(WINDOW_PAGES);
  readonly #key = new Uint32Array(2);
  #sinceBreath = 0;

  private constructor(
    setup: WorkerSetup,
    readers: readonly ImageReader[],
    breathe: (() => Promise<void>) | undefined,
    tools: { readonly key: ContentKey; readonly codecs: readonly PageCodec[]; readonly hasher: PageHasher },
  ) {
    this.#setup = setup;
    this.#readers = readers;
    this.#breathe = breathe;
    this.#contentKey = tools.key;
    this.#codecs = tools.codecs;
    this.#hasher = tools.hasher;
  }

  /** Makes keys and codecs of the setup's names. */
  static async start(setup: WorkerSetup, { readers = [], breathe }: PageWorkOptions = {}): Promise<PageWork> {
    const tools = {
      codecs: await Promise.all(setup.codecs.map(codecNamed)),
      key: await contentKeyOf(setup.contentKey),
      hasher: pageHasher(WINDOW_PAGES),
    };
    return new PageWork(setup, readers, breathe, tools);
  }

  async run(task: WorkTask): Promise<WorkAnswer> {
    if (task.kind === 'verify') return { verified: await this.#verify(task) };
    if (task.kind === 'hash') return { filled: await this.#hash(task) };
    await this.#compress(task);
    return {};
  }

  /** Releases what readers opened. */
  close(): void {
    for (const image of this.#images) image?.close();
  }

  async #image(index: number): Promise<MemoryImage> {
    return (this.#images[index] ??= await reopenImage(this.#setup.images[index]!.handle, this.#readers));
  }

  /** Calls `each` with the window's pages read: first row, pages in the window, number of the first page. */
  async #windows(
    index: number,
    ranges: readonly RowRange[],
    each: (row: number, count: number, page: number) => void,
  ): Promise<void> {
    const image = await this.#image(index);
    const { window } = this.#hasher;
    for (const { first, count, row } of ranges) {
      for (let at = 0; at < count; at += WINDOW_PAGES) {
        const pages = Math.min(WINDOW_PAGES, count - at);
        if (this.#isOutOfBreath(pages)) await this.#breathe?.();
        image.read(first + at, pages, window.subarray(0, pages * PAGE_BYTES), this.#states);
        each(row + at, pages, first + at);
      }
    }
  }

  #isOutOfBreath(pages: number): boolean {
    this.#sinceBreath += pages;
    if (this.#sinceBreath < PAGES_A_BREATH) return false;
    this.#sinceBreath = 0;
    return true;
  }

  async #hash({ image, from, to }: HashTask): Promise<readonly FilledKey[]> {
    const { keys, fills, window } = this.#hasher;
    const { ranges, columns } = this.#setup.images[image]!;
    const filled = new Map<number, FilledKey>();
    const fast = this.#setup.contentKey.function === 'xxh3-64';
    await this.#windows(image, rangesBetween(ranges, from, to), (row, count) => {
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
    return [...filled.values()];
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

  async #compress({ image, from, to, wanted, sizes }: CompressTask): Promise<void> {
    const { window } = this.#hasher;
    const ranges = rangesBetween(this.#setup.images[image]!.ranges, from, to);
    await this.#windows(image, wantedRanges(ranges, wanted), (row, count) => {
      for (let page = 0; page < count; page++) {
        if (wanted[row + page] === 0) continue;
        const bytes = window.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
        for (let codec = 0; codec < sizes.length; codec++)
          sizes[codec]![row + page] = this.#codecs[codec]!.compressedBytes(bytes);
      }
    });
  }

  /** Keeps the first page of each content of the task and compares all further ones with it. */
  async #verify({ from, to, contents, wanted }: VerifyTask): Promise<VerifiedPages> {
    const slots = new Int32Array(to - from).fill(-1);
    const kept = new Uint8Array(countOnes(wanted, from, to) * PAGE_BYTES);
    let used = 0;
    let comparedPages = 0;
    const collisions: Collision[] = [];
    for (const [image, content] of contents.entries()) {
      const concerns = (row: number): boolean =>
        content[row]! >= from && content[row]! < to && wanted[content[row]!] === 1;
      const ranges = rangesBetween(this.#setup.images[image]!.ranges, 0, content.length);
      await this.#windows(image, concernedRanges(ranges, concerns), (row, count, first) => {
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
            collisions.push({ image, page: first + page, content: content[row + page]! });
        }
      });
    }
    return { comparedPages, collisions };
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
function wantedRanges(ranges: readonly RowRange[], wanted: Uint8Array): RowRange[] {
  return concernedRanges(ranges, (row) => wanted[row] === 1);
}

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
