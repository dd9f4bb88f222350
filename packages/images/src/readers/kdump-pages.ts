/**
 * Pages of a kdump-compressed dump. Two bitmaps say which pages exist and which are in the dump; each dumped page has a
 * descriptor of 24 bytes, in page order, so its place is the number of dumped pages before it.
 */
import { PAGE_BYTES } from '@overbook/core/units';
import type { ImageFile } from './image-file.ts';
import { bytesAt } from './image-file.ts';
import type { Extent } from './image-reader.ts';
import { PAGE_DATA, PAGE_EXCLUDED, PAGE_HOLE, PAGE_LOST, PAGE_ZERO } from '@overbook/formats';
import type { KdumpHeader } from './kdump-header.ts';
import { corruptKdump, STATUS_INCOMPLETE } from './kdump-header.ts';
import { Fields } from './number-fields.ts';
import type { PageUnpackers } from './page-unpackers.ts';

const DESCRIPTOR_BYTES = 24;
/** Bits of the bitmap per entry of the rank table. */
const RANK_BITS = 4096;
/** Compressed pages that lie one behind the other are read together, up to this much. */
const READ_BYTES_MAX = 1_048_576;
const ZEROS = new Uint8Array(65_536);

interface Descriptor {
  /** Offset of the descriptor. */
  readonly at: number;
  readonly offset: number;
  readonly size: number;
  readonly flags: number;
}

export class KdumpPages {
  readonly #file: ImageFile;
  readonly #header: KdumpHeader;
  readonly #unpack: PageUnpackers;
  readonly #existing: Uint8Array;
  readonly #dumped: Uint8Array;
  /** Dumped pages before each run of RANK_BITS. */
  readonly #ranks: Float64Array;
  /** 4 KiB pages in a page of the guest: 16 on machines with pages of 64 KiB. */
  readonly #perBlock: number;
  readonly #block: Uint8Array;
  #keptBlock = -1;
  #keptState = PAGE_DATA;
  /** The descriptor of a page of zeros: QEMU points all of them at one copy. */
  #zero: Descriptor | undefined;

  constructor(file: ImageFile, header: KdumpHeader, unpack: PageUnpackers) {
    this.#file = file;
    this.#header = header;
    this.#unpack = unpack;
    const bytes = Math.ceil(header.blocks / 8);
    this.#existing = bytesAt(file, header.existing, bytes);
    this.#dumped = bytesAt(file, header.dumped, bytes);
    this.#ranks = ranksOf(this.#dumped, header.blocks);
    this.#perBlock = header.blockBytes / PAGE_BYTES;
    this.#block = new Uint8Array(header.blockBytes);
    this.#checkDescriptors();
  }

