/** Fuzzes the trace decoder: whatever the bytes, a true trace or the one error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDamage, anyLie, codeOf, damaged, seedOf, verdict } from '../../test/forge.ts';
import { anyTrace } from '../../test/made-up.ts';
import { decodeTrace } from './decode-trace.ts';
import { encodeTrace } from './encode-trace.ts';
import type { Trace } from './trace.ts';

const seed = seedOf('packages/traces/src/trace/decode-trace.fuzz.ts');
const limits = { maxUnpackedBytes: 1 << 20 };

test('a damaged file is refused, always', () => {
  fc.assert(
    fc.property(anyTrace, anyDamage, (trace, damage) => {
      const file = encodeTrace(trace, { quality: 1 });
      const bytes = damaged(file, damage);
      if (Buffer.compare(bytes, file) === 0) return;
      expect(codeOf(() => decodeTrace(bytes, 'x', limits))).toMatch(
        /^OVB_TRACE_(CORRUPT|FORMAT|VERSION|TOO_LARGE)$/,
      );
    }),
    { seed, numRuns: 5000 },
  );
}, 120_000);

test('a file that lies with good checksums is refused, or holds what it says', () => {
  fc.assert(
    fc.property(anyTrace, anyLie('trace'), (trace, lie) => {
      const bytes = lie(encodeTrace(trace, { quality: 1 }));
      const again = (read: Trace): Trace => decodeTrace(encodeTrace(read), 'x', limits);
      expect(verdict(() => decodeTrace(bytes, 'x', limits), again, /^OVB_TRACE_(CORRUPT|TOO_LARGE)$/)).toBe(
        '',
      );
    }),
    { seed, numRuns: 5000 },
  );
}, 120_000);
