/** Makes a page digest of a memory image: every page keyed, every distinct content compressed once. */
import { basename } from 'node:path';
import { FILL_ZERO, OverbookError, toPages } from '@overbook/core/units';
import type { MemorySet } from '../scan/memory-set.ts';
import { openSet } from '../scan/scan-memory.ts';
import type { ScanOptions } from '../scan/scan-request.ts';
import { KIND_UNKNOWN } from '../scan/work-plan.ts';
import { PAGES_MAX, columns, PAGE_DATA, PAGE_ZERO, readPageFlags, FILL_UNKNOWN } from '@overbook/formats';
import type { ContentColumns, PageDigest } from '@overbook/formats';
import type { Extent, ImageReader } from '../readers/image-reader.ts';
import type { MemoryImage } from '../readers/memory-image.ts';
import type { OpenOptions } from '../readers/open-image.ts';
import type { ContentKey } from '../scan/content-key.ts';
import { sha256Key } from '../scan/content-key.ts';
import { imageSha256 } from './image-sha256.ts';
import type { CodecName, PageCodec } from '../scan/page-codec.ts';
import { codecNamed, codecVersion } from '../scan/page-codec.ts';

export interface DigestOptions extends Pick<
  ScanOptions,
  'workers' | 'signal' | 'onProgress' | 'readers' | 'readersInThreads'
> {
  /** What the digest is called; the file's name by default. */
  readonly name?: string;
  /** sha256Key by default: what recordings use, so that digest and recording may share a host. */
  readonly contentKey?: ContentKey;
  /** Codec behind the sizes: lz4 by default. */
  readonly codec?: CodecName;
  /** Read the image with this reader, whatever its first bytes show. */
  readonly reader?: ImageReader;
  readonly open?: OpenOptions;
  /** Path of the page flags sent by the guest's agent; without it every role is ROLE_NONE. */
  readonly roles?: string;
  /** Told what is to be known of the image beside its pages: format, size, notes. A digest does not keep them. */
  readonly onOpened?: (image: Pick<MemoryImage, 'format' | 'notes'> & { readonly fileBytes: number }) => void;
}

/**
 * Digests an image. Memory: some 50 bytes a page and a few MiB a worker. Throws OVB_IMAGE_*, OVB_ROLES_CORRUPT or
 * OVB_FILE_UNREADABLE.
 */
export async function digestImage(path: string, options: DigestOptions = {}): Promise<PageDigest> {
  const {
    reader,
    roles,
    name,
    contentKey,
    codec: codecName = 'lz4',
    open: opening,
    onOpened,
    ...scan
  } = options;
  const codec = await codecNamed(codecName);
  const open = await openSet(
    [{ path, open: { ...opening, ...(reader === undefined ? {} : { format: reader.id }) } }],
    {
      ...scan,
      contentKey: (contentKey ?? sha256Key).spec,
      codecs: [codecName],
      ...(reader === undefined ? {} : { readers: [reader, ...(options.readers ?? [])] }),
    },
  );
  try {
    const image = open.images[0];
    if (image === undefined) throw isDigestAlready(path);
    if (image.pageEnd > PAGES_MAX) throw tooLarge(path);
    onOpened?.({ format: image.format, notes: image.notes, fileBytes: image.handle.size });
    const pages = toPages(image.pageEnd);
    const sha256 = await imageSha256(image, scan);
    image.checkUnchanged();
    return {
      name: name ?? basename(path).replace(/\.raw(\.gz|\.br)?$/, ''),
      pages,
      contentKey: open.set.contentKey,
      codec: codecVersion(codecName),
      imageSha256: sha256,
      ...columnsOf(open.set, image.extents(), pages, codec),
      role: roles === undefined ? new Uint8Array(pages) : readPageFlags(roles, pages).role,
    };
  } finally {
    await open.close();
  }
}

/** One row a page from page 0 on, whatever the layout. */
function columnsOf(
  set: MemorySet,
  extents: Iterable<Extent>,
  pages: number,
  codec: PageCodec,
): ContentColumns {
  const out = columns(pages);
  const zeroBytes = codec.compressedBytes(new Uint8Array(4096));
  const putZero = (from: number, to: number): void => {
    out.keyLo.fill(set.zeroKey[0]!, from, to);
    out.keyHi.fill(set.zeroKey[1]!, from, to);
    out.compressedBytes.fill(zeroBytes, from, to);
    out.fill.fill(FILL_ZERO, from, to);
  };
  const putUnknown = (from: number, to: number, reason: number): void => {
    out.keyLo.fill(reason, from, to);
    out.fill.fill(FILL_UNKNOWN, from, to);
  };
  for (const { first, count, state } of extents) {
    if (state === PAGE_ZERO) putZero(first, first + count);
    else if (state !== PAGE_DATA) putUnknown(first, first + count, state);
  }
  const guest = set.guests[0]!;
  const sizes = [...set.sizes.values()][0]!;
  const { keys, kinds } = guest.columns;
  for (const { first, count, row: start } of guest.ranges) {
    for (let page = first, row = start; row < start + count; page++, row++) {
      if (kinds[row] === FILL_ZERO) putZero(page, page + 1);
      else if (kinds[row]! >= KIND_UNKNOWN) putUnknown(page, page + 1, kinds[row]! - KIND_UNKNOWN);
      else {
        out.keyLo[page] = keys[row * 2]!;
        out.keyHi[page] = keys[row * 2 + 1]!;
        out.compressedBytes[page] = sizes[guest.content[row]!]!;
        out.fill[page] = kinds[row]!;
      }
    }
  }
  return out;
}

function tooLarge(path: string): OverbookError {
  return new OverbookError('OVB_IMAGE_TOO_LARGE', path, 'holds more than 1 TiB', 'Digest a smaller image.');
}

function isDigestAlready(path: string): OverbookError {
  return new OverbookError(
    'OVB_IMAGE_FORMAT',
    path,
    'is a digest already',
    'Give the image from which it was made.',
  );
}
