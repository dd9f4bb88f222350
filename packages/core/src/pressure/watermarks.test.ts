import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { toPages } from '../units/page.ts';
import { MEMORY_STATE_MODELS } from './models.ts';
import { memoryStateModel, readModel } from './model-settings.ts';
import { PressureLevel } from './pressure-level.ts';
import { resolveModel } from './resolve-model.ts';
import { minFreeKbytes, watermarks } from './watermarks.ts';

const MIB = 256;
const linux = MEMORY_STATE_MODELS['linux']!;

// The table in the comment of calculate_min_free_kbytes (mm/page_alloc.c, Linux 6.1), which has 11584 for 8192 MB.
test.each([
  [16, 512],
  [32, 724],
  [64, 1024],
  [128, 1448],
  [256, 2048],
  [512, 2896],
  [1024, 4096],
  [2048, 5792],
  [4096, 8192],
  [8192, 11_585],
  [16_384, 16_384],
])('min_free_kbytes of %i MB is %i kB', (mib, kb) => {
  expect(minFreeKbytes(toPages(mib * MIB))).toBe(kb);
});

test('min_free_kbytes has bounds', () => {
  expect(minFreeKbytes(toPages(16))).toBe(128);
  expect(minFreeKbytes(toPages(8 * 1024 * 1024 * MIB))).toBe(262_144);
});

test('watermarks are a quarter of min apart, or 0.1 % of memory', () => {
  expect(watermarks(toPages(512 * MIB))).toEqual({ min: 724, distance: 181 });
  expect(watermarks(toPages(64 * 1024 * MIB))).toEqual({ min: 8192, distance: 16_777 });
  expect(watermarks(toPages(512 * MIB), { watermarkScale: 100, minFreeKbytes: 4000 })).toEqual({
    min: 1000,
    distance: 1310,
  });
});

test('kswapd wakes when the low watermark is reached and sleeps above the high one', () => {
  const resolved = resolveModel(linux, toPages(512 * MIB));
  expect(resolved.thresholds).toEqual({ high: 1086, soft: 905, low: 724 });
  expect(resolved.wanted).toBe(1087);
  const level = new PressureLevel(resolved);
  const seen = [906, 905, 1086, 725, 724, 725, 1086, 1087].map((free) => {
    level.update(free);
    return level.state;
  });
  expect(seen).toEqual(['high', 'soft', 'soft', 'soft', 'low', 'low', 'soft', 'high']);
});

test('frames up to the min watermark are for reclaim alone', () => {
  const host = composeHost({
    memory: toPages(512 * MIB),
    memoryStates: 'linux',
    vms: [{ name: 'a', size: toPages(512 * MIB) }],
    strategies: [],
    policies: [],
    store: 'keys',
  });
  for (let page = 0; page < 512 * MIB; page++)
    host.memory.access(0 as never, page as never, true, host.clock.now());
  host.settle(host.clock.now());
  expect(host.pool.free).toBe(724);
  expect(host.state).toBe('low');
  host.dispose();
});

test('a changed model may set the knobs of Linux', () => {
  const model = memoryStateModel({ base: 'linux', minFreeKbytes: 8192, watermarkScale: 50 }, 'here');
  expect(resolveModel(model, toPages(512 * MIB)).thresholds).toEqual({ high: 3358, soft: 2703, low: 2048 });
});

test.each([
  [{ base: 'esxi-6.x', minFreeKbytes: 4096 }, /minFreeKbytes.*basis: watermarks/],
  [{ base: 'esxi-6.x', watermarkScale: 10 }, /watermarkScale.*basis: watermarks/],
  [{ base: 'linux', watermarkScale: 0 }, /Give 1 to 1000/],
  [{ base: 'linux', minFreePercent: 6 }, /minFreePercent/],
  [{ base: 'linux', thresholds: { low: -1 } }, /threshold of low is -1/],
  [{ base: 'linux', givers: 'all' as never }, /givers.*Give above-target or by-size/],
])('%j is refused', (settings, message) => {
  const read = readModel(settings);
  expect('problems' in read && read.problems.map(({ what, mend }) => `${what} ${mend}`).join()).toMatch(
    message,
  );
});
