/** The methods by which kdump-compressed dumps pack a page, each bounded by the size of a page. */
import { inflateSync } from 'node:zlib';
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/formats';
import { MEND_DAMAGED } from './mends.ts';
import { snappyLibrary } from '../native-libraries.ts';
import type { ImageFile } from './image-file.ts';
import { snappyLength } from './snappy-block.ts';
import { unzstd, zstdLength } from './zstd-frame.ts';

const ZLIB = 1;
const LZO = 2;
const SNAPPY = 4;
const ZSTD = 0x20;
const METHODS = ZLIB | LZO | SNAPPY | ZSTD;

export class PageUnpackers {
  readonly #file: ImageFile;

  constructor(file: ImageFile) {
    this.#file = file;
  }

  /** Throws OVB_IMAGE_METHOD for a method that no kept library reads, by the flags of a page's descriptor. */
  check(flags: number, at: number): void {
    if ((flags & LZO) !== 0) throw unknownMethod(this.#file, at);
  }

  /** Fills `into`, a whole page of the guest. Throws OVB_IMAGE_CORRUPT. */
  unpack(stored: Uint8Array, flags: number, into: Uint8Array, at: number): void {
    this.check(flags, at);
    const method = flags & METHODS;
    const bytes = method === 0 ? stored : this.#unpacked(stored, method, into.length);
    if (bytes?.length !== into.length) throw damagedPage(this.#file, at, method);
    into.set(bytes);
  }

  #unpacked(stored: Uint8Array, method: number, length: number): Uint8Array | undefined {
    try {
      if (method === ZLIB) return inflateSync(stored, { maxOutputLength: length });
      if (method === SNAPPY && snappyLength(stored) === length)
        return snappyLibrary().uncompressSync(stored, { asBuffer: true }) as Buffer;
      if (method === ZSTD && zstdLength(stored) === length) return unzstd(stored);
    } catch {
      // Said by the caller, with the place.
    }
    return undefined;
  }
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'as it is',
  [ZLIB]: 'by zlib',
  [SNAPPY]: 'by snappy',
  [ZSTD]: 'by zstd',
};

function damagedPage(file: ImageFile, at: number, method: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_CORRUPT',
    placeOf(file.name, at),
    `the page of this descriptor, stored ${NAMES[method] ?? `by method ${method}`}, does not unpack to a page`,
    MEND_DAMAGED,
  );
}

function unknownMethod(file: ImageFile, at: number): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_METHOD',
    placeOf(file.name, at),
    'pages are compressed with lzo, which no maintained library with a free licence reads',
    'Take the dump with kdump-zlib or kdump-snappy, or convert this one with `makedumpfile -c OLD NEW`.',
  );
}
