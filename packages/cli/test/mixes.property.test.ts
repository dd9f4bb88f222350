/**
 * Every strategy alone, every two of them and all together, on random hosts, under random ladders: each access is
 * served in bounded time, or its VM is ended when nothing could give, or the mix was refused before anything ran.
 */
import { balloon, freePageReporting } from '@overbook/balloon';
import { compression, zram, zswap } from '@overbook/compression';
import type { VmId } from '@overbook/core';
import type { GuestDrivers, AnyStrategyPlugin, Chosen, Host, HostConfig } from '@overbook/core/host';
import {
  BLOCKED,
  KIND_BALLOONED,
  KIND_MAPPED,
  NS_PER_MS,
  isOverbookError,
  toGfn,
  toPages,
} from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const STRATEGIES: Readonly<Record<string, Chosen<AnyStrategyPlugin>>> = {
  hostswap,
  tps: { plugin: tps, options: { pagesPerSecond: 20_000, salting: 0 } },
  ksm: { plugin: tps, options: { mode: 'ksm', pages_to_scan: 2000 } },
  balloon,
  'free-page-reporting': { plugin: freePageReporting, options: { order: 0 } },
  compression,
  zswap,
  zram: { plugin: zram, options: { disksizePercent: 200 } },
};
const NAMES = Object.keys(STRATEGIES);

/** Alone, by twos, all; the two modes of tps never together. */
const MIXES: readonly (readonly string[])[] = [
  ...NAMES.map((name) => [name]),
  ...NAMES.flatMap((one, i) => NAMES.slice(i + 1).map((other) => [one, other])),
  NAMES.filter((name) => name !== 'tps'),
  NAMES.filter((name) => name !== 'ksm'),
].filter((mix) => !(mix.includes('tps') && mix.includes('ksm')));

/** Longest that a VM may wait before it is ended. */
const LIMIT_MS = 10_000;
const RETRY_MS = 1;
const RETRY_MS_MAX = 128;
/** What the balloon leaves to a guest by its defaults: a fifth of what could be given, a third of all. */
const SAFE = 0.8;
const MOST = 0.65;

/** The simplest guests: what is not used is free; a driver gives free pages. */
class Guests implements GuestDrivers {
  readonly free: number[][];
  readonly used: number[][];
  readonly #ballooned: number[][];
  readonly #drivers: readonly boolean[];

  constructor(vms: readonly Drawn['vms'][number][]) {
    this.free = vms.map(({ size }) => Array.from({ length: size }, (_, page) => size - 1 - page));
    this.used = vms.map(() => []);
    this.#ballooned = vms.map(() => []);
    this.#drivers = vms.map(({ driver }) => driver);
  }

  mayHaveDriver(vm: VmId): boolean {
    return this.#drivers[vm]!;
  }

  hasDriver(vm: VmId): boolean {
    return this.#drivers[vm]!;
  }

  statistics(vm: VmId) {
    const free = toPages(this.free[vm]!.length);
    return { free, available: free };
  }

