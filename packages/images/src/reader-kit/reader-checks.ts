/** How each promise of a reader is checked. Every check throws when it is broken, saying what was seen. */
import { isOverbookError, PAGE_BYTES } from '@overbook/core/units';
import type { ImageFile } from '../readers/image-file.ts';
import { MemoryFile } from '../readers/image-file.ts';
import type { ImageReader } from '../readers/image-reader.ts';
import { PAGE_DATA, PAGE_STATES, PAGE_ZERO } from '@overbook/formats';
import { HEAD_BYTES, READER_CONTRACT } from '../readers/image-reader.ts';
import type { MemoryImage } from '../readers/memory-image.ts';
import { openImageFile } from '../readers/open-image.ts';
import { draws, withCut, withDamage, withLie } from './injuries.ts';
import type { ReaderPromiseId } from './reader-promises.ts';
import type { ReaderSample } from './reader-sample.ts';
import { differsFrom, isZero } from './reader-sample.ts';

type Check = (reader: ImageReader, sample: ReaderSample) => Promise<void>;

/** Pages that one look at a sample reads at most. */
const PAGES_MAX = 65_536;
const WINDOW_PAGES = 64;
const NAME = 'sample';

export const READER_CHECKS: Readonly<Record<ReaderPromiseId, Check>> = {
  plain: (reader) => Promise.resolve(checkPlain(reader)),
  recognises: (reader, sample) => Promise.resolve(checkRecognises(reader, sample)),
  layout: checkLayout,
  pages: checkPages,
  ranges: checkRanges,
  again: checkAgain,
  cut: checkCuts,
  damage: checkDamage,
  bounded: checkBounded,
};

function checkPlain(reader: ImageReader): void {
  if (reader.role !== 'reader') throw new Error('its role is not reader: pass it through defineReader');
  if (reader.contract !== READER_CONTRACT)
    throw new Error(`it implements contract ${reader.contract}, not ${READER_CONTRACT}`);
  if (!/^[a-z][a-z0-9-]*$/.test(reader.id))
    throw new Error(`its id '${reader.id}' is not a word of a-z, 0-9 and -`);
  if (reader.title.trim() === '') throw new Error('it has no title');
}

function checkRecognises(reader: ImageReader, sample: ReaderSample): void {
  const asked = (bytes: Uint8Array): boolean =>
    reader.recognises(bytes.subarray(0, HEAD_BYTES), new MemoryFile('any-name', bytes));
  if (!asked(sample.bytes)) throw new Error('it does not recognise its own file under another name');
  const draw = draws(sample.bytes.length);
  const noise = Uint8Array.from({ length: 8192 }, () => draw(256));
  for (const [what, bytes] of [
    ['an empty file', new Uint8Array(0)],
    ['one byte', sample.bytes.subarray(0, 1)],
    ['zeros', new Uint8Array(8192)],
    ['noise', noise],
  ] as const)
    if (asked(bytes)) throw new Error(`it mistakes ${what} for a file of its format`);
}

async function checkLayout(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const pages = await reader.open(new MemoryFile(NAME, sample.bytes), {});
  const first = [...pages.extents()];
  let end = 0;
  for (const { first: from, count, state } of first) {
    if (!Number.isInteger(from) || !Number.isInteger(count) || count < 0 || from < 0)
      throw new Error(`an extent has ${count} pages from page ${from} on`);
    if (from < end) throw new Error(`page ${from} comes after page ${end - 1}, or twice`);
    if (PAGE_STATES[state] === undefined) throw new Error(`an extent has state ${state}`);
    end = from + count;
  }
  const again = [...pages.extents()];
  if (JSON.stringify(again) !== JSON.stringify(first))
    throw new Error('it gives different extents when asked again');
  pages.close?.();
}

async function checkPages(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const image = await opened(reader, sample.bytes);
  forEachPage(image, (page, bytes, state) => {
    const wrong = differsFrom(sample, page, bytes, state);
    if (wrong !== undefined) throw new Error(wrong);
  });
  for (const [page, want] of sample.memory)
    if (page >= image.pageEnd && want !== 'hole' && want !== 'device')
      throw new Error(`page ${page} is missing: the image ends at page ${image.pageEnd}`);
  image.close();
}

async function checkRanges(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const pages = await reader.open(new MemoryFile(NAME, sample.bytes), {});
  const whole = await opened(reader, sample.bytes);
  const draw = draws(sample.bytes.length + 1);
  const runs = [...pages.extents()].filter(({ state, count }) => state === PAGE_DATA && count > 0);
  for (let round = 0; round < 64 && runs.length > 0; round++) {
    const run = runs[draw(runs.length)]!;
    const from = draw(run.count);
    const count = 1 + draw(Math.min(16, run.count - from));
    const into = new Uint8Array((count + 1) * PAGE_BYTES).fill(0xa5);
    const states = new Uint8Array(count + 1).fill(PAGE_DATA, 0, count).fill(0x5a, count);
    // The room is larger than the range, so that writing on is seen.
    pages.read(run.first + from, count, into, states.subarray(0, count));
    if (into.subarray(count * PAGE_BYTES).some((byte) => byte !== 0xa5) || states[count] !== 0x5a)
      throw new Error(`reading ${count} pages from page ${run.first + from}, it wrote beyond them`);
    compareRange(whole, run.first + from, into.subarray(0, count * PAGE_BYTES), states.subarray(0, count));
  }
  whole.close();
  pages.close?.();
}

