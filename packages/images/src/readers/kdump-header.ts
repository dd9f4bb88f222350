/**
 * Headers of kdump-compressed dumps: makedumpfile's diskdump_mod.h and crash's diskdump.h (structs disk_dump_header and
 * kdump_sub_header); QEMU include/sysemu/dump.h. Field places depend on the word size of the machine that was dumped.
 */
import { OverbookError, PAGE_BYTES } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import { ownersOf } from './elf-header.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import { Fields, hasText } from './number-fields.ts';

export interface KdumpHeader {
  readonly order: 'little' | 'big';
  /** Bytes of a page of the guest, and of a block of the file. */
  readonly blockBytes: number;
  /** STATUS_ bits. */
  readonly status: number;
  /** What makedumpfile was told to leave out: 1 zero pages, 2, 4 caches, 8 user data, 16 free pages. */
  readonly dumpLevel: number;
  /** Guest pages (of blockBytes) that the bitmaps cover. */
  readonly blocks: number;
  /** Where each bitmap begins: pages that exist, pages that are in the dump. */
  readonly existing: number;
  readonly dumped: number;
  readonly descriptors: number;
  /** utsname.machine. */
  readonly machine: string;
  readonly isQemu: boolean;
}

export const STATUS_LZO = 2;
export const STATUS_INCOMPLETE = 8;

const HEADER_BYTES = 464;
/** Offset of status; block_size and the others follow. */
const WIDE_STATUS = 424;
const NARROW_STATUS = 412;
const MACHINE_AT = 12 + 4 * 65;
const BLOCKS_MAX = 2 ** 31;
const NOTE_BYTES_MAX = 33_554_432;

export function isKdump(head: Uint8Array): boolean {
  return hasText(head, 0, 'KDUMP   ');
}

/** Throws OVB_IMAGE_CORRUPT and OVB_IMAGE_TRUNCATED; OVB_IMAGE_FORMAT for parts of a dump. */
export function readKdumpHeader(file: ImageFile): KdumpHeader {
  const bytes = bytesAt(file, 0, HEADER_BYTES);
  const order = new Fields(bytes).u32(8) < 0x100 ? 'little' : 'big';
  const fields = new Fields(bytes, order);
  const version = fields.i32(8);
  if (version < 1 || version > 0xff) throw corruptKdump(file, 8, `has version ${version}`);
  const isWide = isPlausibleAt(fields, WIDE_STATUS) || !isPlausibleAt(fields, NARROW_STATUS);
  const at = isWide ? WIDE_STATUS : NARROW_STATUS;
  const blockBytes = fields.u32(at + 4);
  if (!plausibleBlock(blockBytes)) throw corruptKdump(file, at + 4, `has blocks of ${blockBytes} bytes`);
  const subBlocks = fields.u32(at + 8);
  const bitmapBlocks = fields.u32(at + 12);
  const sub = new Fields(bytesAt(file, blockBytes, 104), order);
  const blocks = blockCount(file, { fields, sub, version, isWide, maxAt: at + 16 });
  const existing = (1 + subBlocks) * blockBytes;
  const half = Math.floor((bitmapBlocks * blockBytes) / 2);
  if (half * 8 < blocks)
    throw corruptKdump(file, at + 12, `has bitmaps for only ${half * 8} of ${blocks} pages`);
  if (sub.i32(isWide ? 12 : 8) !== 0) throw splitDump(file, blockBytes + (isWide ? 12 : 8));
  return {
    order,
    blockBytes,
    status: fields.u32(at),
    dumpLevel: sub.i32(isWide ? 8 : 4),
    blocks,
    existing,
    dumped: existing + half,
    descriptors: (1 + subBlocks + bitmapBlocks) * blockBytes,
    machine: textAt(bytes, MACHINE_AT),
    isQemu: isQemu(file, bytes, sub, isWide, version),
  };
}

interface CountSource {
  readonly fields: Fields;
  readonly sub: Fields;
  readonly version: number;
  readonly isWide: boolean;
  readonly maxAt: number;
}

/** max_mapnr has 32 bits in the first header; version 6 put one of 64 into the second. */
function blockCount(file: ImageFile, { fields, sub, version, isWide, maxAt }: CountSource): number {
  const blocks = version >= 6 && isWide ? sub.u64(96) : fields.u32(maxAt);
  if (blocks >= 1 && blocks <= BLOCKS_MAX) return blocks;
  throw corruptKdump(file, maxAt, `claims ${blocks} pages`);
}

/** QEMU's notes say so; where there are none, its header does: it fills in the machine and no other name. */
function isQemu(file: ImageFile, header: Uint8Array, sub: Fields, isWide: boolean, version: number): boolean {
  if (isWide && version >= 4) {
    const [offset, size] = [sub.u64(48), sub.u64(56)];
    if (size > 0 && size <= NOTE_BYTES_MAX && offset + size <= file.size)
      return ownersOf(bytesAt(file, offset, size), 'little').includes('QEMU');
  }
  return textAt(header, 12) === '' && textAt(header, MACHINE_AT) !== '';
}

/** Block size, and blocks of sub header and bitmaps. Where the other layout has them, this one has a time or zeros. */
function isPlausibleAt(fields: Fields, status: number): boolean {
  return plausibleBlock(fields.u32(status + 4)) && fields.u32(status + 8) > 0 && fields.u32(status + 12) > 0;
}

function plausibleBlock(bytes: number): boolean {
  return bytes >= PAGE_BYTES && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;
}

function textAt(bytes: Uint8Array, at: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, 65).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

export function corruptKdump(file: ImageFile, at: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `this kdump-compressed dump ${what}`,
    MEND_DAMAGED,
  );
}

function splitDump(file: ImageFile, at: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, at),
    'is one part of a dump that makedumpfile split',
    'Join the parts with `makedumpfile --reassemble PART… WHOLE`, then give WHOLE.',
  );
}
