/**
 * How a file writes the contents of a list of pages: new contents once, as columns, then one number per page that
 * says which content it holds. Shared by page digests (pages of an image) and recordings (changed frames of a
 * snapshot). Byte by byte: docs/formats/container.md, "Content block".
 */
import type { ContentTable } from '@overbook/core/units';
import { FILL_SAME } from '@overbook/core/units';
import { ByteWriter } from '../container/byte-writer.ts';
import type { Cursor } from '../container/cursor.ts';
import type { ContentIndex } from './content-index.ts';

/** What is known of contents, one row each. */
export type ContentColumns = Pick<ContentTable, 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill'>;

/** Contents met so far while decoding; grows by doubling. */
export interface KnownContents {
  rows: ContentColumns;
  count: number;
  /** Largest fill class that may occur. */
  readonly fillMax: number;
}

export function knownContents(fillMax: number = FILL_SAME): KnownContents {
  return {
    rows: columns(256),
    count: 0,
    fillMax,
  };
}

/** Appends pages `from`..`to` of `pages`; contents that `index` has not met are written out and numbered. */
export function encodeContents(
  writer: ByteWriter,
  index: ContentIndex,
  pages: ContentColumns,
  from: number,
  to: number,
): void {
  const fresh: number[] = [];
  const references = new ByteWriter();
  let expected = 0; // the content after the page before: copies made side by side then cost one byte each
  for (let page = from; page < to; page++) {
    const known = index.count;
    const content = index.add(
      pages.keyLo[page]!,
      pages.keyHi[page]!,
      pages.compressedBytes[page]!,
      pages.fill[page]!,
    );
    if (content === known) fresh.push(page);
    references.varint(content === known ? 0 : 1 + zigzag(content - expected));
    expected = content + 1;
  }
  writer.u32(fresh.length);
  writer.u32(references.length);
  for (const page of fresh) writer.u32(pages.keyLo[page]!);
  for (const page of fresh) writer.u32(pages.keyHi[page]!);
  for (const page of fresh) writer.u16(pages.compressedBytes[page]!);
  for (const page of fresh) writer.u8(pages.fill[page]!);
  writer.bytes(references.finish());
}

/** Reads a block of `count` pages into rows `at`.. of `out`; anything out of range is the cursor's error. */
export function decodeContents(
  cursor: Cursor,
  known: KnownContents,
  count: number,
  out: ContentColumns,
  at: number,
): void {
  const fresh = cursor.u32();
  const referenceBytes = cursor.u32();
  if (fresh > count) throw cursor.fail(`declares ${fresh} new contents for ${count} pages`);
  readFresh(cursor, known, fresh);
  const first = known.count;
  const end = cursor.at + referenceBytes;
  let next = first;
  let expected = 0;
  for (let page = at; page < at + count; page++) {
    const code = cursor.varint();
    const content = code === 0 ? next++ : expected + unzigzag(code - 1);
    if (content < 0 || content >= first + fresh || content >= next)
      throw cursor.fail('refers to a content that does not exist');
    out.keyLo[page] = known.rows.keyLo[content]!;
    out.keyHi[page] = known.rows.keyHi[content]!;
    out.compressedBytes[page] = known.rows.compressedBytes[content]!;
    out.fill[page] = known.rows.fill[content]!;
    expected = content + 1;
  }
  if (next !== first + fresh) throw cursor.fail(`holds ${first + fresh - next} contents that no page uses`);
  if (cursor.at !== end) throw cursor.fail(`declares ${referenceBytes} bytes of references`);
  known.count = next;
}

/** True when two contents have one key: in an honest file there are none. Sorts, so that no choice of keys is slow. */
export function hasRepeatedKey(known: KnownContents): boolean {
  const words = new Uint32Array(known.count * 2);
  for (let content = 0; content < known.count; content++) {
    words[content * 2] = known.rows.keyLo[content]!;
    words[content * 2 + 1] = known.rows.keyHi[content]!;
  }
  new BigUint64Array(words.buffer).sort();
  for (let at = 2; at < words.length; at += 2) {
    if (words[at] === words[at - 2] && words[at + 1] === words[at - 1]) return true;
  }
  return false;
}

/** Columns of `length` rows, all zero. */
export function columns(length: number): ContentColumns {
  return {
    keyLo: new Uint32Array(length),
    keyHi: new Uint32Array(length),
    compressedBytes: new Uint16Array(length),
    fill: new Uint8Array(length),
  };
}

function readFresh(cursor: Cursor, known: KnownContents, fresh: number): void {
  if (fresh * 11 > cursor.remaining)
    throw cursor.fail(`declares ${fresh} new contents, more than it has bytes for`);
  reserve(known, known.count + fresh);
  const { keyLo, keyHi, compressedBytes, fill } = known.rows;
  for (let row = known.count; row < known.count + fresh; row++) keyLo[row] = cursor.u32();
  for (let row = known.count; row < known.count + fresh; row++) keyHi[row] = cursor.u32();
  for (let row = known.count; row < known.count + fresh; row++) compressedBytes[row] = cursor.u16();
  for (let row = known.count; row < known.count + fresh; row++) {
    const value = cursor.u8();
    if (value > known.fillMax) throw cursor.fail(`holds fill class ${value}`);
    fill[row] = value;
  }
}

function reserve(known: KnownContents, count: number): void {
  const was = known.rows;
  if (count <= was.keyLo.length) return;
  const rows = columns(Math.max(count, was.keyLo.length * 2));
  rows.keyLo.set(was.keyLo);
  rows.keyHi.set(was.keyHi);
  rows.compressedBytes.set(was.compressedBytes);
  rows.fill.set(was.fill);
  known.rows = rows;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}
function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
