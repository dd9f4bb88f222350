/**
 * Records of LiME and AVML files: a header of 32 bytes, then a range of physical memory, plain in version 1 and as a
 * framed Snappy stream in version 2 (LiME doc/README; AVML src/image.rs). One file may hold both.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import { Fields } from './number-fields.ts';
import type { Segment } from './segments.ts';

export const RECORD_HEADER_BYTES = 32;

/** "EMiL" and "AVML" as little-endian numbers. */
const LIME_MAGIC = 0x4c694d45;
const AVML_MAGIC = 0x4c4d5641;
/** LiME writes one record per range of /proc/iomem, AVML one per 16 MiB: this is 16 TiB. */
const RECORDS_MAX = 1_048_576;
/** AVML cuts ranges into blocks of this size. */
const BLOCK_BYTES_MAX = 16_777_216;

export interface RecordHeader {
  /** Offset of the header in the file. */
  readonly at: number;
  readonly version: 1 | 2;
  /** Guest-physical address. */
  readonly start: number;
  /** Bytes of memory in the range. */
  readonly length: number;
}

function magicOf(head: Uint8Array): number {
  return head.length < 4 ? 0 : new Fields(head).u32(0);
}

export function isLimeMagic(head: Uint8Array): boolean {
  return magicOf(head) === LIME_MAGIC;
}
export function isAvmlMagic(head: Uint8Array): boolean {
  return magicOf(head) === AVML_MAGIC;
}

/**
 * Ranges of a file, and those of which there is a header and no more: AVML 0.17 writes zeros so. A file that ends right
 * behind a header may as well have been cut there: that range is zero or cut off, and its pages are not known.
 */
export interface Records {
  readonly segments: readonly Segment[];
  readonly zero: readonly Segment[];
  readonly zeroOrCut: readonly Segment[];
}

/** The ranges of a file that has version 1 only. @throws OVB_IMAGE_CORRUPT, OVB_IMAGE_TRUNCATED */
export function limeRecords(file: ImageFile): Records {
  const segments: Segment[] = [];
  const bare: Segment[] = [];
  for (let offset = 0, count = 0; offset < file.size; count++) {
    const record = headerAt(file, offset, count);
    if (record.version !== 1) throw corruptRecord(file, offset, 'has an AVML record among LiME records');
    const segment = {
      at: offset,
      start: record.start,
      length: record.length,
      offset: offset + RECORD_HEADER_BYTES,
    };
    const isBare = hasNoBody(file, record);
    (isBare ? bare : segments).push(segment);
    offset = segment.offset + (isBare ? 0 : record.length);
  }
  return { segments, ...splitBare(file, bare) };
}

/** Ranges with a header and no body: the one that the file ends with may have been cut off. */
export function splitBare(file: ImageFile, bare: readonly Segment[]): Pick<Records, 'zero' | 'zeroOrCut'> {
  const isLast = ({ at }: Segment): boolean => at + RECORD_HEADER_BYTES === file.size;
  return { zero: bare.filter((one) => !isLast(one)), zeroOrCut: bare.filter(isLast) };
}

/**
 * AVML 0.17 writes the header of a block before it looks whether the block is all zero, and then no body
 * (microsoft/avml issue 760). So right behind the header comes the next one, of a higher range, or the end of the file.
 * Memory may hold the bytes of a header too (an image of a machine that holds images): where the body as declared leads
 * to a header or to the end, it is a body.
 */
export function hasNoBody(file: ImageFile, { at, version, start, length }: RecordHeader): boolean {
  const body = at + RECORD_HEADER_BYTES;
  const end = start + length;
  if (length > BLOCK_BYTES_MAX || !isRecordEnd(file, body, end)) return false;
  return version === 2 || !isRecordEnd(file, body + length, end);
}

/** True at the end of the file, and where there is a header of a range from `from` on. */
function isRecordEnd(file: ImageFile, offset: number, from: number): boolean {
  if (offset === file.size) return true;
  if (offset + RECORD_HEADER_BYTES > file.size) return false;
  const found = parsedHeader(new Fields(bytesAt(file, offset, RECORD_HEADER_BYTES)));
  return found !== undefined && found.start >= from && found.last >= found.start;
}

/** True when the file begins with records of version 1 and comes to one of version 2. Damage is not told here. */
export function hasAvmlRecord(file: ImageFile): boolean {
  try {
    for (let offset = 0, count = 0; offset + RECORD_HEADER_BYTES <= file.size; count++) {
      const record = headerAt(file, offset, count);
      if (record.version === 2) return true;
      offset += RECORD_HEADER_BYTES + (hasNoBody(file, record) ? 0 : record.length);
    }
  } catch {
    return false;
  }
  return false;
}

/**
 * The header at an offset. A range may be cut short by a write error; then no header follows, and nothing is guessed.
 */
export function headerAt(file: ImageFile, offset: number, count: number): RecordHeader {
  if (count >= RECORDS_MAX) throw corruptRecord(file, offset, `has more than ${RECORDS_MAX} records`);
  const fields = new Fields(bytesAt(file, offset, RECORD_HEADER_BYTES));
  const header = parsedHeader(fields);
  if (header === undefined)
    throw corruptRecord(file, offset, 'has no LiME or AVML header where the next range should begin');
  const { start, last, version } = header;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(last) || last < start)
    throw corruptRecord(file, offset, `has a range from ${start} to ${last}`);
  return { at: offset, version, start, length: last - start + 1 };
}

function parsedHeader(
  fields: Fields,
): { readonly version: 1 | 2; readonly start: number; readonly last: number } | undefined {
  const magic = fields.u32(0);
  const version = fields.u32(4);
  if (!((magic === LIME_MAGIC && version === 1) || (magic === AVML_MAGIC && version === 2))) return undefined;
  return { version: version as 1 | 2, start: fields.u64(8), last: fields.u64(16) };
}

/** What is said of an image with such ranges. */
export function bareHeaderNotes({ zero, zeroOrCut }: Records): string[] {
  const ranges = zero.length === 1 ? 'one range has' : `${zero.length} ranges have`;
  return [
    ...(zero.length === 0
      ? []
      : [`${ranges} a header but no bytes, as AVML 0.17 writes blocks of zeros: read as zeros`]),
    ...(zeroOrCut.length === 0
      ? []
      : [
          'the file ends after a header: its range is zeros (as AVML 0.17 writes them) or cut off; counted as unknown',
        ]),
  ];
}

export function corruptRecord(file: ImageFile, offset: number, what: string): OverbookError {
  return new OverbookError('OVB_IMAGE_CORRUPT', placeOf(file.name, offset), what, MEND_DAMAGED);
}
