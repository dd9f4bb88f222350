import { expect, test } from 'vitest';

import { mib, toPages } from '../units/page.ts';
import type { HostMemoryState } from './memory-state.ts';
import { nextState } from './memory-state.ts';
import { minFree } from '../pressure/min-free.ts';
import { MEMORY_STATE_MODELS } from '../pressure/models.ts';
import { resolveModel } from '../pressure/resolve-model.ts';

const classic = resolveModel(MEMORY_STATE_MODELS['esx-1.5']!, toPages(10_000));
function walk(frees: readonly number[]): readonly HostMemoryState[] {
  let state: HostMemoryState = 'high';
  return frees.map((free) => (state = nextState(state, free, classic.states)));
}

test('thresholds of ESX 1.5 are 6, 4, 2 and 1 percent of memory (OSDI 2002, §6.3)', () => {
  expect(classic.thresholds).toEqual({ high: 600, soft: 400, hard: 200, low: 100 });
  expect(classic.wanted).toBe(600);
});

test('a lower state is entered below its threshold, not at it', () => {
  expect(walk([400, 399, 200, 199, 100, 99])).toEqual(['high', 'soft', 'soft', 'hard', 'hard', 'low']);
});

test('a state is left only when free memory significantly exceeds its threshold', () => {
  expect(walk([399, 401, 440, 441])).toEqual(['soft', 'soft', 'soft', 'high']);
  expect(walk([99, 110, 111, 220, 221, 440, 441])).toEqual([
    'low',
    'low',
    'hard',
    'hard',
    'soft',
    'soft',
    'high',
  ]);
});

test('states may be skipped downwards at once', () => {
  expect(walk([9_000, 50])).toEqual(['high', 'low']);
});

// Arithmetic of the published scale, in MiB: host memory, minFree.
test.each([
  [4 * 1024, 245.76],
  [8 * 1024, 409.6],
  [16 * 1024, 655.36],
  [28 * 1024, 901.12],
  [96 * 1024, 1597.44],
  [128 * 1024, 1925.12],
  [1024 * 1024, 11_100.16],
])('minFree of %i MiB is %f MiB (Denneman 2011)', (memory, expected) => {
  expect(Math.abs(minFree(mib(memory)) / 256 - expected)).toBeLessThan(1 / 128);
});

test('minFree can be set as a percentage of memory (Mem.MemMinFreePct)', () => {
  expect(minFree(mib(1000), 6)).toBe(mib(60));
  const model = resolveModel({ ...MEMORY_STATE_MODELS['esx-5.x']!, minFreePercent: 10 }, mib(1000));
  expect(model.minFree).toBe(mib(100));
  expect(model.thresholds).toEqual({ high: mib(100), soft: mib(64), hard: mib(32), low: mib(16) });
});

// Percent of the model's basis, from its source; in pages of a host of 28 GiB.
test.each([
  ['esx-1.5', { high: 6, soft: 4, hard: 2, low: 1 }, 7_340_032],
  ['esx-4.1', { high: 100, soft: 64, hard: 32, low: 16 }, 230_686],
  ['esx-5.x', { high: 100, soft: 64, hard: 32, low: 16 }, 230_686],
  ['esxi-6.x', { high: 400, clear: 100, soft: 64, hard: 32, low: 16 }, 230_686],
])('thresholds of %s are as published', (id, percents, basis) => {
  const { thresholds, wanted } = resolveModel(MEMORY_STATE_MODELS[id]!, mib(28 * 1024));
  expect(Object.keys(thresholds)).toEqual(Object.keys(percents));
  for (const [state, percent] of Object.entries(percents))
    expect(thresholds[state as HostMemoryState]).toBe(Math.floor((basis * percent) / 100));
  // What 6.x calls clear is what the generations before it called high: reclaim works towards it in all of them.
  expect(wanted).toBe(thresholds.clear ?? thresholds.high);
});

test('ESXi 6.x has the clear state and fractions 400, 100, 64, 32 and 16 percent of minFree', () => {
  const model = resolveModel(MEMORY_STATE_MODELS['esxi-6.x']!, mib(28 * 1024));
  const published = { high: 3604.48, clear: 901.12, soft: 576.72, hard: 288.36, low: 144.18 };
  for (const [state, inMiB] of Object.entries(published)) {
    const threshold = model.thresholds[state as HostMemoryState]!;
    // Thresholds are whole pages, published values are rounded to 0.01 MiB (2.56 pages).
    expect(Math.abs(threshold - inMiB * 256)).toBeLessThan(3);
  }
  expect(model.states.map(({ state }) => state)).toEqual(['clear', 'soft', 'hard', 'low']);
});

test('every shipped model names its source and what is assumed', () => {
  for (const model of Object.values(MEMORY_STATE_MODELS)) {
    expect(model.source).not.toBe('');
    expect(model.assumed.length).toBeGreaterThan(0);
  }
});
