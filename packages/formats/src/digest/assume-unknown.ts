/** Unknown pages of a digest, for those who cannot do without contents. */
import { createHash } from 'node:crypto';
import { FILL_OTHER, PAGE_BYTES } from '@overbook/core/units';
import type { PageDigest } from './page-digest.ts';
import { FILL_UNKNOWN } from './page-digest.ts';

/**
 * The digest with every unknown page replaced by one of unique content that does not compress: assumed,
 * as what saves least. `salt` keeps the unknown pages of guests apart. Returns the digest itself when it knows all.
 */
export function assumeUnknown(digest: PageDigest, salt: string): PageDigest {
  if (!digest.fill.includes(FILL_UNKNOWN)) return digest;
  const keyLo = digest.keyLo.slice();
  const keyHi = digest.keyHi.slice();
  const compressedBytes = digest.compressedBytes.slice();
  const fill = digest.fill.slice();
  for (let page = 0; page < digest.pages; page++) {
    if (fill[page] !== FILL_UNKNOWN) continue;
    const key = createHash('sha256').update(`unknown page ${page} of ${salt}`).digest();
    keyLo[page] = key.readUInt32LE(0);
    keyHi[page] = key.readUInt32LE(4);
    compressedBytes[page] = PAGE_BYTES;
    fill[page] = FILL_OTHER;
  }
  return { ...digest, keyLo, keyHi, compressedBytes, fill };
}
