import { mib } from '@overbook/core';
import { expect, test } from 'vitest';

import { scanRates } from './scan-pace.ts';

const published = { shareScanTime: 60, shareScanGHz: 4, hostGHz: 40, shareRateMax: 1024 };
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
