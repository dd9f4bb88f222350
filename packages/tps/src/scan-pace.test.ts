import { mib } from '@overbook/core';
import { expect, test } from 'vitest';

import { fastestScan, scanRates } from './scan-pace.ts';

const published = {
  generation: 'esx-4.0',
  shareScanTime: 60,
  shareScanGHz: 4,
  hostGHz: 40,
  shareRateMax: 1024,
} as const;
const GIB = 1024;

test('at the published paces a VM of 8 GiB is scanned at 582.5 pages a second', () => {
  expect(scanRates(published, [mib(8 * GIB)])[0]).toBeCloseTo(582.54, 2);
});

test('Mem.ShareRateMax binds above 14.06 GiB', () => {
  expect(scanRates(published, [mib(14 * GIB)])[0]).toBeLessThan(1024);
  expect(scanRates(published, [mib(14.07 * GIB), mib(64 * GIB)])).toEqual([1024, 1024]);
});

test('Mem.ShareScanGHz binds a host of 40 GHz at 40 960 pages a second, and slows all VMs alike', () => {
  const sizes = [...Array.from({ length: 60 }, () => mib(16 * GIB)), mib(8 * GIB)];
  const rates = scanRates(published, sizes);
  expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(40_960, 6);
  expect(rates[60]! / rates[0]!).toBeCloseTo(582.54 / 1024, 4);
});

test('0 switches sharing off, for either setting', () => {
  expect(scanRates({ ...published, shareScanGHz: 0 }, [mib(1024)])).toEqual([0]);
  expect(scanRates({ ...published, shareRateMax: 0 }, [mib(1024)])).toEqual([0]);
});

test('pagesPerSecond replaces all of them and goes to VMs by their size', () => {
  expect(scanRates({ ...published, shareRateMax: 0, pagesPerSecond: 3000 }, [100, 200])).toEqual([
    1000, 2000,
  ]);
});

test('ESX 2 looks at 50 pages a second in a VM and at 200 in all, whatever is configured', () => {
  const old = { ...published, generation: 'esx-2' } as const;
  expect(scanRates(old, [100, 9000])).toEqual([50, 50]);
  expect(scanRates(old, [100, 100, 100, 100, 100])).toEqual([40, 40, 40, 40, 40]);
  expect(scanRates({ ...old, pagesPerSecond: 10_000 }, [100, 9000])).toEqual([50, 50]);
  expect(scanRates({ ...old, pagesPerSecond: 40 }, [100, 300])).toEqual([10, 30]);
  expect(fastestScan(old)).toBe(50);
});

test('ESX 3.0.1 set to 10 000 pages a second looks at 450 in each VM: 291 seconds for 512 MiB', () => {
  const old = { ...published, generation: 'esx-3.0.1', pagesPerSecond: 10_000 } as const;
  const sizes = [mib(512), mib(512), mib(512)];
  expect(scanRates(old, sizes)).toEqual([450, 450, 450]);
  expect(mib(512) / 450).toBeCloseTo(291.3, 1);
});

test('a VM that is not scanned takes nothing from the others', () => {
  expect(scanRates({ ...published, pagesPerSecond: 3000 }, [100, 0, 200])).toEqual([1000, 0, 2000]);
  expect(scanRates({ ...published, generation: 'esx-2' }, [100, 0])).toEqual([50, 0]);
  expect(scanRates({ ...published, pagesPerSecond: 3000 }, [0])).toEqual([0]);
});
