import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { AnyStrategyPlugin, HostConfig } from '../composition/host-config.ts';
import type { Host } from '../host/host.ts';
import { KIND_BALLOONED, KIND_MAPPED } from '../pmap/kinds.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import type { MemoryStateSettings } from '../pressure/model-settings.ts';
import type { Strategy } from '../contract/strategy.ts';
import { BLOCKED, defineStrategy } from '../contract/strategy.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';
import type { Decision } from '../contract/decision.ts';

const A = toVmId(0);
const B = toVmId(1);

/** A balloon whose guest gives what it was asked for when the test says so: pages it uses, or its last ones. */
class ToyBalloon {
  wanted = 0;
  held = 0;
  give: (used?: 'used') => void = () => undefined;

  readonly plugin: AnyStrategyPlugin = defineStrategy({
    id: 'balloon',
    contract: 2,
    title: 'Gives when told to',
    options: z.strictObject({}),
    needs: { table: PAGES },
    claims: ['ballooned'],
    actsFrom: 'soft',
    create: ({ table }): Strategy => {
      this.give = (used) => {
        const { size } = table.vms[A]!;
        for (let i = 0; this.held < this.wanted; i++) {
          const page = used === undefined ? size - 1 - i : i;
          if (table.kind(A, toGfn(page)) === KIND_BALLOONED) continue;
          table.balloon(A, toGfn(page));
          this.held++;
        }
      };
      return {
        reclaim: ({ vm, goal, direct }) => {
          const ordered = direct || vm !== A ? toPages(0) : goal;
          this.wanted += ordered;
          return { freed: toPages(0), ordered, tried: toPages(0), refused: [] };
        },
        pending: (vm) => toPages(vm === A ? this.wanted - this.held : 0),
        relax: ({ vm, pages: back }) => {
          if (vm !== A) return toPages(0);
          const before = this.wanted;
          this.wanted = Math.max(0, before - back);
          return toPages(before - this.wanted);
        },
      };
    },
  });
}

/** Throws pages away, under the id that the shipped ladders name as the last resort. */
const toySwap: AnyStrategyPlugin = defineStrategy({
  id: 'hostswap',
  contract: 2,
  title: 'Frees at once',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES },
  kinds: ['gone'],
  lastResort: true,
  create: ({ table, frames }, _options, self): Strategy => ({
    reclaim: ({ vm, goal, budget }) => {
      let freed = 0;
      let tried = 0;
      for (let page = 0; page < table.vms[vm]!.size && freed < goal && tried < budget; page++) {
        if (table.kind(vm, toGfn(page)) !== KIND_MAPPED || table.pinned(vm, toGfn(page))) continue;
        tried++;
        freed += table.evict(vm, toGfn(page), self.kinds['gone']!, 0);
      }
      return { freed: toPages(freed), ordered: toPages(0), tried: toPages(tried), refused: [] };
    },
    backings: {
      gone: {
        fault: () => toNs(-1),
        release: () => undefined,
        peek: () => undefined,
        footprint: () => toPages(frames.own),
      },
    },
  }),
});

/** 1,000 frames: high 60, soft 40, hard 20, low 10 free frames. Nobody orders targets. */
const STATES: MemoryStateSettings = { base: 'esx-1.5', orders: 'withdrawn' };

function rig(states: MemoryStateSettings = STATES, more: Partial<HostConfig> = {}) {
  const balloon = new ToyBalloon();
  const host: Host = composeHost({
    memory: toPages(1000),
    vms: [
      { name: 'a', size: toPages(2000) },
      { name: 'b', size: toPages(600) },
    ],
    strategies: [balloon.plugin, toySwap],
    policies: [],
    memoryStates: { ...STATES, ...states },
    reserve: toPages(2),
    store: 'keys',
    ...more,
  });
  const receipts: Extract<Decision, { kind: 'receipt' }>[] = [];
  host.decisions$.subscribe((decision) => {
    if (decision.kind === 'receipt') receipts.push(decision);
  });
  return {
    host,
    balloon,
    receipts,
    /** Touches pages until so many frames are left; then the host does what is due. */
    fillTo: (free: number, vm = A, from = 0): void => {
      for (let page = from; host.pool.free > free; page++)
        host.memory.access(vm, toGfn(page), true, host.clock.now());
      host.settle(host.clock.now());
    },
    asked: () => receipts.map(({ strategy, why }) => `${strategy} for ${why}`),
  };
}

