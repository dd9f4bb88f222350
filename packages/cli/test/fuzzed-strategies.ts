/** The shipped strategies, with options that make a difference on a small host. */
import { balloon, freePageReporting } from '@overbook/balloon';
import { compression, zram, zswap } from '@overbook/compression';
import { hostswap } from '@overbook/hostswap';
import type { FuzzedStrategy } from '@overbook/testing';
import { tps } from '@overbook/tps';

export const fuzzedStrategies: readonly FuzzedStrategy[] = [
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
    options: [
      { pagesPerSecond: 20_000 },
      { pagesPerSecond: 2000, salting: 0 },
      { pagesPerSecond: 5000, salting: 1, order: 'sequential' },
      { mode: 'ksm' },
      { mode: 'ksm', use_zero_pages: true, max_page_sharing: 2, smart_scan: false },
    ],
  },
  { plugin: balloon, options: [{}] },
  { plugin: freePageReporting, options: [{ order: 0 }] },
  { plugin: compression, options: [{}] },
  {
    plugin: zswap,
    options: [
      {},
      { maxPoolPercent: 5, acceptThresholdPercent: 50, compactSeconds: 0.01 },
      { kernel: '6.1', maxPoolPercent: 40, secondChance: true },
      { maxPoolPercent: 100, acceptThresholdPercent: 100, sameFilled: false, incompressible: 'reject' },
    ],
  },
  {
    plugin: zram,
    options: [
      {},
      { disksizePercent: 300, compactSeconds: 0.01 },
      { kernel: '6.1', disksizePercent: 10 },
      { disksizePercent: 100, memLimitPercent: 10 },
    ],
  },
];

/** What the fuzzer and its kept seeds call a case, and the line that runs it again. */
export function seedName(seed: number): string {
  return `0x${seed.toString(16)}`;
}
export function seedLine(seed: number): string {
  return `OVB_SEED=${seedName(seed)} npx vitest run packages/cli/test/host.fuzz.ts`;
}
