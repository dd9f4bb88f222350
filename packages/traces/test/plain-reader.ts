/**
 * A slow reader of our own files, written from docs/formats alone with Buffer and zlib: the second opinion that tests
 * compare the real readers with. Checks nothing, and makes an object of everything.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

export interface PlainInterval {
  readonly instructions: number;
  /** Page → kind, ascending. */
  readonly pages: Map<number, number>;
}

export interface PlainFile {
  readonly meta: Record<string, unknown>;
  readonly intervals: PlainInterval[];
  readonly pageNumbers: number[];
  readonly endMs: number[];
  readonly snapshots: PlainSnapshot[];
  /** Between snapshots: interval and frame, as text → key as 16 digits, compressed bytes, fill. */
  readonly steady: Map<string, PlainContent>;
}

type PlainContent = readonly [key: string, compressedBytes: number, fill: number];

export interface PlainSnapshot {
  /** Frame → key as 16 digits, compressed bytes, fill. */
  readonly changed: Map<number, PlainContent>;
  readonly role: number[];
}

export function readPlain(path: string): PlainFile {
  const read: PlainFile = {
    meta: {},
    intervals: [],
    pageNumbers: [],
    endMs: [],
    snapshots: [],
    steady: new Map(),
  };
  const contents: PlainContent[] = [];
  for (const [tag, bytes] of sections(readFileSync(path))) {
    if (tag === 'META') Object.assign(read.meta, JSON.parse(bytes.toString()));
    else if (tag === 'PAGE') pageNumbers(bytes, read.pageNumbers);
    else if (tag === 'TIME') times(bytes, read.endMs);
    else if (tag === 'RUNS') runs(bytes, read.intervals);
    else if (tag === 'SNAP') read.snapshots.push({ changed: changedFrames(bytes, contents), role: [] });
    else if (tag === 'STDY') steadyContents(bytes, contents, read);
    else if (tag === 'ROLE') roles(bytes, read.snapshots);
  }
  return read;
}

function* sections(file: Buffer): Generator<[tag: string, bytes: Buffer]> {
  for (let at = 16; at < file.length;) {
    const packedBytes = file.readUInt32LE(at + 8);
    const payload = file.subarray(at + 16, at + 16 + packedBytes);
    yield [file.toString('latin1', at, at + 4), file[at + 4] === 1 ? brotliDecompressSync(payload) : payload];
    at += 16 + packedBytes + 32;
  }
}

/** Calls of the result give one varint after the other. */
function varints(bytes: Buffer, from = 0): { next: () => number; at: () => number } {
  let at = from;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  return { next, at: () => at };
}

function pageNumbers(bytes: Buffer, into: number[]): void {
  const { next, at } = varints(bytes);
  while (at() < bytes.length) into.push((into.at(-1) ?? -1) + 1 + next());
}

function times(bytes: Buffer, into: number[]): void {
  const { next, at } = varints(bytes);
  while (at() < bytes.length) into.push((into.at(-1) ?? 0) + next());
}

function runs(bytes: Buffer, into: PlainInterval[]): void {
  const count = bytes.readUInt32LE(0);
  const instructions = varints(bytes, 12);
  const body = varints(bytes, 12 + bytes.readUInt32LE(8));
  for (let interval = 0; interval < count; interval++) {
    const pages = new Map<number, number>();
    let page = 0;
    for (let run = body.next(); run > 0; run--) {
      const code = body.next();
      page += Math.floor(code / 8);
      const length = Math.floor(code / 4) % 2 === 1 ? body.next() + 2 : 1;
      for (const end = page + length; page < end; page++) pages.set(page, code % 4);
    }
    into.push({ instructions: instructions.next(), pages });
  }
}

function changedFrames(bytes: Buffer, contents: PlainContent[]): PlainSnapshot['changed'] {
  const count = bytes.readUInt32LE(0);
  const gaps = varints(bytes, 4);
  const frames: number[] = [];
  for (let row = 0; row < count; row++) frames.push((frames.at(-1) ?? -1) + 1 + gaps.next());
  const found = contentBlock(bytes, gaps.at(), count, contents);
  return new Map(frames.map((frame, row) => [frame, found[row]!]));
}

function steadyContents(
  bytes: Buffer,
  contents: PlainContent[],
  { meta, snapshots, steady }: PlainFile,
): void {
  const facts = meta['snapshots'] as { readonly afterIntervals: number }[];
  const count = bytes.readUInt32LE(0);
  const numbers = varints(bytes, 4);
  const intervals: number[] = [];
  const from = facts[snapshots.length - 1]!.afterIntervals;
  for (let row = 0; row < count; row++) intervals.push((intervals.at(-1) ?? from) + numbers.next());
  const frames: number[] = [];
  for (let row = 0; row < count; row++)
    frames.push(numbers.next() + (intervals[row] === intervals[row - 1] ? frames[row - 1]! + 1 : 0));
  contentBlock(bytes, numbers.at(), count, contents).forEach((content, row) =>
    steady.set(`${intervals[row]} ${frames[row]}`, content),
  );
}

/** The contents of `count` pages; new ones are added to `contents`. */
function contentBlock(bytes: Buffer, block: number, count: number, contents: PlainContent[]): PlainContent[] {
  const fresh = bytes.readUInt32LE(block);
  const column = (before: number): number => block + 8 + fresh * before;
  let next = contents.length;
  for (let row = 0; row < fresh; row++) {
    const low = bytes.readUInt32LE(column(0) + row * 4);
    const high = bytes.readUInt32LE(column(4) + row * 4);
    const key = [high, low].map((word) => word.toString(16).padStart(8, '0')).join('');
    contents.push([key, bytes.readUInt16LE(column(8) + row * 2), bytes[column(10) + row]!]);
  }
  const references = varints(bytes, column(11));
  let expected = 0;
  return Array.from({ length: count }, () => {
    const code = references.next();
    const away = code % 2 === 1 ? (code - 1) / 2 : -code / 2;
    const content = code === 0 ? next++ : expected + away;
    expected = content + 1;
    return contents[content]!;
  });
}

function roles(bytes: Buffer, snapshots: readonly PlainSnapshot[]): void {
  const before = snapshots.at(-2)?.role;
  snapshots.at(-1)!.role.push(...[...bytes].map((byte, frame) => byte ^ (before?.[frame] ?? 0)));
}