test('in high nothing is reclaimed, though less is free than is wanted', () => {
  const { host, asked, fillTo } = rig();
  fillTo(45);
  host.advance(1000);
  expect(host.state).toBe('high');
  expect(asked()).toEqual([]);
});

test('a balloon is asked before soft is reached, paging is not', () => {
  const { host, balloon, asked, fillTo } = rig({ earlyPercent: 10 });
  fillTo(43);
  expect(host.state).toBe('high');
  expect(host.pressure().early).toBe('soft');
  expect(asked()).toEqual(['balloon for early']);
  // All of what is missing to the wanted 60 free frames, not only to the threshold of soft.
  expect(balloon.wanted).toBe(17);
  balloon.give('used');
  host.advance(200);
  expect(host.pool.free).toBe(60);
  expect(host.pressure()).not.toHaveProperty('early');
});

test('without an early start a balloon is asked in soft, not before', () => {
  const { asked, fillTo, host } = rig({ earlyPercent: 0 });
  fillTo(40);
  expect(asked()).toEqual([]);
  fillTo(39);
  expect(host.state).toBe('soft');
  expect(asked()).toEqual(['balloon for pressure']);
});

test('in soft what the balloon promises is not paged; in hard it is', () => {
  const { host, balloon, asked, fillTo } = rig();
  fillTo(35);
  expect(balloon.wanted).toBe(25);
  expect(asked()).toEqual(['balloon for pressure']);
  for (let page = 0; host.pool.free > 15; page++) host.memory.access(B, toGfn(page), true, host.clock.now());
  host.settle(host.clock.now());
  expect([...new Set(asked())]).toEqual(['balloon for pressure', 'hostswap for pressure']);
  expect(host.pool.free).toBeGreaterThanOrEqual(60);
});

test.each([
  ['withdrawn', 0],
  ['kept', 25],
] as const)('orders that soft gave and hard would not are %s where the model says so', (orders, left) => {
  const { host, balloon, fillTo } = rig({ orders });
  fillTo(35);
  expect(balloon.wanted).toBe(25);
  for (let page = 0; host.pool.free > 15; page++) host.memory.access(B, toGfn(page), true, host.clock.now());
  host.settle(host.clock.now());
  expect(balloon.wanted).toBe(left);
});

test('pages that the balloon holds already stay in it when its orders are withdrawn', () => {
  const { host, balloon, fillTo } = rig();
  fillTo(35);
  balloon.give();
  for (let page = 0; host.pool.free > 15; page++) host.memory.access(B, toGfn(page), true, host.clock.now());
  host.settle(host.clock.now());
  expect([balloon.wanted, balloon.held]).toEqual([25, 25]);
});

function limited(states: MemoryStateSettings = STATES, more: Partial<HostConfig> = {}) {
  return rig(
    { earlyPercent: 10, ...states },
    { vms: [{ name: 'a', size: toPages(500), limit: toPages(200) }], ...more },
  );
}

test('a VM near its limit is asked for what it could grow beyond, by balloon, in high', () => {
  const { host, balloon, asked, fillTo } = limited();
  fillTo(1000 - 179);
  host.advance(1000);
  expect(asked()).toEqual([]);
  fillTo(1000 - 181, A, 179);
  host.advance(100);
  expect(host.state).toBe('high');
  expect(asked()).toEqual(['balloon for limit']);
  // 181 pages are used and 319 could be; the limit is 200.
  expect(balloon.wanted).toBe(300);
  balloon.give();
  host.advance(1000);
  expect(balloon.wanted).toBe(300);
  expect(host.memory.consumed(A)).toBe(181);
});

test('what a balloon holds for the limit is not given back', () => {
  const { host, balloon, fillTo } = limited(STATES, { paces: { balance: 100 } });
  fillTo(1000 - 190);
  host.advance(100);
  balloon.give();
  // The policy's period has come round many times: the VM is below its target, which is its limit.
  host.advance(5000);
  expect(balloon.wanted).toBe(300);
});

