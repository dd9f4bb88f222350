/**
 * AVML, version 2: records as in LiME, each a framed Snappy stream and its length (AVML src/image.rs, Snappy
 * framing_format.txt). Blocks of zeros of up to 16 MiB are left out, in records of either version, so a gap may be
 * memory full of zeros or no memory: it stays unknown.
 */
import { PAGE_HOLE_OR_ZERO } from '@overbook/formats';
import { snappyLibrary } from '../native-libraries.ts';
import type { Unpacker } from './chunked-file.ts';
import { ChunkedFile } from './chunked-file.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import type { Extent, ImageReader } from './image-reader.ts';
import { defineReader } from './image-reader.ts';
import type { Records } from './lime-records.ts';
import {
  bareHeaderNotes,
  corruptRecord,
  hasAvmlRecord,
  hasNoBody,
  splitBare,
  headerAt,
  isAvmlMagic,
  isLimeMagic,
  RECORD_HEADER_BYTES,
} from './lime-records.ts';
import { Fields, hasText } from './number-fields.ts';
import type { Segment } from './segments.ts';
import { SegmentPages } from './segments.ts';
import { snappyLength } from './snappy-block.ts';

/** Framed Snappy holds at most this much in a chunk. */
const CHUNK_BYTES_MAX = 65_536;
const CRC32C = 0x82f63b78;
const COMPRESSED = 0;
const PLAIN = 1;
const STREAM_ID = 0xff;
/** Chunk types from here to 0xfd may be skipped, 0xfe is padding; those below must be known. */
const SKIPPABLE = 0x80;

export const avml: ImageReader = defineReader({
  contract: 1,
  id: 'avml',
  title: 'AVML, compressed (version 2, or mixed with version 1)',
  recognises: (head, file) => isAvmlMagic(head) || (isLimeMagic(head) && hasAvmlRecord(file)),
  open: async (file) => {
    const checks = chunkUnpackers(file, await crc32c());
    const memory = new ChunkedFile(file, checks, CHUNK_BYTES_MAX);
    const records = readRecords(file, memory);
    const pages = new SegmentPages(memory, records.segments, records);
    return {
      extents: () => withGaps(pages.extents()),
      read: (first, count, into) => pages.read(first, count, into),
      notes: bareHeaderNotes(records),
    };
  },
});

/** Chunks go into `memory`; what comes out are the ranges, at their offsets in it. */
function readRecords(file: ImageFile, memory: ChunkedFile): Records {
  const segments: Segment[] = [];
  const bare: Segment[] = [];
  for (let offset = 0, count = 0; offset < file.size; count++) {
    const record = headerAt(file, offset, count);
    const { at, version, start, length } = record;
    const body = offset + RECORD_HEADER_BYTES;
    if (hasNoBody(file, record)) {
      bare.push({ at, start, length, offset: 0 });
      offset = body;
      continue;
    }
    segments.push({ at, start, length, offset: memory.size });
    if (version === 2) offset = readStream(file, memory, body, length);
    else {
      // The bytes must exist before a caller allocates memory for them.
      if (body + length > file.size) bytesAt(file, file.size, 1);
      memory.add({ bytes: length, storedAt: body, storedBytes: length, packing: -1 });
      offset = body + length;
    }
  }
  return { segments, ...splitBare(file, bare) };
}

/** One stream of `length` bytes of memory; returns the offset behind it and its length field. */
function readStream(file: ImageFile, memory: ChunkedFile, from: number, length: number): number {
  let offset = from;
  // AVML writes chunks of 64 KiB, at least of a page: far more of them only cost time and memory.
  const chunksMax = 64 + length / 256;
  for (let left = length, chunks = 0; left > 0; chunks++) {
    if (chunks > chunksMax) throw corruptRecord(file, offset, 'has too many Snappy chunks for its range');
    const head = new Fields(bytesAt(file, offset, 4));
    const type = head.u32(0) & 0xff;
    const size = head.u32(0) >>> 8;
    const body = offset + 4;
    if (type === STREAM_ID) checkStreamId(file, offset, size);
    else if (type === COMPRESSED || type === PLAIN) {
      const bytes = chunkBytes(file, body, type, size);
      if (bytes > left) throw corruptRecord(file, offset, 'has a chunk that extends beyond its range');
      if (body + size > file.size) bytesAt(file, file.size, 1);
      memory.add({ bytes, storedAt: body, storedBytes: size, packing: type });
      left -= bytes;
    } else if (type < SKIPPABLE)
      throw corruptRecord(file, offset, `has a Snappy chunk of unknown type ${type}`);
    offset = body + size;
  }
  return checkStreamLength(file, from, offset);
}

