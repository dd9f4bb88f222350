/**
 * Writes small images of every format that is read, from their published layouts and not from the readers, so that
 * tests can have any layout and fuzzers any lie. Real tools' files are in test/samples.
 */
import { deflateSync } from 'node:zlib';
import { compressSync } from 'snappy';

export const PAGE = 4096;

/** Numbers and texts at places, in one byte order. */
export class Layout {
  readonly bytes: Buffer;
  readonly #order: 'little' | 'big';

  constructor(length: number, order: 'little' | 'big' = 'little') {
    this.bytes = Buffer.alloc(length);
    this.#order = order;
  }

  u16(at: number, value: number): this {
    if (this.#order === 'little') this.bytes.writeUInt16LE(value, at);
    else this.bytes.writeUInt16BE(value, at);
    return this;
  }

  u32(at: number, value: number): this {
    if (this.#order === 'little') this.bytes.writeUInt32LE(value, at);
    else this.bytes.writeUInt32BE(value, at);
    return this;
  }

  u64(at: number, value: number | bigint): this {
    const wide = BigInt.asUintN(64, BigInt(value));
    if (this.#order === 'little') this.bytes.writeBigUInt64LE(wide, at);
    else this.bytes.writeBigUInt64BE(wide, at);
    return this;
  }

  text(at: number, value: string): this {
    this.bytes.write(value, at, 'latin1');
    return this;
  }
}

export interface Range {
  readonly start: number;
  readonly bytes: Uint8Array;
}

export function limeFile(ranges: readonly Range[]): Buffer {
  return Buffer.concat(ranges.flatMap(({ start, bytes }) => [recordHeader(1, start, bytes.length), bytes]));
}

function recordHeader(version: 1 | 2, start: number, length: number): Buffer {
  return new Layout(32)
    .text(0, version === 1 ? 'EMiL' : 'AVML')
    .u32(4, version)
    .u64(8, start)
    .u64(16, start + length - 1).bytes;
}

/** The header of a record and nothing behind it, as AVML 0.17 writes a block of zeros. */
export function bareRecord(version: 1 | 2, start: number, length: number): Buffer {
  return recordHeader(version, start, length);
}

/** Records in the order given; `chunkBytes` is how much memory a Snappy chunk holds. */
export function avmlFile(
  ranges: readonly (Range & { readonly version?: 1 | 2 })[],
  chunkBytes = 65_536,
): Buffer {
  return Buffer.concat(
    ranges.flatMap(({ start, bytes, version = 2 }) => {
      const header = recordHeader(version, start, bytes.length);
      if (version === 1) return [header, bytes];
      const stream = framedSnappy(bytes, chunkBytes);
      return [header, stream, new Layout(8).u64(0, stream.length).bytes];
    }),
  );
}

/** Snappy's framing format: a stream identifier, then chunks with checksums; what does not shrink is stored plain. */
export function framedSnappy(bytes: Uint8Array, chunkBytes = 65_536): Buffer {
  const chunks: Buffer[] = [Buffer.from('ff060000734e61507059', 'hex')];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const plain = bytes.subarray(at, at + chunkBytes);
    const packed = compressSync(plain);
    const isPacked = packed.length < plain.length * 0.875;
    const body = isPacked ? packed : plain;
    chunks.push(
      new Layout(8).u32(0, (isPacked ? 0 : 1) + (body.length + 4) * 256).u32(4, maskedCrc32c(plain)).bytes,
    );
    chunks.push(Buffer.from(body));
  }
  return Buffer.concat(chunks);
}

/** CRC-32C bit by bit, then Snappy's mask. */
export function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

export interface Load {
  readonly paddr: number;
  readonly vaddr?: number;
  /** In the file; none for a range that was filtered out. */
  readonly bytes?: Uint8Array;
  readonly memoryBytes?: number;
  /** Offset of another load's bytes instead of own ones. */
  readonly sameAs?: number;
}

export interface ElfShape {
  readonly loads: readonly Load[];
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  readonly machine?: number;
  readonly type?: number;
  readonly flags?: number;
  /** Owners of notes. */
  readonly notes?: readonly string[];
  /** Writes the number of headers into section 0, as dumps of more than 65534 ranges have it. */
  readonly countInSection?: boolean;
}

export function elfFile(shape: ElfShape): Buffer {
  const {
    loads,
    bits = 64,
    order = 'little',
    machine = 62,
    type = 4,
    flags = 0,
    notes = ['CORE', 'QEMU'],
  } = shape;
  const wide = bits === 64;
  const [headerBytes, entryBytes] = wide ? [64, 56] : [52, 32];
  const section = shape.countInSection === true ? 64 : 0;
  const note = Buffer.concat(notes.map((name) => elfNote(name, order)));
  const notesAt = headerBytes + section + entryBytes * (loads.length + 1);
  const offsets = placesOf(loads, notesAt + note.length);
  const head = new Layout(notesAt, order).text(0, '\x7fELF');
  head.bytes[4] = wide ? 2 : 1;
  head.bytes[5] = order === 'little' ? 1 : 2;
  head.bytes[6] = 1;
  const word = (at: number, value: number | bigint): Layout =>
    wide ? head.u64(at, value) : head.u32(at, Number(BigInt.asUintN(32, BigInt(value))));
  head.u16(16, type).u16(18, machine).u32(20, 1);
  const count = section > 0 ? 0xffff : loads.length + 1;
  word(wide ? 32 : 28, headerBytes + section);
  word(wide ? 40 : 32, section > 0 ? headerBytes : 0);
  head
    .u32(wide ? 48 : 36, flags)
    .u16(wide ? 54 : 42, entryBytes)
    .u16(wide ? 56 : 44, count);
  if (section > 0) head.u32(headerBytes + (wide ? 44 : 28), loads.length + 1);
  const entry = (index: number, values: readonly (number | bigint)[], kind: number): void => {
    const base = headerBytes + section + index * entryBytes;
    head.u32(base, kind);
    (wide ? [8, 16, 24, 32, 40] : [4, 8, 12, 16, 20]).forEach((at, i) => word(base + at, values[i]!));
  };
  entry(0, [notesAt, 0, 0, note.length, note.length], 4);
  loads.forEach(({ paddr, vaddr = 0, bytes, memoryBytes }, index) => {
    const fileBytes = bytes?.length ?? 0;
    entry(index + 1, [offsets[index]!, vaddr, paddr, fileBytes, memoryBytes ?? fileBytes], 1);
  });
  return Buffer.concat([
    head.bytes,
    note,
    ...loads.flatMap((load) => (load.sameAs === undefined ? (load.bytes ?? []) : [])),
  ]);
}

function placesOf(loads: readonly Load[], from: number): (number | bigint)[] {
  const places: (number | bigint)[] = [];
  let at = from;
  for (const { bytes, sameAs } of loads) {
    if (sameAs !== undefined) places.push(places[sameAs]!);
    else if (bytes === undefined) places.push(0xffff_ffff_ffff_ffffn);
    else {
      places.push(at);
      at += bytes.length;
    }
  }
  return places;
}

export function elfNote(name: string, order: 'little' | 'big', content = Buffer.alloc(8)): Buffer {
  const padded = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  padded.write(name);
  return Buffer.concat([
    new Layout(12, order)
      .u32(0, name.length + 1)
      .u32(4, content.length)
      .u32(8, 1).bytes,
    padded,
    content,
  ]);
}

/** What a kdump holds of a page: its bytes, or that it was left out, or that its bytes were lost. */
export type KdumpPage = Uint8Array | 'excluded' | 'lost';
export type KdumpMethod = 'plain' | 'zlib' | 'snappy' | 'zstd' | 'lzo';

export interface KdumpShape {
  /** By page number of the guest, in units of blockBytes. */
  readonly pages: ReadonlyMap<number, KdumpPage>;
  readonly method?: KdumpMethod;
  /** Packs a page by zstd; nothing here can. */
  readonly zstd?: (page: Uint8Array) => Uint8Array;
  readonly order?: 'little' | 'big';
  readonly bits?: 32 | 64;
  readonly blockBytes?: number;
  readonly blocks?: number;
  readonly dumpLevel?: number;
  readonly status?: number;
  readonly split?: number;
  readonly qemu?: boolean;
}

const METHOD_FLAGS: Readonly<Record<KdumpMethod, number>> = {
  plain: 0,
  zlib: 1,
  lzo: 2,
  snappy: 4,
  zstd: 0x20,
};

export function kdumpFile(shape: KdumpShape): Buffer {
  const { pages, method = 'zlib', order = 'little', bits = 64, blockBytes = PAGE, qemu = true } = shape;
  const numbers = [...pages.keys()].sort((a, b) => a - b);
  const blocks = shape.blocks ?? Math.max(...numbers) + 1;
  const half = Math.ceil(blocks / 8 / blockBytes) * blockBytes;
  const bitmaps = Buffer.alloc(half * 2);
  for (const page of numbers) {
    bitmaps[page >>> 3]! |= 1 << (page & 7);
    if (pages.get(page) !== 'excluded') bitmaps[half + (page >>> 3)]! |= 1 << (page & 7);
  }
  const dumped = numbers.filter((page) => pages.get(page) !== 'excluded');
  const note = qemu ? elfNote('QEMU', order) : Buffer.alloc(0);
  const head = kdumpHeaders(shape, { order, bits, blockBytes, blocks, half, qemu, noteBytes: note.length });
  note.copy(head, blockBytes * 2);
  const table = new Layout(dumped.length * 24, order);
  const bodies: Uint8Array[] = [];
  let at = head.length + bitmaps.length + table.bytes.length;
  let zeroAt: number | undefined;
  dumped.forEach((number, index) => {
    const page = pages.get(number)!;
    if (typeof page === 'string') return;
    const isZero = page.every((byte) => byte === 0);
    const packed = isZero ? page : packedPage(page, method, shape.zstd);
    const stored = packed !== undefined && packed.length < page.length ? packed : page;
    table.u64(index * 24, isZero && zeroAt !== undefined ? zeroAt : at);
    table.u32(index * 24 + 8, stored.length).u32(index * 24 + 12, stored === page ? 0 : METHOD_FLAGS[method]);
    if (isZero && zeroAt !== undefined) return;
    if (isZero) zeroAt = at;
    bodies.push(stored);
    at += stored.length;
  });
  return Buffer.concat([head, bitmaps, table.bytes, ...bodies]);
}

/** An lzo page is no real one: it is refused before it would be unpacked. */
function packedPage(
  page: Uint8Array,
  method: KdumpMethod,
  zstd?: (page: Uint8Array) => Uint8Array,
): Uint8Array | undefined {
  if (method === 'zlib' || method === 'lzo') return deflateSync(page, { level: 1 });
  if (method === 'snappy') return compressSync(page);
  return method === 'zstd' ? zstd?.(page) : undefined;
}

interface KdumpNumbers {
  readonly order: 'little' | 'big';
  readonly bits: 32 | 64;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly half: number;
  readonly qemu: boolean;
  readonly noteBytes: number;
}

/** Header, sub header and a block for notes. */
function kdumpHeaders(shape: KdumpShape, numbers: KdumpNumbers): Buffer {
  const { order, bits, blockBytes, blocks, half, qemu, noteBytes } = numbers;
  const wide = bits === 64;
  const head = new Layout(blockBytes * 3, order).text(0, 'KDUMP   ').u32(8, 6);
  head.text(12 + 4 * 65, wide ? 'x86_64' : 'i686');
  if (!qemu) head.text(12, 'Linux');
  const status = wide ? 424 : 412;
  head
    .u32(status, shape.status ?? 1)
    .u32(status + 4, blockBytes)
    .u32(status + 8, 2);
  head.u32(status + 12, (half * 2) / blockBytes).u32(status + 16, blocks);
  const sub = blockBytes;
  head.u32(sub + (wide ? 8 : 4), shape.dumpLevel ?? 1).u32(sub + (wide ? 12 : 8), shape.split ?? 0);
  if (wide)
    head
      .u64(sub + 48, noteBytes === 0 ? 0 : blockBytes * 2)
      .u64(sub + 56, noteBytes)
      .u64(sub + 96, blocks);
  return head.bytes;
}

/** The flattened form of a file: records of `recordBytes`, in the order that `order` makes of their numbers. */
export function flattened(
  file: Uint8Array,
  recordBytes: number,
  order: (count: number) => readonly number[],
): Buffer {
  const count = Math.ceil(file.length / recordBytes);
  const header = new Layout(PAGE, 'big').text(0, 'makedumpfile').u64(16, 1).u64(24, 1).bytes;
  const records = order(count).flatMap((index) => {
    const bytes = file.subarray(index * recordBytes, (index + 1) * recordBytes);
    return [flatRecord(index * recordBytes, bytes.length), bytes];
  });
  return Buffer.concat([header, ...records, flatRecord(-1, -1)]);
}

export function flatRecord(offset: number, size: number): Buffer {
  return new Layout(16, 'big').u64(0, offset).u64(8, size).bytes;
}

/** The memory in a VMware state file: its bytes, and how many they are unpacked. */
export interface VmssMemory {
  readonly bytes: Uint8Array;
  readonly unpackedBytes?: number;
  readonly padding?: number;
}

/** A VMware state file with one group of tags; with `memory` it holds that itself, and no .vmem stands beside it. */
export function vmssFile(
  regions: readonly (readonly [first: number, filePage: number, count: number])[],
  memory?: VmssMemory,
): Buffer {
  const tags = [
    ...(memory === undefined ? [] : [block('Memory', memory)]),
    tag('regionsCount', [], regions.length),
    ...regions.flatMap(([first, filePage, count], index) => [
      tag('regionPageNum', [index], filePage),
      tag('regionPPN', [index], first),
      tag('regionSize', [index], count),
    ]),
    Buffer.alloc(2),
  ];
  const group = new Layout(80)
    .text(0, 'memory')
    .u64(64, 12 + 80)
    .u64(72, Buffer.concat(tags).length);
  return Buffer.concat([new Layout(12).u32(0, 0xbed2bed2).u32(4, 8).u32(8, 1).bytes, group.bytes, ...tags]);
}

function block(name: string, { bytes, unpackedBytes = bytes.length, padding = 3 }: VmssMemory): Buffer {
  const head = new Layout(2 + name.length + 18 + padding);
  head.bytes[0] = unpackedBytes === bytes.length ? 63 : 62;
  head.bytes[1] = name.length;
  head
    .text(2, name)
    .u64(2 + name.length, bytes.length)
    .u64(10 + name.length, unpackedBytes);
  head.u16(18 + name.length, padding);
  return Buffer.concat([head.bytes, bytes]);
}

function tag(name: string, indices: readonly number[], value: number): Buffer {
  const bytes = new Layout(2 + name.length + indices.length * 4 + 4);
  bytes.bytes[0] = indices.length * 64 + 4;
  bytes.bytes[1] = name.length;
  bytes.text(2, name);
  indices.forEach((index, at) => bytes.u32(2 + name.length + at * 4, index));
  return bytes.u32(2 + name.length + indices.length * 4, value).bytes;
}
