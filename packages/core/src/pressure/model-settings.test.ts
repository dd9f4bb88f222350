import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { toPages } from '../units/page.ts';
import type { MemoryStateSettings } from './model-settings.ts';
import { memoryStateModel, readModel } from './model-settings.ts';
import { MEMORY_STATE_MODELS } from './models.ts';
import { resolveModel } from './resolve-model.ts';

const own = {
  basis: 'memory',
  thresholds: { high: 10, soft: 5, low: 1 },
  ladder: { soft: ['balloon'], low: ['hostswap'] },
} as const;

/** What is wrong, as `key: what`. */
function wrongWith(settings: MemoryStateSettings): readonly string[] {
  const read = readModel(settings);
  return 'problems' in read ? read.problems.map(({ path, what }) => `${path.join('.')}: ${what}`) : [];
}

test('a shipped model may be changed state by state, and says what was changed', () => {
  const base = MEMORY_STATE_MODELS['esxi-6.x']!;
  const model = memoryStateModel(
    { base: 'esxi-6.x', thresholds: { high: 300 }, ladder: { hard: ['balloon', 'hostswap'] } },
    'here',
  );
  expect(model.thresholds).toEqual({ ...base.thresholds, high: 300 });
  expect(model.ladder).toEqual({ ...base.ladder, hard: ['balloon', 'hostswap'] });
  expect(model.largePages).toEqual(base.largePages);
  expect(model.assumed[0]).toMatch(/^thresholds, ladder set by the user/);
});

test('an unchanged base is the shipped model itself', () => {
  expect(memoryStateModel('esx-1.5', 'here')).toBe(MEMORY_STATE_MODELS['esx-1.5']);
  expect(memoryStateModel({ base: 'esx-1.5' }, 'here')).toBe(MEMORY_STATE_MODELS['esx-1.5']);
});

test('a model of its own needs thresholds, their basis and a ladder; the rest has defaults', () => {
  const model = memoryStateModel(own, 'here');
  expect(model).toMatchObject({ ...own, wanted: 'high', leavePercent: 110, id: 'user-defined' });
  expect(wrongWith({ basis: 'memory' })).toEqual([
    ": 'thresholds', 'ladder' missing in a user-defined memory-state model",
  ]);
});

test.each<[string, MemoryStateSettings, string]>([
  ['an unknown base', { base: 'esx-7' }, "base: there is no memory-state model 'esx-7'"],
  [
    'thresholds that do not fall',
    { base: 'esx-1.5', thresholds: { soft: 7 } },
    'thresholds.soft: the threshold of soft, 7, is not below that of high, 6',
  ],
  [
    'equal thresholds',
    { base: 'esxi-6.x', thresholds: { hard: 64 } },
    'thresholds.hard: the threshold of hard, 64, is not below that of soft, 64',
  ],
  [
    'a threshold above all of memory',
    { ...own, thresholds: { high: 110, soft: 5 }, ladder: {} },
    'thresholds.high: the threshold of high is 110 % of memory',
  ],
  [
    'no state that could ever hold',
    { ...own, thresholds: { high: 6 }, ladder: {} },
    'thresholds: no state below high has a threshold',
  ],
  [
    'an unknown state',
    { ...own, thresholds: { ...own.thresholds, medium: 3 } as never },
    "thresholds.medium: there is no state 'medium'",
  ],
  [
    'a ladder in an unknown state',
    { ...own, ladder: { urgent: ['tps'] } as never },
    "ladder.urgent: there is no state 'urgent'",
  ],
  [
    'a ladder in a state that is never entered',
    { ...own, ladder: { hard: ['hostswap'] } },
    'ladder.hard: hard has no threshold, so it is never entered',
  ],
  ['a ladder in high', { ...own, ladder: { high: ['tps'] } }, 'ladder.high: nothing is reclaimed in high'],
  [
    'a rung that is named twice',
    { ...own, ladder: { soft: ['balloon', 'balloon'] } },
    "ladder.soft.1: 'balloon' is on the ladder of soft twice",
  ],
  [
    'leaving a state below its threshold',
    { base: 'esx-1.5', leavePercent: 90 },
    'leavePercent: leavePercent is 90: a state would be left below the threshold at which it is entered',
  ],
  [
    'a fixed minFree beside thresholds of memory',
    { base: 'esx-1.5', minFreePercent: 6 },
    'minFreePercent: minFreePercent is set, but thresholds are percentages of memory',
  ],
  [
    'working towards a state without a threshold',
    { base: 'esx-1.5', wanted: 'clear' },
    "wanted: reclaim works towards the threshold of 'clear', which has none",
  ],
  [
    'large pages in a state that is never entered',
    { base: 'esx-5.x', largePages: { clear: 'break-all' } },
    'largePages.clear: clear has no threshold, so it is never entered',
  ],
  [
    'an unknown action on large pages',
    { base: 'esx-5.x', largePages: { soft: 'shatter' as never } },
    "largePages.soft: large pages in soft: there is no action 'shatter'",
  ],
  [
    'blocking in a state that is never entered',
    { base: 'esx-5.x', blocksIn: ['clear'] },
    'blocksIn.0: clear has no threshold, so it is never entered',
  ],
])('refuses %s', (_what, settings, message) => {
  expect(wrongWith(settings)).toContain(message);
  const compose = () => composeHost({ memory: toPages(64), vms: [], strategies: [], memoryStates: settings });
  expect(compose).toThrow(expect.objectContaining({ code: expect.stringMatching(/^OVB_MODEL_/) as string }));
});

test('every shipped model is a model without problems on any host', () => {
  for (const model of Object.values(MEMORY_STATE_MODELS)) {
    expect(wrongWith(model)).toEqual([]);
    for (const memory of [1, 100, 10_000, 2 ** 28]) {
      const { states } = resolveModel(model, toPages(memory));
      states.forEach(({ enterBelow, leaveAbove }, i) => {
        expect(leaveAbove).toBeGreaterThanOrEqual(enterBelow);
        if (i > 0) expect(enterBelow).toBeLessThanOrEqual(states[i - 1]!.enterBelow);
      });
    }
  }
});
