/**
 * Functions that make a 64-bit key of a page's contents, each with the name under which digests carry it: keys of
 * different names never meet. A chance collision among a million pages has a probability below 10^-7 (n² / 2^65).
 */
import { createHash, hash } from 'node:crypto';
import { OverbookError } from '@overbook/core/units';
import { xxhashLibrary } from '../native-libraries.ts';

/** Writes the key of a page into `out`: low word, high word. */
export interface ContentKey {
  readonly name: string;
  /** From which another thread makes the function again. */
  readonly spec: ContentKeySpec;
  write(page: Uint8Array, out: Uint32Array): void;
}

/** Bytes of the secret of a keyed function (BLAKE3's key). */
export const SECRET_BYTES = 32;

/** First 8 bytes of SHA-256, little endian: what recordings use, and the default of digests. */
export const sha256Key: ContentKey = {
  name: 'sha256-64',
  spec: { function: 'sha256-64' },
  write: (page, out) => {
    const digest = hash('sha256', page, 'buffer');
    out[0] = digest.readUInt32LE(0);
    out[1] = digest.readUInt32LE(4);
  },
};

/** XXH3-64: faster than SHA-256, but without a secret: a guest can make two pages with one key. */
export const xxh3Key: ContentKey = {
  name: 'xxh3-64',
  spec: { function: 'xxh3-64' },
  write: (page, out) => {
    const digest = xxhashLibrary().xxh3.xxh64(page);
    out[0] = Number(digest & 0xffff_ffffn);
    out[1] = Number(digest >> 32n);
  },
};

/**
 * First 8 bytes of BLAKE3 keyed with a secret: without the secret, a digest then does not show whether a guest held
 * a page he knows. The name carries four bytes of a hash of the secret, so that digests of one secret find each
 * other. Throws OVB_KEY_SECRET unless the secret has 32 bytes.
 */
export async function blake3Key(secret: Uint8Array): Promise<ContentKey> {
  if (secret.length !== SECRET_BYTES) {
    throw new OverbookError(
      'OVB_KEY_SECRET',
      'content key secret',
      `has ${secret.length} bytes, not ${SECRET_BYTES}`,
      'Make one with: head -c 32 /dev/urandom > FILE.',
    );
  }
  const { createBLAKE3 } = await import('hash-wasm'); // when it is wanted: it is large
  const hasher = await createBLAKE3(64, secret);
  const mark = createHash('sha256').update('overbook content key').update(secret).digest('hex').slice(0, 8);
  return {
    name: `blake3-64-keyed:${mark}`,
    spec: { function: 'blake3-64-keyed', secret },
    write: (page, out) => {
      const digest = hasher.init().update(page).digest('binary');
      out[0] = word(digest, 0);
      out[1] = word(digest, 4);
    },
  };
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** A content key as plain data, from which another thread makes the function again. */
export interface ContentKeySpec {
  readonly function: 'sha256-64' | 'xxh3-64' | 'blake3-64-keyed';
  /** Of the keyed function. */
  readonly secret?: Uint8Array;
}

/** The function that a spec describes. Throws OVB_KEY_SECRET. */
export function contentKeyOf(spec: ContentKeySpec): ContentKey | Promise<ContentKey> {
  if (spec.function === 'blake3-64-keyed') return blake3Key(spec.secret ?? new Uint8Array(0));
  return spec.function === 'xxh3-64' ? xxh3Key : sha256Key;
}
