/**
 * Whole hosts of the shipped strategies, one seed a case. A failing seed is printed as a line to paste:
 *   OVB_SEED=0x2a npx vitest run packages/cli/test/host.fuzz.ts
 * OVB_SEED is the first seed, OVB_CASES how many follow it (1 when a seed is given, else 300).
 */
import { balloon, freePageReporting } from '@overbook/balloon';
import { compression } from '@overbook/compression';
import { hostswap } from '@overbook/hostswap';
import { type FuzzedStrategy, fuzzHost } from '@overbook/testing';
import { tps } from '@overbook/tps';
import { describe, expect, test } from 'vitest';

const strategies: readonly FuzzedStrategy[] = [
  {
    plugin: hostswap,
    options: [
      {},
      { victims: 'lru' },
      { victims: 'fifo' },
      { victims: 'clock', device: 'disk' },
      { device: 'host-cache', hostCacheMiB: 1 },
    ],
  },
  {
    plugin: tps,
    options: [{ pagesPerSecond: 20_000 }, { pagesPerSecond: 2000, salting: 0 }, { mode: 'ksm' }],
  },
  { plugin: balloon, options: [{}] },
  { plugin: freePageReporting, options: [{ order: 0 }] },
  { plugin: compression, options: [{}] },
];

const given = process.env['OVB_SEED'];
const first = given === undefined ? 1 : Number(given);
const cases = Number(process.env['OVB_CASES'] ?? (given === undefined ? 300 : 1));
const hex = (seed: number): string => `0x${seed.toString(16)}`;

describe('a host of shipped strategies keeps every promise', () => {
  test.each(Array.from({ length: cases }, (_, i) => [hex(first + i), first + i] as const))(
    'seed %s',
    (name, seed) => {
      try {
        expect(fuzzHost(seed, strategies).pagesChecked).toBeGreaterThan(0);
      } catch (error) {
        const line = `OVB_SEED=${name} npx vitest run packages/cli/test/host.fuzz.ts`;
        throw new Error(`${(error as Error).message}\n  again: ${line}`, { cause: error });
      }
    },
  );
});