/**
 * What a chunk unpacks to, without unpacking it. Chunks without bytes are refused: with them a short file could
 * unpack without end.
 */
function chunkBytes(file: ImageFile, body: number, type: number, size: number): number {
  if (size < 5) throw corruptRecord(file, body - 4, `has a Snappy chunk of ${size} bytes`);
  const bytes = type === PLAIN ? size - 4 : snappyLength(bytesAt(file, body + 4, Math.min(5, size - 4)));
  if (bytes === undefined || bytes === 0 || bytes > CHUNK_BYTES_MAX)
    throw corruptRecord(
      file,
      body - 4,
      `has a Snappy chunk that unpacks to ${bytes ?? 'an unknown number of'} bytes`,
    );
  return bytes;
}

function checkStreamId(file: ImageFile, offset: number, size: number): void {
  if (size === 6 && hasText(bytesAt(file, offset + 4, 6), 0, 'sNaPpY')) return;
  throw corruptRecord(file, offset, 'has no Snappy stream identifier where it should');
}

/** A stream is followed by its length; AVML has always written it, so a wrong one is damage. */
function checkStreamLength(file: ImageFile, from: number, end: number): number {
  let offset = end;
  const skipTo = (): number => new Fields(bytesAt(file, offset, 8)).u64(0);
  if (skipTo() !== offset - from)
    throw corruptRecord(
      file,
      offset,
      `says that the previous stream has ${skipTo()} bytes; it has ${offset - from}`,
    );
  offset += 8;
  return offset;
}

function chunkUnpackers(file: ImageFile, check: (bytes: Uint8Array) => number): readonly Unpacker[] {
  const verified = (into: Uint8Array, stored: Uint8Array, at: number): void => {
    if (check(into) !== new Fields(stored).u32(0))
      throw corruptRecord(file, at, 'has a Snappy chunk whose checksum is wrong');
  };
  return [
    {
      unpack: (stored, into, at) => {
        into.set(unsnapped(file, stored.subarray(4), into.length, at));
        verified(into, stored, at);
      },
    },
    {
      unpack: (stored, into, at) => {
        into.set(stored.subarray(4));
        verified(into, stored, at);
      },
    },
  ];
}

function unsnapped(file: ImageFile, stored: Uint8Array, length: number, at: number): Uint8Array {
  try {
    const bytes = snappyLibrary().uncompressSync(stored, { asBuffer: true }) as Buffer;
    if (bytes.length === length) return bytes;
  } catch {
    // Said below, with the place.
  }
  throw corruptRecord(file, at, 'has a Snappy chunk that does not unpack');
}

/** Checksum of Snappy's framing: CRC-32C, rotated and offset so that a checksum of checksums is not degenerate. */
async function crc32c(): Promise<(bytes: Uint8Array) => number> {
  const { createCRC32 } = await import('hash-wasm'); // when it is wanted: it is large
  const hasher = await createCRC32(CRC32C);
  return (bytes) => {
    const plain = parseInt(hasher.init().update(bytes).digest('hex'), 16);
    return (((plain >>> 15) | (plain << 17)) + 0xa282ead8) >>> 0;
  };
}

/** The extents, with every gap before and between them as memory that may or may not exist. */
function* withGaps(extents: Iterable<Extent>): Generator<Extent, void> {
  let end = 0;
  for (const extent of extents) {
    if (extent.first > end) yield { first: end, count: extent.first - end, state: PAGE_HOLE_OR_ZERO };
    yield extent;
    end = extent.first + extent.count;
  }
}
