/**
 * Headers of ELF core files, 32 and 64 bit, either byte order (System V gABI, chapters 4 and 5; QEMU dump/dump.c).
 * QEMU puts file header, program headers and notes first and memory behind; nothing here relies on that order.
 */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import { Fields, hasText } from './number-fields.ts';

export interface ElfCore {
  /** e_machine: 62 x86-64, 3 i386, 183 arm64, 22 s390x. */
  readonly machine: number;
  /** e_flags: makedumpfile sets bit 0 in dumps that it could not finish. */
  readonly flags: number;
  readonly loads: readonly ElfLoad[];
  /** Owners of the notes: CORE, QEMU, VMCOREINFO, VBCORE, Xen. */
  readonly owners: ReadonlySet<string>;
}

/** One PT_LOAD. */
export interface ElfLoad {
  /** Offset of its header in the file. */
  readonly at: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** A program header as the file has it. */
interface Header extends ElfLoad {
  readonly type: number;
}

/** Offsets of fields: ELF64, ELF32. */
interface Shape {
  readonly headerBytes: number;
  readonly word: (fields: Fields, at: number) => number;
  readonly phoff: number;
  readonly shoff: number;
  readonly flags: number;
  readonly phentsize: number;
  readonly phnum: number;
  readonly sectionInfo: number;
  readonly entryBytes: number;
  readonly entry: readonly [offset: number, vaddr: number, paddr: number, filesz: number, memsz: number];
}

const WIDE: Shape = {
  headerBytes: 64,
  word: (fields, at) => fields.u64(at),
  phoff: 32,
  shoff: 40,
  flags: 48,
  phentsize: 54,
  phnum: 56,
  sectionInfo: 44,
  entryBytes: 56,
  entry: [8, 16, 24, 32, 40],
};
const NARROW: Shape = {
  headerBytes: 52,
  word: (fields, at) => fields.u32(at),
  phoff: 28,
  shoff: 32,
  flags: 36,
  phentsize: 42,
  phnum: 44,
  sectionInfo: 28,
  entryBytes: 32,
  entry: [4, 8, 12, 16, 20],
};

const CORE = 4;
const LOAD = 1;
const NOTE = 4;
/** e_phnum when there are more program headers than 16 bits hold: section 0 has the number. */
const MANY = 0xffff;
/** More ranges than any dumper writes; a file that claims more is made to exhaust memory. */
const HEADERS_MAX = 1_048_576;
/** Notes of 4096 CPUs have some 8 MiB. */
const NOTE_BYTES_MAX = 33_554_432;

export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && hasText(head, 1, 'ELF');
}

/** Throws OVB_IMAGE_CORRUPT, OVB_IMAGE_TRUNCATED, and OVB_IMAGE_FORMAT for ELF files that are no core. */
export function readElfCore(file: ImageFile): ElfCore {
  const ident = bytesAt(file, 0, 20);
  const shape = ident[4] === 2 ? WIDE : NARROW;
  if (ident[4] !== 1 && ident[4] !== 2) throw corruptElf(file, 4, `has class ${ident[4]}`);
  if (ident[5] !== 1 && ident[5] !== 2) throw corruptElf(file, 5, `has byte order ${ident[5]}`);
  const order = ident[5] === 1 ? 'little' : 'big';
  const fields = new Fields(bytesAt(file, 0, shape.headerBytes), order);
  if (fields.u16(16) !== CORE) throw notCore(file, fields.u16(16));
  const headers = programHeaders(file, fields, shape, order);
  const notes = headers.filter(({ type }) => type === NOTE);
  return {
    machine: fields.u16(18),
    flags: fields.u32(shape.flags),
    loads: headers.filter(({ type }) => type === LOAD),
    owners: new Set(notes.flatMap((note) => noteOwners(file, note, order))),
  };
}

function programHeaders(file: ImageFile, fields: Fields, shape: Shape, order: 'little' | 'big'): Header[] {
  const start = shape.word(fields, shape.phoff);
  const entryBytes = fields.u16(shape.phentsize);
  const count = headerCount(file, fields, shape, order);
  if (count === 0) return [];
  if (entryBytes !== shape.entryBytes)
    throw corruptElf(file, shape.phentsize, `has program headers of ${entryBytes} bytes`);
  if (count > HEADERS_MAX) throw corruptElf(file, shape.phnum, `claims ${count} program headers`);
  const table = new Fields(bytesAt(file, start, count * entryBytes), order);
  return Array.from({ length: count }, (_, index): Header => {
    const base = index * entryBytes;
    const [offset, vaddr, paddr, filesz, memsz] = shape.entry;
    return {
      at: start + base,
      type: table.u32(base),
      offset: shape.word(table, base + offset),
      virtualAddress: shape.word(table, base + vaddr),
      physicalAddress: shape.word(table, base + paddr),
      fileBytes: shape.word(table, base + filesz),
      memoryBytes: shape.word(table, base + memsz),
    };
  });
}

function headerCount(file: ImageFile, fields: Fields, shape: Shape, order: 'little' | 'big'): number {
  const count = fields.u16(shape.phnum);
  if (count !== MANY) return count;
  const section = shape.word(fields, shape.shoff);
  return new Fields(bytesAt(file, section, shape.sectionInfo + 4), order).u32(shape.sectionInfo);
}

function noteOwners(file: ImageFile, { at, offset, fileBytes }: Header, order: 'little' | 'big'): string[] {
  if (fileBytes > NOTE_BYTES_MAX) throw corruptElf(file, at, `claims ${fileBytes} bytes of notes`);
  return ownersOf(bytesAt(file, offset, fileBytes), order);
}

/** Names in a run of ELF notes, as far as they parse: they only tell who wrote the dump. */
export function ownersOf(bytes: Uint8Array, order: 'little' | 'big'): string[] {
  const owners: string[] = [];
  const fields = new Fields(bytes, order);
  for (let at = 0; at + 12 <= bytes.length;) {
    const nameBytes = fields.u32(at);
    const contentBytes = fields.u32(at + 4);
    if (nameBytes > 64 || at + 12 + nameBytes > bytes.length) break;
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + at + 12, nameBytes).toString('latin1');
    owners.push(name.replace(/\0+$/, ''));
    at += 12 + roundedUp(nameBytes) + roundedUp(contentBytes);
  }
  return owners;
}

function roundedUp(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function corruptElf(file: ImageFile, at: number, what: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `this ELF file ${what}`,
    MEND_DAMAGED,
  );
}

const TYPES: Readonly<Record<number, string>> = { 1: 'an object file', 2: 'a program', 3: 'a shared object' };

function notCore(file: ImageFile, type: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    placeOf(file.name, 16),
    `is ${TYPES[type] ?? `an ELF file of type ${type}`}, not a memory image`,
    'Give a core of a whole machine, as `virsh dump --memory-only` writes it.',
  );
}