  inflate(vm: VmId, count: number, into: Uint32Array): number {
    return move(this.free[vm]!, this.#ballooned[vm]!, count, into);
  }

  deflate(vm: VmId, count: number, into: Uint32Array): number {
    return move(this.#ballooned[vm]!, this.free[vm]!, count, into);
  }

  reportFree(vm: VmId, count: number, into: Uint32Array): number {
    const told = this.free[vm]!.slice(-count);
    into.set(told);
    return told.length;
  }
}

function move(from: number[], to: number[], count: number, into: Uint32Array): number {
  const moved = from.splice(Math.max(0, from.length - count));
  into.set(moved);
  to.push(...moved);
  return moved.length;
}

const anyRungs = fc.uniqueArray(fc.constantFrom('hostswap', 'tps', 'balloon'));
const anyModel = fc.oneof(
  fc.constantFrom('direct', 'esx-1.5', 'esx-4.1', 'esx-5.x', 'esxi-6.x', 'linux'),
  fc.record({
    base: fc.constantFrom('esx-1.5', 'esxi-6.x'),
    ladder: fc.record({ soft: anyRungs, hard: anyRungs, low: anyRungs }),
    blocking: fc.constantFrom('execution' as const, 'allocation' as const, 'none' as const),
    orders: fc.constantFrom('kept' as const, 'withdrawn' as const),
    earlyPercent: fc.constantFrom(0, 10, 50),
  }),
);
const anyVm = fc
  .record({
    size: fc.integer({ min: 1, max: 200 }),
    limitPercent: fc.constantFrom(100, 100, 100, 60, 25),
    driver: fc.boolean(),
  })
  .map(({ size, limitPercent, driver }) => ({
    size,
    limit: Math.max(1, Math.floor((size * limitPercent) / 100)),
    driver,
  }));
const anyHost = fc.record({
  mix: fc.constantFrom(...MIXES),
  reversed: fc.boolean(),
  memory: fc.integer({ min: 24, max: 400 }),
  reserve: fc.integer({ min: 1, max: 6 }),
  model: anyModel,
  vms: fc.array(anyVm, { minLength: 1, maxLength: 4 }),
  work: fc.array(
    fc.record({
      vm: fc.nat(3),
      does: fc.constantFrom('takes', 'takes', 'rewrites', 'frees'),
      percent: fc.integer({ min: 5, max: 100 }),
      contents: fc.constantFrom(3, 40, 1_000_000),
      thenMs: fc.constantFrom(0, 50, 1500),
    }),
    { minLength: 4, maxLength: 16 },
  ),
});
type Drawn = typeof anyHost extends fc.Arbitrary<infer T> ? T : never;

function configOf({ mix, reversed, memory, reserve, model, vms }: Drawn, guests: Guests): HostConfig {
  const order = reversed ? mix.toReversed() : mix;
  return {
    memory: toPages(memory),
    reserve: toPages(reserve),
    memoryStates: model,
    vms: vms.map(({ size, limit }, i) => ({
      name: `vm${i}`,
      size: toPages(size),
      limit: toPages(limit),
    })),
    strategies: order.map((name) => STRATEGIES[name]!),
    store: 'bytes',
    paces: { balance: 1000 },
    edges: { guests },
  };
}

/** One access as a guest makes it. @returns false when it was not served within the limit */
function access(host: Host, vm: VmId, page: number, content: string): boolean {
  const from = host.clock.now();
  let retry = RETRY_MS;
  for (let at = from; at - from <= LIMIT_MS * NS_PER_MS; at = host.clock.now()) {
    const completion = host.memory.access(vm, toGfn(page), true, at);
    if (completion !== BLOCKED) {
      expect(completion - at, 'an access ends in bounded time').toBeLessThan(LIMIT_MS * NS_PER_MS);
      host.vm(host.memory.vms[vm]!.name).write(page, content);
      host.settle(at);
      return true;
    }
    host.advance(retry);
    retry = Math.min(2 * retry, RETRY_MS_MAX);
  }
  return false;
}

/** Frames that would come free if the balloon of a VM took what its own rules still allow. */
function couldGive(host: Host, guests: Guests, vm: VmId): number {
  const { size } = host.memory.vms[vm]!;
  if (!guests.hasDriver(vm) || host.memory.poweredOff.has(vm)) return 0;
  const held = host.memory.count(vm, KIND_BALLOONED);
  const safe = Math.floor((held + guests.free[vm]!.length) * SAFE);
  const more = Math.min(safe, Math.floor(size * MOST)) - held;
  const first = guests.free[vm]!.slice(-Math.max(1, more)).slice(0, Math.max(0, more));
  return first.filter((page) => host.memory.kind(vm, toGfn(page)) === KIND_MAPPED).length;
}

/** What is left of those who could have given, when a VM has waited too long. */
function stillGives(host: Host, guests: Guests, mix: readonly string[], vm: VmId): string[] {
  const { limit, size } = host.memory.vms[vm]!;
  const atLimit = limit < size && host.memory.consumed(vm) >= limit;
  const asked = atLimit ? [vm] : host.memory.vms.map(({ id }) => id);
  return [
    ...(mix.includes('hostswap') ? ['hostswap'] : []),
    ...asked
      .filter((one) => mix.includes('balloon') && couldGive(host, guests, one) > 0)
      .map((one) => `balloon of VM ${one}, ${couldGive(host, guests, one)} pages`),
  ];
}

test('no host waits for nobody', () => {
  let refused = 0;
  let ended = 0;
  let served = 0;
  fc.assert(
    fc.property(anyHost, (drawn) => {
      const guests = new Guests(drawn.vms);
      let host: Host;
      try {
        host = composeHost(configOf(drawn, guests));
      } catch (error) {
        if (!isOverbookError(error) || error.code !== 'OVB_MIX_NEVER_GIVES') throw error;
        refused++;
        const gives = drawn.mix.filter((name) => {
          if (['compression', 'zswap', 'zram'].includes(name)) return false;
          return name === 'balloon' || name === 'free-page-reporting'
            ? drawn.vms.some(({ driver }) => driver)
            : true;
        });
        expect(gives, 'refused although these can give').toEqual([]);
        return;
      }
      try {
        for (const { vm: drawnVm, does, percent, contents, thenMs } of drawn.work) {
          const vm = host.memory.vms[drawnVm % drawn.vms.length]!.id;
          const [used, free] = [guests.used[vm]!, guests.free[vm]!];
          const count = Math.ceil((drawn.vms[vm]!.size * percent) / 100);
          for (let i = 0; i < count && !host.memory.poweredOff.has(vm); i++) {
            if (does === 'frees') {
              if (used.length > 0) free.push(used.pop()!);
              continue;
            }
            const page = does === 'takes' ? free.pop() : used[(i * 7) % Math.max(1, used.length)];
            if (page === undefined) break;
            if (does === 'takes') used.push(page);
            if (access(host, vm, page, `${(page * 31 + i) % contents}`)) {
              served++;
              continue;
            }
            expect(stillGives(host, guests, drawn.mix, vm), 'ended although these could give').toEqual([]);
            expect(host.mayStarve).toBe(true);
            ended++;
            host.powerOff(`vm${vm}`);
          }
          host.advance(thenMs);
          host.verify();
        }
      } finally {
        host.dispose();
      }
    }),
    { numRuns: Number(process.env['OVB_CASES'] ?? 60) },
  );
  // The hosts drawn are of every kind.
  expect(Math.min(refused, ended, served)).toBeGreaterThan(0);
}, 120_000);
