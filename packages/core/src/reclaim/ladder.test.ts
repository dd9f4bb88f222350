import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MEMORY_STATE_MODELS } from '../pressure/models.ts';
import { resolveLadder } from './ladder.ts';
import { shareGoal } from './share-goal.ts';

const STATES = ['high', 'clear', 'soft', 'hard', 'low'] as const;

function candidate(id: string, canReclaim = true, actsFrom: 'clear' | 'soft' | 'hard' = 'hard') {
  return { id, canReclaim, actsFrom, lastResort: id === 'hostswap' };
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
  );
});

test('a ladder that puts the last resort first is taken at its word', () => {
  const mix = [candidate('balloon'), candidate('mine', true, 'soft'), candidate('hostswap')];
  expect(resolveLadder({ soft: ['hostswap', 'balloon'] }, mix).soft).toEqual(['hostswap', 'balloon', 'mine']);
  expect(resolveLadder({ soft: ['balloon', 'hostswap'] }, mix).soft).toEqual(['balloon', 'mine', 'hostswap']);
});

test('without a last resort a state keeps what milder ones had', () => {
  const { ladder } = MEMORY_STATE_MODELS['esxi-6.x']!;
  expect(resolveLadder(ladder, [candidate('balloon')])).toMatchObject({
    hard: ['balloon'],
    low: ['balloon'],
  });
  expect(resolveLadder(ladder, [candidate('balloon'), candidate('tps')])).toEqual({
    high: [],
    clear: ['tps'],
    soft: ['tps', 'balloon'],
    hard: ['tps', 'balloon'],
    low: ['tps', 'balloon'],
  });
});

test('low ends with the last resort of the mix, even where the ladder leaves it out', () => {
  const mix = [candidate('hostswap'), candidate('balloon')];
  expect(resolveLadder({ soft: ['hostswap'], hard: ['balloon'], low: [] }, mix)).toMatchObject({
    hard: ['balloon', 'hostswap'],
    low: ['balloon', 'hostswap'],
  });
  expect(resolveLadder({ high: ['hostswap'], low: ['balloon'] }, mix).low).toEqual(['balloon', 'hostswap']);
});

test('whatever the ladder and the mix: low asks all that can give, or ends with a last resort', () => {
  const ids = ['tps', 'balloon', 'mine', 'hostswap', 'other-last'] as const;
  const mixes = fc.subarray([...ids]).map((some) =>
    some.map((id) => ({
      ...candidate(id, id !== 'mine' || some.length > 2),
      lastResort: /swap|last/.test(id),
    })),
  );
  const ladders = fc.record(
    Object.fromEntries(STATES.map((state) => [state, fc.subarray(ids.slice(0, 4))])),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(ladders, mixes, (ladder, mix) => {
      const rungs = resolveLadder(ladder, mix);
      const able = mix.filter(({ canReclaim }) => canReclaim);
      const lasts = able.filter(({ lastResort }) => lastResort).map(({ id }) => id);
      for (const state of STATES) {
        expect(new Set(rungs[state]).size).toBe(rungs[state].length);
        for (const id of rungs[state]) expect(able.map((one) => one.id)).toContain(id);
        // What a ladder names keeps its order.
        const named = (ladder[state] ?? []).filter((id) => able.some((one) => one.id === id));
        expect(rungs[state].filter((id) => named.includes(id as never))).toEqual(named);
      }
      if (lasts.length > 0) expect(rungs.low.some((id) => lasts.includes(id as never))).toBe(true);
      else expect([...rungs.low].sort()).toEqual(able.map(({ id }) => id).sort());
    }),
  );
});
