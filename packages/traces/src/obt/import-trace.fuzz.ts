/** Fuzzes the importer of OBT1, which has no checksums to lean on: a trace that holds together, or the one error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intervalsOf, obtPlain, obtRuns } from '../../test/captured-writer.ts';
import { anyDamage, damaged, seedOf, verdict } from '../../test/forge.ts';
import { anyTrace } from '../../test/made-up.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { parseObt } from './import-trace.ts';
import type { Trace } from '../trace/trace.ts';

const seed = seedOf('packages/traces/src/obt/import-trace.fuzz.ts');

test('whatever the bytes', () => {
  fc.assert(
    fc.property(anyTrace, anyDamage, fc.boolean(), (trace, damage, plain) => {
      const table = Array.from({ length: 60 }, (_, page) => page * 2);
      const bytes = damaged(plain ? obtPlain(intervalsOf(trace), table) : obtRuns(trace, table), damage);
      const again = (read: Trace): Trace => decodeTrace(encodeTrace(read), 'x');
      expect(verdict(() => parseObt(bytes, 'x'), again, /^OVB_TRACE_(CORRUPT|FORMAT)$/)).toBe('');
    }),
    { seed, numRuns: 10_000 },
  );
}, 120_000);
