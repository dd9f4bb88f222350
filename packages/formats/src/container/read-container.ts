/**
 * Reads the shared container front to back. A section is handed out only after its checksum held and it unpacked to
 * exactly the size it declared; the caller must run the generator to its end, which checks the chain over all sections.
 */
import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import type { FileId, Section } from './format.ts';
import {
  CHECKSUM_BYTES,
  CODING_BROTLI,
  CODING_STORED,
  END_TAG,
  HEADER_BYTES,
  NEWEST_VERSION,
  SECTION_BYTES_MAX,
  SECTION_HEADER_BYTES,
  magicOf,
  plausibleBytes,
} from './format.ts';
import { corrupt, tooLarge, tooManyPages, wrongFormat, wrongVersion } from '../messages.ts';

/** What a reader may spend on a file it does not trust. */
export interface ReadLimits {
  /** Sum of unpacked sections, in bytes. By default 256 times the file, at least 16 MiB and at most 1 GiB. */
  readonly maxUnpackedBytes?: number;
  /**
   * Pages that a trace or recording may declare; 2^24 (64 GiB) by default. A few bytes can declare many, and whoever
   * uses the file will make arrays of that size.
   */
  readonly maxPages?: number;
}

const PAGES_ALLOWED = 16_777_216; // 2^24

/** Throws OVB_…_TOO_LARGE when a file declares more pages than the caller allows. */
export function checkPages(id: FileId, pages: number, limits: ReadLimits = {}): void {
  const allowed = limits.maxPages ?? PAGES_ALLOWED;
  if (pages > allowed) throw tooManyPages(id, pages, allowed);
}

interface RawSection {
  readonly tag: string;
  readonly coding: number;
  readonly payload: Uint8Array;
  readonly unpackedBytes: number;
  readonly checksum: Uint8Array;
  readonly next: number;
}

/** Yields the sections before END. Throws OVB_…_FORMAT, _VERSION, _CORRUPT or _TOO_LARGE, never anything else. */
export function* readSections(
  source: ByteSource,
  id: FileId,
  limits: ReadLimits = {},
): Generator<Section, void> {
  const allowed = limits.maxUnpackedBytes ?? plausibleBytes(source.size);
  const chain = createHash('sha256').update(readHeader(source, id));
  let offset = HEADER_BYTES;
  let unpackedBytes = 0;
  for (;;) {
    const raw = readRaw(source, id, offset);
    if (raw.tag === END_TAG) return checkEnd(source, id, offset, raw, chain);
    chain.update(raw.checksum);
    unpackedBytes += raw.unpackedBytes;
    if (unpackedBytes > allowed) throw tooLarge(id, offset, unpackedBytes, allowed);
    yield lazySection(id, offset, raw);
    offset = raw.next;
  }
}

/** Unpacked when its bytes are asked for: a reader that wants one section pays for one. */
function lazySection(id: FileId, offset: number, raw: RawSection): Section {
  let bytes: Uint8Array | undefined;
  return {
    tag: raw.tag,
    offset,
    get bytes() {
      bytes ??= unpack(id, offset, raw);
      return bytes;
    },
  };
}

/** Version of the format that a file of ours declares. Throws as readSections does. */
export function formatVersion(source: ByteSource, id: FileId): number {
  return versionIn(readHeader(source, id));
}

function versionIn(header: Uint8Array): number {
  return header[8]! | (header[9]! << 8);
}

/** True when the bytes begin like one of our files of this kind. */
export function looksLike(bytes: Uint8Array, kind: FileId['kind']): boolean {
  return magicOf(kind).every((byte, index) => bytes[index] === byte);
}

function readHeader(source: ByteSource, id: FileId): Uint8Array {
  const header = source.read(0, HEADER_BYTES);
  if (!looksLike(header, id.kind)) throw wrongFormat(id, `does not begin as a ${id.kind} does`);
  if (header.length < HEADER_BYTES) throw corrupt(id, header.length, 'the file ends inside its header');
  const version = versionIn(header);
  const newest = NEWEST_VERSION[id.kind];
  if (version < 1 || version > newest) throw wrongVersion(id, version, newest);
  if (header.subarray(10).some((byte) => byte !== 0))
    throw corrupt(id, 10, 'reserved bytes of the header are not zero');
  return header;
}

function readRaw(source: ByteSource, id: FileId, offset: number): RawSection {
  const header = source.read(offset, SECTION_HEADER_BYTES);
  if (header.length < SECTION_HEADER_BYTES)
    throw corrupt(id, source.size, 'the file ends before its END section');
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const tag = String.fromCharCode(...header.subarray(0, 4));
  const packedBytes = view.getUint32(8, true);
  const unpackedBytes = view.getUint32(12, true);
  if (unpackedBytes > SECTION_BYTES_MAX || packedBytes > unpackedBytes) {
    throw corrupt(id, offset, `a section declares ${packedBytes} packed and ${unpackedBytes} unpacked bytes`);
  }
  const end = offset + SECTION_HEADER_BYTES + packedBytes;
  const next = end + CHECKSUM_BYTES;
  if (next > source.size)
    throw corrupt(id, source.size, `the file ends inside the section at 0x${offset.toString(16)}`);
  const payload = source.read(offset + SECTION_HEADER_BYTES, packedBytes);
  const checksum = source.read(end, CHECKSUM_BYTES);
  const found = createHash('sha256').update(header).update(payload).digest();
  if (!found.equals(checksum)) throw corrupt(id, offset, 'a section does not match its checksum');
  if (header[5] !== 0 || header[6] !== 0 || header[7] !== 0)
    throw corrupt(id, offset, 'reserved bytes of a section are not zero');
  return { tag, coding: header[4]!, payload, unpackedBytes, checksum, next };
}

function unpack(id: FileId, offset: number, raw: RawSection): Uint8Array {
  if (raw.coding === CODING_STORED) {
    if (raw.payload.length === raw.unpackedBytes) return raw.payload;
    throw corrupt(id, offset, 'a stored section declares two different sizes');
  }
  if (raw.coding !== CODING_BROTLI) throw corrupt(id, offset, `unknown coding ${raw.coding}`);
  const bytes = inflate(id, offset, raw);
  if (bytes.length !== raw.unpackedBytes) {
    throw corrupt(
      id,
      offset,
      `a section unpacks to ${bytes.length} bytes, but declares ${raw.unpackedBytes}`,
    );
  }
  return bytes;
}

function inflate(id: FileId, offset: number, raw: RawSection): Uint8Array {
  try {
    return brotliDecompressSync(raw.payload, { maxOutputLength: Math.max(1, raw.unpackedBytes) });
  } catch (cause) {
    throw corrupt(id, offset, 'a section does not unpack to the size it declares', cause);
  }
}

function checkEnd(source: ByteSource, id: FileId, offset: number, raw: RawSection, chain: Hash): void {
  if (raw.coding !== CODING_STORED || !chain.digest().equals(raw.payload)) {
    throw corrupt(id, offset, 'the sections are not the ones that were written');
  }
  if (raw.next !== source.size) throw corrupt(id, raw.next, `${source.size - raw.next} bytes follow the end`);
}
