/** Fuzzes every importer of a foreign format: a trace that holds together, or the one error, whatever the bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importedFrom } from '../../test/foreign-kit.ts';
import {
  anyAccesses,
  anyDamoSnapshots,
  csvText,
  damoJson,
  lackeyText,
  oracleBytes,
} from '../../test/foreign-writer.ts';
import { anyDamage, damaged, seedOf, verdict } from '../../test/forge.ts';
import { decodeTrace } from '../trace/decode-trace.ts';
import { encodeTrace } from '../trace/encode-trace.ts';
import { csv } from './csv.ts';
import { damo } from './damo.ts';
import type { ForeignFormat } from './foreign-format.ts';
import { lackey } from './lackey.ts';
import { oracleGeneral } from './oracle-general.ts';

const seed = seedOf('packages/traces/src/foreign/foreign.fuzz.ts');

const formats: readonly (readonly [name: string, format: ForeignFormat, any: fc.Arbitrary<Uint8Array>])[] = [
  ['lackey', lackey, anyAccesses.map((accesses) => Buffer.from(lackeyText(accesses)))],
  [
    'oracleGeneral',
    oracleGeneral,
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map((ids) => oracleBytes(ids)),
  ],
  ['damo', damo, anyDamoSnapshots.map((snapshots) => Buffer.from(damoJson(snapshots)))],
  ['csv', csv, anyAccesses.map((accesses) => Buffer.from(csvText(accesses, ',')))],
];

test.each(formats)(
  '%s, whatever the bytes',
  (_name, format, any) => {
    fc.assert(
      fc.property(
        any,
        fc.array(anyDamage, { maxLength: 3 }),
        fc.integer({ min: 1, max: 300 }),
        (bytes, injuries, piece) => {
          const file = injuries.reduce<Uint8Array>((hurt, damage) => damaged(hurt, damage), bytes);
          format.recognises(file, true);
          expect(
            verdict(
              () => importedFrom(format, file, {}, piece).trace,
              (trace) => ({ ...decodeTrace(encodeTrace(trace, { quality: 1 }), 'x') }),
              /^OVB_TRACE_(CORRUPT|FORMAT|TOO_LARGE)$/,
            ),
          ).toBe('');
        },
      ),
      { seed, numRuns: 3000 },
    );
  },
  120_000,
);
