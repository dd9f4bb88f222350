/**
 * The flattened form of makedumpfile (`-F`), which QEMU also writes for kdump-zlib, -lzo and -snappy: a pipe can carry
 * it, for it is a list of (offset, bytes) to be written to the real file. Records come in any order and rewrite earlier
 * ones (headers come last): the last one wins. makedumpfile's print_info.c and makedumpfile.h, "flattened format".
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt, endsBefore } from './image-file.ts';
import { Fields, hasText } from './number-fields.ts';
import { PaintedRanges } from './painted-ranges.ts';

const HEADER_BYTES = 4096;
const RECORD_BYTES = 16;
const TYPE_FLATTENED = 1;
const VERSION = 1;
/** QEMU writes a record per some 16 KiB of its output: this is 128 GiB of dump. */
const RECORDS_MAX = 8_388_608;
/** Gaps that no record fills: the rest of header blocks. What claims more would make readers allocate for nothing. */
const GAP_BYTES_MAX = 16_777_216;
/** Record headers are read in blocks of this size where records are small. */
const READ_AHEAD_BYTES = 65_536;

export function isFlattened(head: Uint8Array): boolean {
  return hasText(head, 0, 'makedumpfile\0\0\0\0');
}

/** The file that the records make, read in place. */
export class FlattenedFile implements ImageFile {
  readonly name: string;
  readonly size: number;
  readonly #file: ImageFile;
  readonly #ranges: PaintedRanges;

  /** Reads all record headers. Throws OVB_IMAGE_CORRUPT, OVB_IMAGE_TRUNCATED. */
  constructor(file: ImageFile) {
    const header = new Fields(bytesAt(file, 0, HEADER_BYTES), 'big');
    if (header.i64(16) !== TYPE_FLATTENED || header.i64(24) !== VERSION)
      throw corruptFlattened(
        file,
        16,
        `has type ${header.i64(16)} and version ${header.i64(24)}; only type 1, version 1 is known`,
      );
    this.name = file.name;
    this.#file = file;
    this.#ranges = rangesOf(file);
    this.size = this.#ranges.end;
    const { covered } = this.#ranges;
    if (this.size - covered > covered + GAP_BYTES_MAX)
      throw corruptFlattened(file, HEADER_BYTES, `has records for only ${covered} of ${this.size} bytes`);
  }

  /** Bytes that no record gives are zeros, as in the file that makedumpfile would put together. */
  read(offset: number, into: Uint8Array): void {
    if (!(offset >= 0) || offset + into.length > this.size) throw endsBefore(this, offset, into.length);
    const ranges = this.#ranges;
    let at = offset;
    const end = offset + into.length;
    for (let index = ranges.find(offset); at < end; index++) {
      const start = ranges.startAt(index);
      if (at < start) {
        const till = Math.min(end, start);
        into.fill(0, at - offset, till - offset);
        at = till;
      }
      const till = Math.min(end, ranges.endAt(index));
      if (till <= at) continue;
      this.#file.read(ranges.sourceAt(index) + at - start, into.subarray(at - offset, till - offset));
      at = till;
    }
  }

  nextData(offset: number): number {
    return offset;
  }

  nextHole(): number {
    return this.size;
  }
}

function rangesOf(file: ImageFile): PaintedRanges {
  const ranges = new PaintedRanges();
  const ahead = new ReadAhead(file);
  for (let at = HEADER_BYTES; ;) {
    const fields = ahead.fields(at);
    const offset = fields.i64(0);
    const size = fields.i64(8);
    if (offset === -1 && size === -1) break;
    const body = at + RECORD_BYTES;
    if (!Number.isSafeInteger(offset + size) || offset < 0 || size <= 0)
      throw corruptFlattened(file, at, `has a record of ${size} bytes for offset ${offset}`);
    if (body + size > file.size) throw endsBefore(file, body, size);
    if (ranges.count >= RECORDS_MAX) throw corruptFlattened(file, at, `has more than ${RECORDS_MAX} records`);
    ranges.add(offset, size, body);
    at = body + size;
  }
  if (ranges.count === 0) throw corruptFlattened(file, HEADER_BYTES, 'has no record');
  ranges.paint();
  return ranges;
}

/** Sixteen bytes here and there, ascending. */
class ReadAhead {
  readonly #file: ImageFile;
  #bytes = new Uint8Array(0);
  #from = 0;

  constructor(file: ImageFile) {
    this.#file = file;
  }

  fields(at: number): Fields {
    if (at < this.#from || at + RECORD_BYTES > this.#from + this.#bytes.length) {
      // A large step means large records: then reading ahead would only read what is skipped.
      const isNear = at - this.#from < READ_AHEAD_BYTES * 2;
      const length = Math.min(isNear ? READ_AHEAD_BYTES : RECORD_BYTES, this.#file.size - at);
      this.#bytes = bytesAt(this.#file, at, Math.max(RECORD_BYTES, length));
      this.#from = at;
    }
    const from = at - this.#from;
    return new Fields(this.#bytes.subarray(from, from + RECORD_BYTES), 'big');
  }
}

function corruptFlattened(file: ImageFile, at: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `this flattened dump ${what}`,
    MEND_DAMAGED,
  );
}
