/**
 * Records of LiME and AVML files: a header of 32 bytes, then a range of physical memory, plain in version 1 and as a
 * framed Snappy stream in version 2 (LiME doc/README; AVML src/image.rs). One file may hold both.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
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

export interface RecordHeader {
  /** Where the header stands in the file. */
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

/** The ranges of a file that has version 1 only. Throws OVB_IMAGE_CORRUPT and OVB_IMAGE_TRUNCATED. */
export function* limeRecords(file: ImageFile): Generator<Segment, void> {
  for (let offset = 0, count = 0; offset < file.size; count++) {
    const record = headerAt(file, offset, count);
    if (record.version !== 1) throw corruptRecord(file, offset, 'has a record of AVML among those of LiME');
    const body = offset + RECORD_HEADER_BYTES;
    yield { at: offset, start: record.start, length: record.length, offset: body };
    offset = body + record.length;
  }
}

/** True when the file begins with records of version 1 and comes to one of version 2. Damage is not told here. */
export function hasAvmlRecord(file: ImageFile): boolean {
  try {
    for (let offset = 0, count = 0; offset + RECORD_HEADER_BYTES <= file.size; count++) {
      const { version, length } = headerAt(file, offset, count);
      if (version === 2) return true;
      offset += RECORD_HEADER_BYTES + length;
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
  const magic = fields.u32(0);
  const version = fields.u32(4);
  if (!((magic === LIME_MAGIC && version === 1) || (magic === AVML_MAGIC && version === 2)))
    throw corruptRecord(file, offset, 'has no header of LiME or AVML where the next range should begin');
  const start = fields.u64(8);
  const last = fields.u64(16);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(last) || last < start)
    throw corruptRecord(file, offset, `has a range from ${start} to ${last}`);
  return { at: offset, version: version as 1 | 2, start, length: last - start + 1 };
}

export function corruptRecord(file: ImageFile, offset: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, offset),
    what,
    'Take or fetch the image again; nothing of it was used.',
  );
}
