import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toPages } from '../units/page.ts';
import { HOST_MEMORY_STATES, severity } from '../ports/memory-state.ts';
import type { MemoryStateModel } from './models.ts';
import { MEMORY_STATE_MODELS } from './models.ts';
import { PressureLevel } from './pressure-level.ts';
import { resolveModel } from './resolve-model.ts';

/** Thresholds of 400, 100, 64, 32 and 16 pages. */
const SIX: MemoryStateModel = { ...MEMORY_STATE_MODELS['esxi-6.x']!, basis: 'memory' };

function levelOf(changes: Partial<MemoryStateModel> = {}): PressureLevel {
  const model = { ...SIX, ...changes };
  return new PressureLevel(resolveModel(model, toPages(100)), model.largePages);
}

function walk(level: PressureLevel, frees: readonly number[]): readonly string[] {
  return frees.map((free) => {
    level.update(free);
    return level.early === undefined ? level.state : `${level.state}, early ${level.early}`;
  });
}

test('orders of soft begin ten percent above its threshold, and go on until memory is plentiful again', () => {
  // Soft is entered below 64, its orders begin below 70 (64 × 1.1) and end above 77 (64 × 1.1 × 1.1).
  expect(walk(levelOf(), [71, 70, 69, 64, 63, 70, 71, 77, 78])).toEqual([
    'clear',
    'clear',
    'clear, early soft',
    'clear, early soft',
    'soft',
    'soft',
    'clear, early soft',
    'clear, early soft',
    'clear',
  ]);
});

test('nothing begins early where the model says so', () => {
  expect(walk(levelOf({ earlyPercent: 0 }), [65, 64, 63])).toEqual(['clear', 'clear', 'soft']);
});

test('a lower boundary lets a state begin below its threshold', () => {
  expect(walk(levelOf({ earlyPercent: 0, enterPercent: 90 }), [89, 58, 57, 56])).toEqual([
    'clear',
    'clear',
    'clear',
    'soft',
  ]);
});

test('a state may be left at the threshold of the next milder one ("the higher threshold")', () => {
  const changes = { earlyPercent: 0, leaveOf: 'next' } as const;
  expect(walk(levelOf(changes), [63, 71, 110, 111, 440, 441])).toEqual([
    'soft',
    'soft',
    'soft',
    'clear',
    'clear',
    'high',
  ]);
});

test('cold large pages are broken below the high threshold, all from clear on, none while memory is plentiful', () => {
  const level = levelOf();
  const actions = [400, 399, 440, 441, 99, 20, 110, 111, 441].map((free) => {
    level.update(free);
    return level.largePages;
  });
  expect(actions).toEqual([
    'keep',
    'break-cold',
    'break-cold',
    'keep',
    'break-all',
    'break-all',
    'break-all',
    'break-cold',
    'keep',
  ]);
});

test('generations before 6.0 keep large pages until something takes one of their pages', () => {
  const model = MEMORY_STATE_MODELS['esx-5.x']!;
  const level = new PressureLevel(resolveModel(model, toPages(1_000_000)), model.largePages);
  expect([900_000, 30_000, 100].map((free) => (level.update(free), level.largePages))).toEqual([
    'keep',
    'keep',
    'keep',
  ]);
});

test('between its marks a level never changes, and beyond one it may', () => {
  const percent = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(
      percent,
      fc.constantFrom('own' as const, 'next' as const),
      fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 40 }),
      (earlyPercent, leaveOf, frees) => {
        const level = levelOf({ earlyPercent, leaveOf });
        level.update(600);
        for (const free of frees) {
          const { low, high } = level.marks();
          const before = { state: level.state, early: level.early, scarce: level.scarce };
          const changed = level.update(free);
          const after = { state: level.state, early: level.early, scarce: level.scarce };
          expect(changed).toBe(JSON.stringify(before) !== JSON.stringify(after));
          if (free >= low && free <= high) expect(changed).toBe(false);
          if (level.early !== undefined) expect(severity(level.early)).toBeGreaterThan(severity(level.state));
          expect(HOST_MEMORY_STATES).toContain(level.state);
        }
      },
    ),
  );
});
