import type {
  Backing,
  Nanoseconds,
  ReclaimReceipt,
  ReclaimRequest,
  RelaxRequest,
  ShrinkRequest,
  Strategy,
  StrategyHost,
  Victim,
  VmId,
} from '@overbook/core';
import { BLOCKED, KIND_BALLOONED, KIND_MAPPED } from '@overbook/core';

import { BrokenPromise } from '../promises.ts';
import { lend } from './lent.ts';
import type { Call, Watch } from './watch.ts';

type Streams = (host: StrategyHost) => StrategyHost;
type Watched = { readonly [K in keyof Strategy]?: unknown };

/** The strategy with the kit around each method that it has: an absent method means that it does not do that. */
export function watchStrategy(strategy: Strategy, watch: Watch, streams: Streams): Strategy {
  const watched: Watched = {
    backings: watchBackings(strategy.backings, watch),
    start: (host: StrategyHost) => (watch.started = strategy.start!(streams(host))),
    reclaim: (request: ReclaimRequest) => reclaim(strategy, watch, request),
    rescue: (victim: Victim) => rescue(strategy, watch, victim),
    accept: (page: Victim) => accept(strategy, watch, page),
    pending: (vm: VmId) => pendingOf(strategy, watch, vm),
    relax: (request: RelaxRequest) => relax(strategy, watch, request),
    shrink: (request: ShrinkRequest) => shrink(strategy, watch, request),
    largePageBroken: (...given: Parameters<Required<Strategy>['largePageBroken']>) => {
      watch.looked('largePages');
      watch.run('largePageBroken', given[0], () => strategy.largePageBroken!(...given));
    },
    verify: () => {
      watch.looked('books');
      strategy.verify!();
    },
  };
  const bound = new Map<string | symbol, unknown>();
  return new Proxy(strategy, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (value === undefined || value === null) return value;
      if (name in watched) return watched[name as keyof Strategy];
      if (typeof value !== 'function') return value;
      if (!bound.has(name)) {
        const method = value.bind(target) as (...given: unknown[]) => unknown;
        bound.set(name, (...given: unknown[]) => watch.run(String(name), undefined, () => method(...given)));
      }
      return bound.get(name);
    },
  });
}

function reclaim(strategy: Strategy, watch: Watch, request: ReclaimRequest): ReclaimReceipt {
  const { lent, over } = lend(watch, 'the request of reclaim', request);
  const { vm } = request;
  try {
    return watch.run(
      'reclaim',
      vm,
      () => strategy.reclaim!(lent),
      (receipt, { took }) => {
        // What is no receipt is core's to refuse.
        if (typeof receipt !== 'object') return;
        watch.looked('askedVm');
        if (took.size > 0) watch.looked('tried');
        watch.acted += receipt.freed + receipt.ordered;
        watch.ordered.set(vm, (watch.ordered.get(vm) ?? 0) + receipt.ordered);
        if (receipt.tried >= took.size) return;
        const said = `freed ${receipt.freed}, tried ${receipt.tried}`;
        watch.broke('tried', `${took.size} pages of VM ${vm} were taken in one call: ${said}`);
      },
    );
  } finally {
    over();
  }
}

function rescue(strategy: Strategy, watch: Watch, victim: Victim): boolean {
  const { lent, over } = lend(watch, 'the victim of rescue', victim);
  const { vm, gfn } = victim;
  try {
    return watch.run(
      'rescue',
      vm,
      () => strategy.rescue!(lent),
      (rescued) => {
        watch.looked('rescue');
        watch.acted += rescued ? 1 : 0;
        const mapped = watch.around!.host.memory.kind(vm, gfn) === KIND_MAPPED;
        if (rescued !== mapped) return;
        const is = mapped ? 'still mapped' : 'no longer mapped';
        throw new BrokenPromise('rescue', `page ${gfn} of VM ${vm} is ${is}, and it answered ${rescued}`);
      },
    );
  } finally {
    over();
  }
}

function accept(strategy: Strategy, watch: Watch, page: Victim): boolean {
  const { lent, over } = lend(watch, 'the page of accept', page);
  const { vm, gfn } = page;
  const { memory } = watch.around!.host;
  const before = memory.kind(vm, gfn);
  try {
    return watch.run(
      'accept',
      vm,
      () => strategy.accept!(lent),
      (taken) => {
        watch.looked('accept');
        const moved = memory.kind(vm, gfn) !== before;
        if (taken === moved) return;
        const is = moved ? 'was moved' : 'is where it was';
        throw new BrokenPromise('accept', `page ${gfn} of VM ${vm} ${is}, and it answered ${taken}`);
      },
    );
  } finally {
    over();
  }
}

