/** Makes a page digest of a memory image: every page keyed, every distinct content compressed once. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { FILL_ZERO, OverbookError, PAGE_BYTES, pages as toPages } from '@overbook/core/units';
import { PAGES_MAX } from '../container/format.ts';
import type { ContentColumns } from '../contents/content-block.ts';
import { ContentIndex } from '../contents/content-index.ts';
import { type ImageReader, PAGE_ZERO } from '../readers/image-reader.ts';
import { imageWindows, type PageWindow } from '../readers/image-windows.ts';
import { openImage } from '../readers/open-image.ts';
import { readPageFlags } from '../roles/page-flags-file.ts';
import { type ContentKey, sha256Key } from './content-key.ts';
import { lz4, type PageCodec } from './page-codec.ts';
import type { PageDigest } from './page-digest.ts';
import { fillOf } from './page-fill.ts';

export interface DigestOptions {
  /** What the digest is called; the file's name by default. */
  readonly name?: string;
  /** sha256Key by default: what recordings use, so that digest and recording may share a host. */
  readonly contentKey?: ContentKey;
  readonly codec?: PageCodec;
  readonly reader?: ImageReader;
  /** Path of the page flags sent by the guest's agent; without it every role is ROLE_NONE. */
  readonly roles?: string;
}

/**
 * Digests an image. Memory: some 30 bytes a page and two windows. Throws OVB_IMAGE_*, OVB_ROLES_CORRUPT or
 * OVB_FILE_UNREADABLE.
 */
export async function digestImage(path: string, options: DigestOptions = {}): Promise<PageDigest> {
  const contentKey = options.contentKey ?? sha256Key;
  const codec = options.codec ?? lz4;
  const builder = new DigestBuilder(contentKey, codec);
  const sha256 = createHash('sha256');
  const { reader } = options;
  const image = await openImage(path, reader === undefined ? {} : { readers: [reader], format: reader.id });
  try {
    if (image.pageEnd > PAGES_MAX) throw tooLarge(path);
    for (const window of imageWindows(image)) {
      const unknown = window.states.findIndex((state) => state > PAGE_ZERO);
      if (unknown >= 0 || window.first !== builder.pages)
        throw holed(path, window.first + Math.max(0, unknown));
      sha256.update(window.bytes);
      builder.add(window);
    }
    image.checkUnchanged();
  } finally {
    image.close();
  }
  const columns = builder.finish();
  const pages = toPages(builder.pages);
  return {
    name: options.name ?? basename(path).replace(/\.raw(\.gz|\.br)?$/, ''),
    pages,
    contentKey: contentKey.name,
    codec: codec.name,
    imageSha256: sha256.digest('hex'),
    ...columns,
    role: options.roles === undefined ? new Uint8Array(pages) : readPageFlags(options.roles, pages).role,
  };
}

/** Grows the columns window by window. */
class DigestBuilder {
  pages = 0;
  readonly #contentKey: ContentKey;
  readonly #codec: PageCodec;
  readonly #index = new ContentIndex();
  readonly #key = new Uint32Array(2);
  #zeroKey: Uint32Array | undefined;
  /** Per content: size and fill. */
  #sizes = new Uint16Array(1024);
  #fills = new Uint8Array(1024);
  #columns = emptyColumns(16_384);

  constructor(contentKey: ContentKey, codec: PageCodec) {
    this.#contentKey = contentKey;
    this.#codec = codec;
  }

  add(window: PageWindow): void {
    // Fill classes are told by words, which must be aligned; a reader's window may not be.
    const bytes = window.bytes.byteOffset % 4 === 0 ? window.bytes : Uint8Array.from(window.bytes);
    const count = bytes.length / PAGE_BYTES;
    if (this.pages + count > this.#columns.keyLo.length)
      this.#columns = grownColumns(this.#columns, this.pages + count);
    for (let page = 0; page < count; page++)
      this.#addPage(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
  }

  finish(): ContentColumns {
    return sliced(this.#columns, this.pages);
  }

  #addPage(page: Uint8Array): void {
    const row = this.pages++;
    const fill = fillOf(new Uint32Array(page.buffer, page.byteOffset, PAGE_BYTES / 4));
    if (fill !== FILL_ZERO) this.#contentKey.write(page, this.#key);
    else this.#writeZeroKey(page);
    const known = this.#index.count;
    const content = this.#index.add(this.#key[0]!, this.#key[1]!, 0, 0);
    if (content === known) this.#measure(content, page, fill);
    this.#columns.keyLo[row] = this.#key[0]!;
    this.#columns.keyHi[row] = this.#key[1]!;
    this.#columns.compressedBytes[row] = this.#sizes[content]!;
    this.#columns.fill[row] = this.#fills[content]!;
  }

  /** Zero pages are many: their key is made once. */
  #writeZeroKey(page: Uint8Array): void {
    if (this.#zeroKey === undefined) {
      this.#contentKey.write(page, this.#key);
      this.#zeroKey = this.#key.slice();
    }
    this.#key.set(this.#zeroKey);
  }

  #measure(content: number, page: Uint8Array, fill: number): void {
    if (content === this.#sizes.length) {
      const sizes = new Uint16Array(content * 2);
      const fills = new Uint8Array(content * 2);
      sizes.set(this.#sizes);
      fills.set(this.#fills);
      this.#sizes = sizes;
      this.#fills = fills;
    }
    this.#sizes[content] = this.#codec.compressedBytes(page);
    this.#fills[content] = fill;
  }
}

const emptyColumns = (length: number): ContentColumns => ({
  keyLo: new Uint32Array(length),
  keyHi: new Uint32Array(length),
  compressedBytes: new Uint16Array(length),
  fill: new Uint8Array(length),
});

function grownColumns(was: ContentColumns, atLeast: number): ContentColumns {
  const grown = emptyColumns(Math.max(atLeast, was.keyLo.length * 2));
  grown.keyLo.set(was.keyLo);
  grown.keyHi.set(was.keyHi);
  grown.compressedBytes.set(was.compressedBytes);
  grown.fill.set(was.fill);
  return grown;
}

const sliced = (columns: ContentColumns, length: number): ContentColumns => ({
  keyLo: columns.keyLo.slice(0, length),
  keyHi: columns.keyHi.slice(0, length),
  compressedBytes: columns.compressedBytes.slice(0, length),
  fill: columns.fill.slice(0, length),
});

const tooLarge = (path: string): OverbookError =>
  new OverbookError('OVB_IMAGE_TOO_LARGE', path, 'holds more than 1 TiB', 'Digest a smaller image.');

const holed = (path: string, page: number): OverbookError =>
  new OverbookError(
    'OVB_IMAGE_HOLED',
    path,
    `does not say what page ${page} holds`,
    "Digest an image that holds all of the guest's memory.",
  );