/** Page by page, last page first, a reader must say the same as over the range. */
function compareRange(whole: MemoryImage, first: number, bytes: Uint8Array, states: Uint8Array): void {
  const page = new Uint8Array(PAGE_BYTES);
  const state = new Uint8Array(1);
  for (let at = states.length - 1; at >= 0; at--) {
    whole.read(first + at, 1, page, state);
    if (state[0] !== states[at]) throw new Error(`page ${first + at} has a different state when read alone`);
    const same = Buffer.compare(page, bytes.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES)) === 0;
    if (state[0] === PAGE_DATA && !same)
      throw new Error(`page ${first + at} has different bytes when read alone`);
  }
}

async function checkAgain(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const [one, two] = [await opened(reader, sample.bytes), await opened(reader, sample.bytes)];
  if (JSON.stringify([...one.extents()]) !== JSON.stringify([...two.extents()]))
    throw new Error('a second instance gives a different layout');
  const bytes = new Uint8Array(PAGE_BYTES);
  const state = new Uint8Array(1);
  forEachPage(one, (page, want, wantState) => {
    two.read(page, 1, bytes, state);
    if (state[0] !== wantState || Buffer.compare(bytes, want) !== 0)
      throw new Error(`page ${page} differs in a second instance`);
  });
  one.close();
  two.close();
}

/** Every byte of the first headers, then places all over the file, then the last bytes. */
async function checkCuts(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const { length } = sample.bytes;
  const places = new Set<number>();
  for (let at = 0; at < Math.min(96, length); at++) places.add(at);
  for (let step = 1; step < 48; step++) places.add(Math.floor((length * step) / 48));
  for (const near of [PAGE_BYTES, length]) for (let at = near - 9; at < near; at++) places.add(at);
  for (const at of places) {
    if (at < 0 || at >= length) continue;
    await lookAt(reader, withCut(sample.bytes, at), `cut at byte ${at}`, (page, bytes, state) => {
      if (state !== PAGE_DATA && !(state === PAGE_ZERO && sample.memory.has(page))) return;
      const wrong = differsFrom(sample, page, bytes, state);
      if (wrong !== undefined) throw new Error(`cut at byte ${at}, ${wrong}`);
    });
  }
}

async function checkDamage(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const draw = draws(7);
  for (let round = 0; round < 64; round++)
    await lookAt(reader, withDamage(sample.bytes, draw), `damaged (round ${round})`);
}

/** Lies in headers: large and odd numbers over every four bytes of the beginning. */
async function checkBounded(reader: ImageReader, sample: ReaderSample): Promise<void> {
  const end = Math.min(512, sample.bytes.length - 8);
  for (let at = 0; at < end; at += at < 128 ? 4 : 12)
    for (const which of [0, 1, 2])
      await lookAt(reader, withLie(sample.bytes, at, which), `with a wrong value at byte ${at}`);
}

/** Opens and reads what may be damaged. An error of ours that names the file is right; anything else is not. */
async function lookAt(
  reader: ImageReader,
  bytes: Uint8Array,
  how: string,
  each: (page: number, bytes: Uint8Array, state: number) => void = () => undefined,
): Promise<void> {
  const seen: { wrong?: unknown } = {};
  const file = new WatchedFile(bytes);
  try {
    const image = await openImageFile(file, { readers: [reader], format: reader.id });
    forEachPage(image, (page, content, state) => {
      if (state !== PAGE_DATA && !isZero(content)) throw new Error(`page ${page} is not data but has bytes`);
      try {
        each(page, content, state);
      } catch (error) {
        seen.wrong ??= error;
        throw error;
      }
    });
    image.close();
  } catch (error) {
    if (seen.wrong !== undefined) throw seen.wrong as Error;
    if (!isOverbookError(error)) throw new Error(`${how}: ${String(error)}`, { cause: error });
    if (!error.code.startsWith('OVB_IMAGE_'))
      throw new Error(`${how}: refused with ${error.code}`, { cause: error });
    if (!error.at.includes(NAME))
      throw new Error(`${how}: the error names ${error.at}, not the file`, { cause: error });
  }
  if (file.largest > file.size) throw new Error(`${how}: ${file.largest} bytes were requested at once`);
}

/** Remembers the largest piece that was asked for: the caller has allocated it. */
class WatchedFile extends MemoryFile {
  largest = 0;

  constructor(bytes: Uint8Array) {
    super(NAME, bytes);
  }

  override read(offset: number, into: Uint8Array): void {
    this.largest = Math.max(this.largest, into.length);
    super.read(offset, into);
  }
}

/** Pages that have bytes, and some of every run that has none: those can be longer than any memory. */
function forEachPage(
  image: MemoryImage,
  each: (page: number, bytes: Uint8Array, state: number) => void,
): void {
  const bytes = new Uint8Array(WINDOW_PAGES * PAGE_BYTES);
  const states = new Uint8Array(WINDOW_PAGES);
  let left = PAGES_MAX;
  for (const { first, count, state } of image.extents()) {
    const end = first + (state === PAGE_DATA ? Math.min(count, left) : Math.min(count, 4));
    if (state === PAGE_DATA) left -= end - first;
    for (let page = first; page < end; page += WINDOW_PAGES) {
      const some = Math.min(WINDOW_PAGES, end - page);
      image.read(page, some, bytes, states);
      for (let at = 0; at < some; at++)
        each(page + at, bytes.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES), states[at]!);
    }
  }
}

function opened(reader: ImageReader, bytes: Uint8Array): Promise<MemoryImage> {
  const file: ImageFile = new MemoryFile(NAME, bytes);
  return openImageFile(file, { readers: [reader], format: reader.id });
}
