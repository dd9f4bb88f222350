/** Fuzzes the digest decoder: whatever the bytes, a true digest or the one error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDigest } from '../../test/digests.ts';
import { anyDamage, anyLie, codeOf, damaged, seedOf, verdict } from '../../test/forge.ts';
import { decodeDigest } from './decode-digest.ts';
import { encodeDigest } from './encode-digest.ts';
import type { PageDigest } from './page-digest.ts';

const seed = seedOf('packages/formats/src/digest/decode-digest.fuzz.ts');
const limits = { maxUnpackedBytes: 1 << 20 };

test('a damaged file is refused, always', () => {
  fc.assert(
    fc.property(anyDigest, anyDamage, (digest, damage) => {
      const file = encodeDigest(digest, { quality: 1 });
      const bytes = damaged(file, damage);
      if (Buffer.compare(bytes, file) === 0) return;
      expect(codeOf(() => decodeDigest(bytes, 'x', limits))).toMatch(
        /^OVB_DIGEST_(CORRUPT|FORMAT|VERSION|TOO_LARGE)$/,
      );
    }),
    { seed, numRuns: 5000 },
  );
}, 120_000);

test('a file that lies with good checksums is refused, or holds what it says', () => {
  fc.assert(
    fc.property(anyDigest, anyLie('digest'), (digest, lie) => {
      const bytes = lie(encodeDigest(digest, { quality: 1 }));
      const again = (read: PageDigest): PageDigest => decodeDigest(encodeDigest(read), 'x', limits);
      expect(verdict(() => decodeDigest(bytes, 'x', limits), again, /^OVB_DIGEST_(CORRUPT|TOO_LARGE)$/)).toBe(
        '',
      );
    }),
    { seed, numRuns: 5000 },
  );
}, 120_000);

test('noise is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(codeOf(() => decodeDigest(bytes, 'x'))).toMatch(/^OVB_DIGEST_/);
    }),
    { seed, numRuns: 5000 },
  );
}, 120_000);
