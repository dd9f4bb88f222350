/**
 * Whole hosts of the shipped strategies, one seed a case. A failing seed is printed as a line to paste:
 *   OVB_SEED=0x2a npx vitest run packages/cli/test/host.fuzz.ts
 * OVB_SEED is the first seed, OVB_CASES how many follow it (1 when a seed is given, else 300).
 */
import { fuzzHost } from '@overbook/testing';
import { describe, expect, test } from 'vitest';

import { fuzzedStrategies, seedLine, seedName } from './fuzzed-strategies.ts';

const given = process.env['OVB_SEED'];
const first = given === undefined ? 1 : Number(given);
const cases = Number(process.env['OVB_CASES'] ?? (given === undefined ? 300 : 1));

describe('a host of shipped strategies keeps every promise', () => {
  test.each(Array.from({ length: cases }, (_, i) => ({ seed: first + i, name: seedName(first + i) })))(
    'seed $name',
    ({ seed }) => {
      try {
        expect(fuzzHost(seed, fuzzedStrategies).pagesChecked).toBeGreaterThan(0);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n  again: ${seedLine(seed)}`, { cause: error });
      }
    },
  );
});