  /** Runs of pages that are dumped, left out on purpose, or not there. */
  *extents(): Generator<Extent, void> {
    const { blocks } = this.#header;
    for (let block = 0; block < blocks;) {
      const state = this.#stateOf(block);
      const first = block;
      block = this.#endOfRun(block, state);
      if (state !== PAGE_HOLE)
        yield { first: first * this.#perBlock, count: (block - first) * this.#perBlock, state };
    }
  }

  read(first: number, count: number, into: Uint8Array, states: Uint8Array): void {
    if (this.#perBlock > 1) {
      this.#readParts(first, count, into, states);
      return;
    }
    const descriptors = this.#descriptors(first, count);
    for (let from = 0; from < count;) {
      const till = this.#endOfNeighbours(descriptors, from);
      const stored = this.#storedBytes(descriptors, from, till);
      for (let page = from; page < till; page++) {
        const one = into.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
        const { offset, size } = descriptors[page]!;
        const start = stored === undefined ? 0 : offset - descriptors[from]!.offset;
        states[page] = this.#unpackBlock(descriptors[page]!, stored?.subarray(start, start + size), one);
      }
      from = till;
    }
  }

  /** Pages of 64 KiB: the block that was unpacked last is kept for the next part of it. */
  #readParts(first: number, count: number, into: Uint8Array, states: Uint8Array): void {
    for (let page = 0; page < count; page++) {
      const block = Math.floor((first + page) / this.#perBlock);
      if (block !== this.#keptBlock) {
        this.#keptBlock = -1;
        const descriptors = this.#descriptors(block, 1);
        const stored = this.#storedBytes(descriptors, 0, 1);
        this.#keptState = this.#unpackBlock(descriptors[0]!, stored, this.#block);
        this.#keptBlock = block;
      }
      const part = ((first + page) % this.#perBlock) * PAGE_BYTES;
      into.set(this.#block.subarray(part, part + PAGE_BYTES), page * PAGE_BYTES);
      states[page] = this.#keptState;
    }
  }

  /** Writes a page and returns its state. */
  #unpackBlock(descriptor: Descriptor, stored: Uint8Array | undefined, into: Uint8Array): number {
    if (stored === undefined) return PAGE_LOST;
    if (this.#isKnownZero(descriptor)) {
      into.fill(0);
      return PAGE_ZERO;
    }
    this.#unpack.unpack(stored, descriptor.flags, into, descriptor.at);
    if (!isZero(into)) return PAGE_DATA;
    this.#zero = descriptor;
    return PAGE_ZERO;
  }

  /** The bytes of some neighbours; undefined when the first of them was lost. */
  #storedBytes(descriptors: readonly Descriptor[], from: number, till: number): Uint8Array | undefined {
    const first = descriptors[from]!;
    if (this.#isLost(first)) return undefined;
    if (till === from + 1 && this.#isKnownZero(first)) return ZEROS;
    const last = descriptors[till - 1]!;
    return bytesAt(this.#file, first.offset, last.offset + last.size - first.offset);
  }

  /** The same bytes unpacked by the same method, so surely zeros again. */
  #isKnownZero({ offset, size, flags }: Descriptor): boolean {
    const known = this.#zero;
    return known !== undefined && known.offset === offset && known.size === size && known.flags === flags;
  }

  /** One past the last page whose bytes follow directly on those before it. */
  #endOfNeighbours(descriptors: readonly Descriptor[], from: number): number {
    const { offset } = descriptors[from]!;
    let till = from + 1;
    while (till < descriptors.length) {
      const before = descriptors[till - 1]!;
      const one = descriptors[till]!;
      const isNext =
        one.offset === before.offset + before.size && !this.#isLost(one) && !this.#isLost(before);
      if (!isNext || one.offset + one.size - offset > READ_BYTES_MAX) break;
      till++;
    }
    return till;
  }

  /** A full disk leaves descriptors unwritten, and hypervisors have written size 0 (drgn #350). */
  #isLost({ offset, size }: Descriptor): boolean {
    if (offset === 0 || size === 0) return true;
    return (this.#header.status & STATUS_INCOMPLETE) !== 0 && offset + size > this.#file.size;
  }

  /** Descriptors of neighbouring dumped pages. */
  #descriptors(block: number, count: number): Descriptor[] {
    const { descriptors, order, blockBytes } = this.#header;
    const start = descriptors + this.#rank(block) * DESCRIPTOR_BYTES;
    const fields = new Fields(bytesAt(this.#file, start, count * DESCRIPTOR_BYTES), order);
    return Array.from({ length: count }, (_, index) => {
      const base = index * DESCRIPTOR_BYTES;
      const one = {
        at: start + base,
        offset: fields.i64(base),
        size: fields.u32(base + 8),
        flags: fields.u32(base + 12),
      };
      if (one.size > blockBytes || !Number.isSafeInteger(one.offset) || one.offset < 0)
        throw corruptKdump(this.#file, one.at, `has a page of ${one.size} bytes at offset ${one.offset}`);
      return one;
    });
  }

  #rank(block: number): number {
    const entry = Math.floor(block / RANK_BITS);
    let rank = this.#ranks[entry]!;
    let byte = (entry * RANK_BITS) / 8;
    for (; byte < Math.floor(block / 8); byte++) rank += bitsOf(this.#dumped[byte]!);
    return rank + bitsOf(this.#dumped[byte]! & ((1 << (block % 8)) - 1));
  }

  #stateOf(block: number): number {
    const [byte, bit] = [block >>> 3, 1 << (block & 7)];
    if ((this.#dumped[byte]! & bit) !== 0) return PAGE_DATA;
    return (this.#existing[byte]! & bit) !== 0 ? PAGE_EXCLUDED : PAGE_HOLE;
  }

  /** Whole bytes of one state are stepped over at once. */
  #endOfRun(from: number, state: number): number {
    const { blocks } = this.#header;
    const existing = state === PAGE_HOLE ? 0 : 0xff;
    const dumped = state === PAGE_DATA ? 0xff : 0;
    let block = from;
    while (block < blocks) {
      const byte = block >>> 3;
      const isWhole =
        this.#dumped[byte] === dumped && (state === PAGE_DATA || this.#existing[byte] === existing);
      if ((block & 7) === 0 && isWhole) block += 8;
      else if (this.#stateOf(block) === state) block++;
      else break;
    }
    return Math.min(block, blocks);
  }

  /** The first and the last: they tell a method that cannot be read and a file that was cut before work begins. */
  #checkDescriptors(): void {
    const { blocks, descriptors } = this.#header;
    const total = this.#rank(blocks - 1) + (this.#stateOf(blocks - 1) === PAGE_DATA ? 1 : 0);
    const bytes = total * DESCRIPTOR_BYTES;
    if (descriptors + bytes > this.#file.size) bytesAt(this.#file, descriptors, bytes);
    const fields = new Fields(
      bytesAt(this.#file, descriptors, Math.min(bytes, 256 * DESCRIPTOR_BYTES)),
      this.#header.order,
    );
    for (let index = 0; index < Math.min(total, 256); index++)
      this.#unpack.check(fields.u32(index * DESCRIPTOR_BYTES + 12), descriptors + index * DESCRIPTOR_BYTES);
  }
}

function ranksOf(bitmap: Uint8Array, blocks: number): Float64Array {
  const ranks = new Float64Array(Math.ceil(blocks / RANK_BITS));
  let rank = 0;
  for (let byte = 0; byte < bitmap.length; byte++) {
    if ((byte * 8) % RANK_BITS === 0) ranks[(byte * 8) / RANK_BITS] = rank;
    rank += bitsOf(bitmap[byte]!);
  }
  return ranks;
}

/** Mostly decided by the first bytes. */
function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
}

/** Bits that are set in a byte. */
function bitsOf(byte: number): number {
  const pairs = byte - ((byte >>> 1) & 0x55);
  const fours = (pairs & 0x33) + ((pairs >>> 2) & 0x33);
  return (fours + (fours >>> 4)) & 0x0f;
}
