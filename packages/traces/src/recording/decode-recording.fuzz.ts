/** Fuzzes the recording decoder: whatever the bytes, a true recording or the one error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDamage, anyLie, codeOf, damaged, seedOf, verdict } from '../../test/forge.ts';
import { anyRecording } from '../../test/made-up.ts';
import { decodeRecording } from './decode-recording.ts';
import { encodeRecording } from './encode-recording.ts';
import type { Recording } from './recording.ts';

const seed = seedOf('packages/traces/src/recording/decode-recording.fuzz.ts');
const limits = { maxUnpackedBytes: 1 << 20 };

test('a damaged file is refused, always', () => {
  fc.assert(
    fc.property(anyRecording, anyDamage, (recording, damage) => {
      const file = encodeRecording(recording, { quality: 1 });
      const bytes = damaged(file, damage);
      if (Buffer.compare(bytes, file) === 0) return;
      expect(codeOf(() => decodeRecording(bytes, 'x', limits))).toMatch(
        /^OVB_RECORDING_(CORRUPT|FORMAT|VERSION|TOO_LARGE)$/,
      );
    }),
    { seed, numRuns: 3000 },
  );
}, 120_000);

test('a file that lies with good checksums is refused, or holds what it says', () => {
  fc.assert(
    fc.property(anyRecording, anyLie('recording'), (recording, lie) => {
      const bytes = lie(encodeRecording(recording, { quality: 1 }));
      const again = (read: Recording): Recording => decodeRecording(encodeRecording(read), 'x', limits);
      expect(
        verdict(() => decodeRecording(bytes, 'x', limits), again, /^OVB_RECORDING_(CORRUPT|TOO_LARGE)$/),
      ).toBe('');
    }),
    { seed, numRuns: 3000 },
  );
}, 120_000);