function pendingOf(strategy: Strategy, watch: Watch, vm: VmId): ReturnType<Required<Strategy>['pending']> {
  return watch.run(
    'pending',
    vm,
    () => strategy.pending!(vm),
    (pending) => {
      watch.looked('pending');
      const size = watch.around!.host.memory.vms[vm]!.size;
      if (Number.isInteger(pending) && pending >= 0 && pending <= size) return;
      throw new BrokenPromise('pending', `VM ${vm} has ${size} pages, and ${pending} of them are pending`);
    },
  );
}

function relax(
  strategy: Strategy,
  watch: Watch,
  request: RelaxRequest,
): ReturnType<Required<Strategy>['relax']> {
  const { lent, over } = lend(watch, 'the request of relax', request);
  const { vm, pages: wanted } = request;
  const holds = heldOf(strategy, watch, vm);
  try {
    return watch.run(
      'relax',
      vm,
      () => strategy.relax!(lent),
      (given) => {
        watch.looked('relax');
        if (Number.isInteger(given) && given >= 0 && given <= Math.min(wanted, holds)) return;
        const was = `${wanted} pages of VM ${vm} should go back; it held or had ordered ${holds}`;
        watch.broke('relax', `${was}, but it claims ${given}`);
      },
    );
  } finally {
    over();
  }
}

function shrink(
  strategy: Strategy,
  watch: Watch,
  request: ShrinkRequest,
): ReturnType<Required<Strategy>['shrink']> {
  const { lent, over } = lend(watch, 'the request of shrink', request);
  const { vm } = request;
  const { pool, memory } = watch.around!.host;
  const ofOthers = (): number =>
    memory.vms.reduce((sum, { id }) => sum + (id === vm ? 0 : ownPages(watch, id)), 0);
  const before = { free: pool.free, others: ofOthers() };
  try {
    return watch.run(
      'shrink',
      vm,
      () => strategy.shrink!(lent),
      (freed) => {
        watch.looked('shrink');
        const gained = pool.free - before.free;
        if (freed !== gained)
          watch.broke('shrink', `it freed ${freed} frames of VM ${vm}, the pool gained ${gained}`);
        const moved = before.others - ofOthers();
        if (moved !== 0) watch.broke('shrink', `asked for VM ${vm}, it handed on ${moved} pages of others`);
      },
    );
  } finally {
    over();
  }
}

/** Pages of a VM that a strategy could give back: ballooned, in its own kinds, and ordered. */
function heldOf(strategy: Strategy, watch: Watch, vm: VmId): number {
  const { counts } = watch.around!.host.memory.pmaps[vm]!;
  return ownPages(watch, vm) + counts[KIND_BALLOONED]! + (strategy.pending?.(vm) ?? 0);
}

/** Pages of a VM in the strategy's own kinds. */
function ownPages({ around, kinds }: Watch, vm: VmId): number {
  const { counts } = around!.host.memory.pmaps[vm]!;
  return Object.values(kinds).reduce((sum, kind) => sum + counts[kind]!, 0);
}

function watchBackings(backings: Strategy['backings'], watch: Watch): Strategy['backings'] {
  if (backings === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(backings).map(([kind, backing]) => [kind, watchBacking(backing, watch)]),
  );
}

function watchBacking(backing: Backing, watch: Watch): Backing {
  return {
    fault: (...given) =>
      watch.run(
        'fault',
        given[0],
        () => backing.fault(...given),
        (done, call) => {
          if (given[4] && done !== BLOCKED) watch.looked('writeFault');
          faultTime(watch, call, given[3], done);
        },
      ),
    release: (...given) => watch.run('release', given[0], () => backing.release(...given)),
    peek: (...given) => watch.run('peek', given[0], () => backing.peek(...given)),
    footprint: () => watch.run('footprint', undefined, () => backing.footprint()),
  };
}

/** A fault takes at least the time until its frame is free, the work charged in it, and the read it waits for. */
function faultTime(watch: Watch, call: Call, at: Nanoseconds, done: Nanoseconds): void {
  if (done === BLOCKED) return;
  watch.looked('faultTime');
  const worked = Math.max(at, call.readyAt) + call.cpuNs;
  const earliest = Math.max(worked, call.readAt === Infinity ? worked : call.readAt);
  if (call.loaded && done === worked) watch.instantLoads++;
  // A completion before the fault began is another promise, and the workload's to name.
  if (done >= earliest || done < at) return;
  const frame = call.readyAt > at ? `, its frame is free at ${call.readyAt}` : '';
  const read = call.readAt === Infinity ? '' : `, its page is read at ${call.readAt}`;
  watch.broke(
    'faultTime',
    `a fault of VM ${call.vm} at ${at} ns ends at ${done}${frame}${read}, and its work takes ${call.cpuNs} ns`,
  );
}
