/** A digest as a guest's memory: every page a row, keys and sizes known, no bytes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { magicOf } from '../container/format.ts';
import { readDigest } from '../digest/decode-digest.ts';
import { CODEC_NAMES, type CodecName, codecVersion } from '../digest/page-codec.ts';
import { unreadable } from '../messages.ts';
import type { GuestMemory } from './memory-set.ts';
import { rowColumns } from './work-plan.ts';

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
export function isDigest(path: string): boolean {
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

/** Reads a digest. Throws OVB_DIGEST_*. */
export function digestGuest(path: string, name: string): DigestGuest {
  const digest = readDigest(path);
  const rows = digest.pages;
  const columns = rowColumns(rows);
  const zeroKey = new Uint32Array(2);
  for (let row = 0; row < rows; row++) {
    columns.keys[row * 2] = digest.keyLo[row]!;
    columns.keys[row * 2 + 1] = digest.keyHi[row]!;
    columns.kinds[row] = digest.fill[row]!;
    if (digest.fill[row] === 1) zeroKey.set([digest.keyLo[row]!, digest.keyHi[row]!]);
  }
  const hasRoles = digest.role.some((role) => role !== 0);
  return {
    guest: {
      name,
      path,
      format: 'digest',
      pageEnd: rows,
      pages: rows,
      ranges: [{ first: 0, count: rows, row: 0 }],
      rows,
      columns,
      content: new Uint32Array(new SharedArrayBuffer(rows * 4)),
      zeroRanges: [],
      unknownByLayout: {},
      role: hasRoles ? digest.role : undefined,
      notes: [],
    },
    contentKey: digest.contentKey,
    zeroKey,
    codec: CODEC_NAMES.find((codec) => codecVersion(codec) === digest.codec),
    coder: digest.codec,
    compressedBytes: digest.compressedBytes,
  };
}
