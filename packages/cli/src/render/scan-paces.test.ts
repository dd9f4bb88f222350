import { planExperiment, parseScenario } from '@overbook/lab';
import { expect, test } from 'vitest';

import { scanPaces } from './scan-paces.ts';

const traces = new URL('../../../../datasets/traces', import.meta.url).pathname;

async function said(strategies: string): Promise<string | undefined> {
  const text =
    `name: paces\ndatasets: ${traces}\nhost: { memory: 64 MiB }\n` +
    `guests: [{ name: a, trace: sqlite.ovt }]\nmixes: { m: { strategies: [${strategies}, hostswap] } }\n`;
  return scanPaces(await planExperiment(parseScenario('s.yaml', text)))?.whole;
}

test('a pace set by the mix is named, and what reclaim scans beside it', async () => {
  expect(await said('tps: { pagesPerSecond: 2000 }')).toBe(
    'Scan paces: tps scans 2,000 pages per second over all VMs, and while memory is short up to 1,024 more per ' +
      'second of each VM (Mem.ShareRateMax).',
  );
});

test('the published pace, that of older releases, and that of ksmd', async () => {
  expect(await said('tps')).toContain(
    'tps scans each whole VM once in 60 min (Mem.ShareScanTime), and while',
  );
  expect(await said('tps: { generation: esx-2 }')).toBe('Scan paces: tps scans pages at the rates of esx-2.');
  expect(await said('tps: { mode: ksm }')).toBe(
    'Scan paces: tps as KSM scans 100 pages, then sleeps 20 ms, by the rules of Linux 6.18 (option kernel).',
  );
  expect(await said('tps: { mode: ksm, kernel: "6.1" }')).toContain('Linux 6.1 (');
});

test('nothing is said where nothing scans', async () => {
  expect(await said('balloon')).toBeUndefined();
});
