/**
 * Reads what the agent in a guest sent just before its image was taken (format OBPI1, plain or .br): a line, then
 * sections `S name bytes\n` + bytes, then `E\n`. Only /proc/kpageflags is used here. The flags and the image are not
 * of one instant: a second copy (`kpageflags2`), read after sending, shows how far they had drifted.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { OverbookError } from '@overbook/core/units';
import { plausibleBytes } from '../container/format.ts';
import { placeOf, unreadable } from '../messages.ts';
import { roleOf } from './kpageflags.ts';

const MAGIC = 'OBPI1\n';
const SECTION_LINE_BYTES_MAX = 128;

export interface PageFlags {
  /** One role byte per page frame from frame 0. */
  readonly role: Uint8Array;
  /** Frames whose flags had changed when they were read again. */
  readonly driftedPages: number;
}

/**
 * Roles of the first `pages` frames. Throws OVB_ROLES_CORRUPT with file and offset, also when the file covers fewer
 * frames, or OVB_FILE_UNREADABLE.
 */
export function readPageFlags(path: string, pages: number): PageFlags {
  return parsePageFlags(unpackedBytes(path), path, pages);
}

/** The same from unpacked bytes; `file` is what errors call it. */
export function parsePageFlags(bytes: Uint8Array, file: string, pages: number): PageFlags {
  const sections = sectionsOf(bytes, file);
  const flags = wordsOf(sections, 'kpageflags', file, pages);
  const role = new Uint8Array(pages);
  for (let page = 0; page < pages; page++)
    role[page] = roleOf(flags.getUint32(page * 8, true), flags.getUint32(page * 8 + 4, true));
  return {
    role,
    driftedPages: sections.has('kpageflags2')
      ? drift(flags, wordsOf(sections, 'kpageflags2', file, pages), pages)
      : 0,
  };
}

function drift(first: DataView, second: DataView, pages: number): number {
  let drifted = 0;
  for (let at = 0; at < pages * 8; at += 8) {
    if (first.getBigUint64(at, true) !== second.getBigUint64(at, true)) drifted++;
  }
  return drifted;
}

function wordsOf(
  sections: ReadonlyMap<string, Uint8Array>,
  name: string,
  file: string,
  pages: number,
): DataView {
  const bytes = sections.get(name);
  if (bytes === undefined) throw corrupt(file, 0, `has no section ${name}`);
  if (bytes.length < pages * 8)
    throw corrupt(file, 0, `${name} covers ${Math.floor(bytes.length / 8)} of ${pages} pages`);
  return new DataView(bytes.buffer, bytes.byteOffset, pages * 8);
}

function sectionsOf(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  if (text(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw corrupt(file, 0, 'does not begin with OBPI1');
  const sections = new Map<string, Uint8Array>();
  let at = MAGIC.length;
  while (bytes[at] === 0x53) {
    const lineEnd = bytes.subarray(at, at + SECTION_LINE_BYTES_MAX).indexOf(10);
    const header = lineEnd < 0 ? null : /^S (\w+) (\d{1,12})$/.exec(text(bytes.subarray(at, at + lineEnd)));
    if (header === null) throw corrupt(file, at, 'a section has an invalid first line');
    const start = at + lineEnd + 1;
    const end = start + Number(header[2]);
    if (end > bytes.length) throw corrupt(file, bytes.length, `the file ends inside section ${header[1]}`);
    if (sections.has(header[1]!)) throw corrupt(file, at, `section ${header[1]} appears twice`);
    sections.set(header[1]!, bytes.subarray(start, end));
    at = end;
  }
  if (text(bytes.subarray(at)) !== 'E\n') throw corrupt(file, at, 'the end mark is missing');
  return sections;
}

function unpackedBytes(path: string): Uint8Array {
  let packed: Uint8Array;
  try {
    packed = readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!path.endsWith('.br')) return packed;
  const maxOutputLength = plausibleBytes(packed.length);
  try {
    return brotliDecompressSync(packed, { maxOutputLength });
  } catch (cause) {
    throw corrupt(path, 0, `does not unpack, or to more than ${maxOutputLength} bytes`, cause);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function corrupt(file: string, offset: number, what: string, cause?: unknown): OverbookError {
  return new OverbookError(
    'OVB_ROLES_CORRUPT',
    placeOf(file, offset),
    what,
    'Take the image and its page flags again.',
    cause,
  );
}
