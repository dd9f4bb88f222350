import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MEMORY_STATE_MODELS } from '../pressure/models.ts';
import { resolveLadder } from './ladder.ts';
import { shareGoal } from './share-goal.ts';

function candidate(id: string, canReclaim = true, actsFrom: 'clear' | 'soft' | 'hard' = 'hard') {
  return {
    id,
    canReclaim,
    actsFrom,
  };
}

test('strategies that a ladder names act where it says, in its order', () => {
  const ladder = resolveLadder(MEMORY_STATE_MODELS['esxi-6.x']!.ladder, [
    candidate('hostswap'),
    candidate('balloon'),
    candidate('tps'),
  ]);
  expect(ladder).toEqual({
    high: [],
    clear: ['tps'],
    soft: ['tps', 'balloon', 'hostswap'],
    hard: ['tps', 'hostswap'],
    low: ['hostswap'],
  });
});

test('a stranger acts from its own state on, ahead of the last resort', () => {
  const ladder = resolveLadder(MEMORY_STATE_MODELS['esx-5.x']!.ladder, [
    candidate('mine', true, 'soft'),
    candidate('hostswap'),
  ]);
  expect(ladder.soft).toEqual(['mine', 'hostswap']);
  expect(ladder.low).toEqual(['mine', 'hostswap']);
  expect(ladder.clear).toEqual([]);
});

test('a strategy that cannot reclaim stands on no rung', () => {
  expect(resolveLadder({ hard: ['tps'] }, [candidate('tps', false)]).hard).toEqual([]);
});

test('a deficit is shared in proportion to what VMs hold above their targets', () => {
  expect(shareGoal(30, [10, 50, -5], [0, 0, 0])).toEqual([5, 25, 0]);
});

test('what targets do not cover is shared in proportion to what is held above reservations', () => {
  expect(shareGoal(30, [10, 0, 0], [10, 10, 30])).toEqual([10, 5, 15]);
});

test('goals cover the deficit where there is enough, and never take a reservation', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ over: fc.integer({ min: -50, max: 50 }), more: fc.nat(50) }), { minLength: 1 }),
      fc.integer({ min: 1, max: 500 }),
      (vms, deficit) => {
        const over = vms.map((vm) => vm.over);
        const spare = vms.map((vm) => Math.max(0, vm.over) + vm.more);
        const goals = shareGoal(deficit, over, spare);
        const total = goals.reduce((sum, goal) => sum + goal, 0);
        const possible = spare.reduce((sum, n) => sum + n, 0);
        expect(total).toBeGreaterThanOrEqual(Math.min(deficit, possible));
        expect(total).toBeLessThanOrEqual(deficit + vms.length);
        goals.forEach((goal, i) => expect(goal).toBeLessThanOrEqual(spare[i]!));
      },
    ),
    { seed: 0x0b00c },
  );
});

test('a ladder that puts the last resort first is taken at its word', () => {
  const mix = [candidate('balloon'), candidate('mine', true, 'soft'), candidate('hostswap')];
  expect(resolveLadder({ soft: ['hostswap', 'balloon'] }, mix).soft).toEqual(['hostswap', 'balloon', 'mine']);
  expect(resolveLadder({ soft: ['balloon', 'hostswap'] }, mix).soft).toEqual(['balloon', 'mine', 'hostswap']);
});
