import type { HostMemoryState, ReclaimReceipt, Strategy, VmFacts } from '@overbook/core';
import { toPages } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import type { Workload } from '../kit/workload.ts';
import { BrokenPromise } from '../promises.ts';

interface Asked {
  readonly goal: number;
  readonly budget: number;
  readonly state: HostMemoryState;
  readonly direct: boolean;
}

/** Goals and budgets a reclaimer could ask for, the edges among them. */
const QUESTIONS: readonly Asked[] = [
  { goal: 0, budget: 64, state: 'soft', direct: false },
  { goal: 0, budget: 0, state: 'low', direct: true },
  { goal: 1, budget: 1, state: 'hard', direct: false },
  { goal: 1, budget: 80, state: 'low', direct: true },
  { goal: 5, budget: 3, state: 'soft', direct: false },
  { goal: 7, budget: 0, state: 'soft', direct: false },
  { goal: 13, budget: 272, state: 'soft', direct: false },
  { goal: 32, budget: 576, state: 'low', direct: true },
  { goal: 1000, budget: 16_064, state: 'hard', direct: false },
];
/** Guest steps between two questions: there is something to take again. */
const STEPS_BETWEEN = 12;

/**
 * Asks the strategy itself, past the reclaimer, with every goal and budget, and holds each receipt against
 * the pool.
 */
export function checkRequests(kit: KitHost, work: Workload): void {
  const strategy = kit.watch.watched;
  if (strategy?.reclaim === undefined) return;
  for (const id of ['goalZero', 'withinGoal', 'withinBudget', 'poolGain'] as const) kit.watch.looked(id);
  for (const vm of kit.host.memory.vms) {
    for (const asked of QUESTIONS) {
      ask(kit, work, strategy, vm, asked);
      work.verify();
      for (let i = 0; i < STEPS_BETWEEN; i++) work.step();
    }
    work.quiet(20);
    work.peekAll();
  }
}

function ask(kit: KitHost, work: Workload, strategy: Strategy, vm: VmFacts, asked: Asked): void {
  const { host, clock } = kit;
  const before = host.pool.free;
  const tables = work.log.tables(host);
  const receipt = strategy.reclaim!({
    vm: vm.id,
    goal: toPages(asked.goal),
    budget: toPages(asked.budget),
    state: asked.state,
    direct: asked.direct,
    at: clock.now(),
  });
  const gained = host.pool.free - before;
  const numbers = numbersOf(vm, asked, receipt, gained);
  if (
    asked.goal === 0 &&
    (receipt.freed !== 0 || receipt.ordered !== 0 || work.log.tables(host) !== tables)
  ) {
    throw new BrokenPromise('goalZero', numbers);
  }
  if (receipt.freed !== gained) throw new BrokenPromise('poolGain', numbers);
  if (receipt.freed + receipt.ordered > asked.goal) throw new BrokenPromise('withinGoal', numbers);
  if (receipt.tried > asked.budget) throw new BrokenPromise('withinBudget', numbers);
  const counts = [receipt.ordered, receipt.tried, ...receipt.refused.map((refusal) => refusal.pages)];
  if (!counts.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new BrokenPromise('contract', `a receipt counts whole pages: ${numbers}`);
  }
  if (
    receipt.readyAt !== undefined &&
    !(receipt.readyAt >= clock.now() && Number.isFinite(receipt.readyAt))
  ) {
    throw new BrokenPromise(
      'contract',
      `frames are ready at ${receipt.readyAt}, but were requested at ${clock.now()}`,
    );
  }
}

function numbersOf(vm: VmFacts, asked: Asked, receipt: ReclaimReceipt, gained: number): string {
  return (
    `asked VM ${vm.name} for goal ${asked.goal}, budget ${asked.budget}, ` +
    `${asked.state}${asked.direct ? ', direct' : ''}: ` +
    `freed ${receipt.freed}, ordered ${receipt.ordered}, tried ${receipt.tried}, pool gained ${gained}`
  );
}
