/** A digest as a guest's memory: every page a row, keys and sizes known, no bytes. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { FILL_ZERO } from '@overbook/core/units';
import { magicOf, readDigest, unreadable, FILL_UNKNOWN, readPageFlags, PAGE_DEVICE } from '@overbook/formats';
import type { CodecName } from './page-codec.ts';
import { CODEC_NAMES, codecVersion } from './page-codec.ts';
import type { PageDigest } from '@overbook/formats';
import type { MemorySource } from './scan-request.ts';
import type { GuestMemory } from './memory-set.ts';
import type { RowRange } from './row-ranges.ts';
import { KIND_UNKNOWN, rowColumns } from './work-plan.ts';

export interface DigestGuest {
  readonly guest: GuestMemory;
  readonly contentKey: string;
  readonly zeroKey: Uint32Array;
  /** The codec that the digest has sizes of, where we know it. */
  readonly codec: CodecName | undefined;
  readonly coder: string;
  /** Size by row. */
  readonly compressedBytes: Uint16Array;
}

/** What is known of sizes before anything is compressed. */
export interface KnownSizes {
  readonly guests: readonly GuestMemory[];
  readonly digests: readonly DigestGuest[];
}

/** True for a file that begins as a digest does. Throws OVB_FILE_UNREADABLE. */
export function isDigestFile(path: string): boolean {
  if (path === '-') return false;
  const head = new Uint8Array(8);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    readSync(descriptor, head, 0, 8, 0);
  } catch (cause) {
    // A folder, for one, is opened and cannot be read.
    throw unreadable(path, cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return magicOf('digest').every((byte, at) => head[at] === byte);
}

/** Reads a digest; page flags given beside it replace its own roles. Throws OVB_DIGEST_*, OVB_ROLES_CORRUPT. */
export function digestGuest({ path, flags }: MemorySource, name: string): DigestGuest {
  const digest = readDigest(path);
  const ranges = rangesOf(digest);
  const rows = ranges.reduce((sum, { count }) => sum + count, 0);
  const columns = rowColumns(rows);
  const zeroKey = new Uint32Array(2);
  const compressedBytes = new Uint16Array(rows);
  for (const { first, count, row: start } of ranges) {
    for (let page = first, row = start; page < first + count; page++, row++) {
      columns.keys[row * 2] = digest.keyLo[page]!;
      columns.keys[row * 2 + 1] = digest.keyHi[page]!;
      columns.kinds[row] =
        digest.fill[page] === FILL_UNKNOWN ? KIND_UNKNOWN + digest.keyLo[page]! : digest.fill[page]!;
      compressedBytes[row] = digest.compressedBytes[page]!;
      if (digest.fill[page] === FILL_ZERO) zeroKey.set([digest.keyLo[page]!, digest.keyHi[page]!]);
    }
  }
  const role = flags === undefined ? digest.role : readPageFlags(flags, digest.pages).role;
  return {
    guest: {
      name,
      path,
      format: 'digest',
      fileBytes: statSync(path).size,
      pageEnd: digest.pages,
      pages: rows,
      ranges,
      rows,
      columns,
      content: new Uint32Array(new SharedArrayBuffer(rows * 4)),
      zeroRanges: [],
      unknownByLayout: {},
      role: role.some((byte) => byte !== 0) ? role : undefined,
      notes: [],
    },
    contentKey: digest.contentKey,
    zeroKey,
    codec: CODEC_NAMES.find((codec) => codecVersion(codec) === digest.codec),
    coder: digest.codec,
    compressedBytes,
  };
}

/** All pages but device memory, which is no page of the guest's. */
function rangesOf({ fill, keyLo, pages }: PageDigest): RowRange[] {
  const ranges: RowRange[] = [];
  let row = 0;
  for (let page = 0; page < pages;) {
    const isDevice = (at: number): boolean => fill[at] === FILL_UNKNOWN && keyLo[at] === PAGE_DEVICE;
    const first = page;
    const device = isDevice(page);
    while (page < pages && isDevice(page) === device) page++;
    if (device) continue;
    ranges.push({ first, count: page - first, row });
    row += page - first;
  }
  return ranges;
}