test('a limit that is lowered below what the VM has is reached by balloon, and by paging if that does not come', () => {
  const lowered = (gives: boolean) => {
    const { host, balloon, asked, fillTo } = rig(STATES, {
      vms: [{ name: 'a', size: toPages(500) }],
      paces: { patience: 1000 },
    });
    fillTo(500);
    host.memory.configure(A, { limit: toPages(300), reservation: toPages(0), shares: 1 });
    host.advance(100);
    expect(host.memory.consumed(A)).toBe(500);
    if (gives) balloon.give();
    host.advance(2000);
    expect(host.state).toBe('high');
    expect(host.memory.consumed(A)).toBeLessThanOrEqual(300);
    return [...new Set(asked())];
  };
  expect(lowered(true)).toEqual(['balloon for limit']);
  expect(lowered(false)).toEqual(['balloon for limit', 'hostswap for limit']);
});

test('without anything that gives upon order a VM above its limit is paged in any state', () => {
  const { host, fillTo } = rig(STATES, { vms: [{ name: 'a', size: toPages(500) }], strategies: [toySwap] });
  fillTo(500);
  host.memory.configure(A, { limit: toPages(300), reservation: toPages(0), shares: 1 });
  host.advance(100);
  expect(host.state).toBe('high');
  expect(host.memory.consumed(A)).toBe(300);
});

/** In the low state: VM a is above its target, VM b is not. */
function inLow(blocking: 'execution' | 'allocation' | 'none') {
  const { host, fillTo } = rig({ blocking, blocksIn: ['low'] }, { strategies: [] });
  host.memory.access(B, toGfn(0), true, toNs(0));
  fillTo(9);
  expect(host.state).toBe('low');
  host.reclaimer.targets[A] = toPages(500);
  host.advance(100);
  const at = host.clock.now();
  const goesOn = (vm: typeof A, page: number): boolean =>
    host.memory.access(vm, toGfn(page), false, at) !== BLOCKED;
  const used = goesOn(A, 0);
  const fresh = goesOn(A, 1999);
  const other = goesOn(B, 1);
  const { blocked, stopped } = host.memory.pmaps[A]!;
  return { host, used, fresh, other, blocked, stopped };
}

test('blocking by execution stops a VM above its target: not even its own pages are served', () => {
  expect(inLow('execution')).toMatchObject({
    used: false,
    fresh: false,
    other: true,
    blocked: true,
    stopped: true,
  });
});

test('blocking by allocation lets it run until it needs a frame', () => {
  expect(inLow('allocation')).toMatchObject({
    used: true,
    fresh: false,
    other: true,
    blocked: true,
    stopped: false,
  });
});

test('without blocking it runs on', () => {
  expect(inLow('none')).toMatchObject({ used: true, fresh: true, blocked: false, stopped: false });
});

test('a stopped VM runs again when it is at its target, and when the state is left', () => {
  const atTarget = inLow('execution').host;
  atTarget.reclaimer.targets[A] = toPages(5000);
  atTarget.advance(100);
  expect(atTarget.state).toBe('low');
  expect(atTarget.memory.pmaps[A]).toMatchObject({ blocked: false, stopped: false });
  const left = inLow('execution').host;
  for (let page = 0; page < 500; page++) left.memory.balloon(A, toGfn(page));
  left.advance(100);
  expect(left.state).toBe('high');
  expect(left.memory.pmaps[A]).toMatchObject({ blocked: false, stopped: false });
});

test('the pressure stream tells of what begins early and of large pages as they come and go', () => {
  const { host, fillTo } = rig({
    earlyPercent: 10,
    largePages: { high: 'break-cold', soft: 'break-all' },
  });
  const told: string[] = [];
  host.pressure$.subscribe(({ state, early, largePages, deficit }) => {
    told.push([state, early ?? '-', largePages, deficit].join(' '));
  });
  for (const free of [61, 59, 43, 39]) fillTo(free);
  // A settling tells what free memory did, then what came of it.
  expect([...new Set(told)]).toEqual([
    'high - keep 0',
    'high - break-cold 1',
    'high soft break-cold 17',
    'soft - break-all 21',
  ]);
});
