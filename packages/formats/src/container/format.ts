/**
 * The container that all of our binary files share: a 16-byte header, then sections, each with its own checksum,
 * then an END section whose checksum chains all the others. Written front to back, read front to back, so neither
 * side needs more memory than one section. Layout byte by byte: docs/formats/container.md.
 */

/** What a file holds; decides the letter in the magic number and the prefix of error codes. */
export type FileKind = 'digest' | 'trace' | 'recording';

/** The file an error is about: what it should be, and how the user named it. */
export interface FileId {
  readonly kind: FileKind;
  /** Path or label, printed in front of the offset. */
  readonly name: string;
}

/** One section, unpacked and verified. */
export interface Section {
  /** Four ASCII capitals. */
  readonly tag: string;
  /** Where its header starts in the file, in bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Newest version of each kind of file. A reader takes this and all older ones, and refuses newer ones. A writer takes
 * the oldest that can say what it has to say: equal data, equal bytes, whichever program wrote them.
 */
export const NEWEST_VERSION: Readonly<Record<FileKind, number>> = { digest: 1, trace: 1, recording: 2 };
export const HEADER_BYTES = 16;
export const SECTION_HEADER_BYTES = 16;
/** SHA-256. */
export const CHECKSUM_BYTES = 32;
/** A section must not unpack to more: chosen so that a reader's buffer stays small beside the data it returns. */
export const SECTION_BYTES_MAX = 67_108_864; // 64 MiB
/** What a file may always unpack to, however small it is. */
const UNPACKED_BYTES_FREE = 16_777_216; // 16 MiB
/** Real traces, recordings and digests unpack to 2 to 10 times their size; chosen with room for very regular ones. */
const UNPACKED_RATIO_MAX = 256;
const UNPACKED_BYTES_MAX = 1_073_741_824; // 1 GiB

/**
 * What a packed file of this size may unpack to unless the caller allows more: bounds what a small hostile file can
 * cost, since readers spend up to 20 bytes on each unpacked byte.
 */
export function plausibleBytes(packedBytes: number): number {
  return Math.min(UNPACKED_BYTES_MAX, Math.max(UNPACKED_BYTES_FREE, packedBytes * UNPACKED_RATIO_MAX));
}

/** Pages in any of our files: 1 TiB, what a pmap entry's 28-bit payload can name. */
export const PAGES_MAX = 268_435_456; // 2^28

export const CODING_STORED = 0;
export const CODING_BROTLI = 1;
export const END_TAG = 'END ';

const LETTERS: Readonly<Record<FileKind, string>> = { digest: 'D', trace: 'T', recording: 'R' };

/** The first eight bytes of a file: like PNG's they show a transfer that stripped bit 7 or changed line ends. */
export function magicOf(kind: FileKind): Uint8Array {
  return Uint8Array.of(0x89, 0x4f, 0x56, LETTERS[kind].charCodeAt(0), 0x0d, 0x0a, 0x1a, 0x0a);
}
