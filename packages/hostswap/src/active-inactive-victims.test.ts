import type { Gfn, PageService, VmId } from '@overbook/core';
import { FRAMES, NO_FRAME, PAGES, defineStrategy, done, toGfn, toNs, toPages, toVmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { composeHost } from '@overbook/core/host';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { ActiveInactiveVictims, isInactiveLow } from './active-inactive-victims.ts';
import { hostswap } from './index.ts';

const SIZE = 96;
const vm: VmId = toVmId(0);

/** A host with room for all, whose victims the test takes itself. */
function rig() {
  let victims!: ActiveInactiveVictims;
  let pages!: PageService;
  let kind = 0;
  const plugin = defineStrategy({
    id: 'away',
    contract: 2,
    title: 'Takes what it is told to',
    options: z.strictObject({}),
    needs: { pages: PAGES, frames: FRAMES },
    kinds: ['away'],
    create: (deps, _options, self) => {
      pages = deps.pages;
      kind = self.kinds['away']!;
      victims = new ActiveInactiveVictims(pages);
      return {
        backings: {
          away: {
            fault: (id, page, _payload, at) => {
              const frame = deps.frames.take(id, at);
              if (frame === NO_FRAME) throw new Error('there is room for all');
              pages.install(id, page, frame);
              return done(at, at, toNs(0));
            },
            release: () => undefined,
            peek: () => undefined,
            footprint: () => toPages(0),
          },
        },
      };
    },
  });
  const host = composeHost({
    memory: toPages(4 * SIZE),
    memoryStates: 'direct',
    vms: [{ name: 'a', size: toPages(SIZE) }],
    strategies: [plugin],
  });
  return {
    host,
    victims,
    touch: (page: number) => touch(host, page),
    take: () => {
      const page = victims.next(vm, false);
      if (page >= 0) pages.evict(vm, toGfn(page), kind, 0);
      return page;
    },
  };
}

function touch(host: Host, page: number): void {
  host.memory.access(vm, toGfn(page) as Gfn, false, host.clock.now());
}

/** The same rules over plain lists, newest first. */
class PlainLists {
  inactive: number[] = [];
  active: number[] = [];
  readonly accessed = new Set<number>();
  readonly referenced = new Set<number>();
  readonly shadows = new Map<number, number>();
  age = 0;
  looked = 0;
  refaulted = false;

  touch(page: number): void {
    const isIn = this.inactive.includes(page) || this.active.includes(page);
    this.accessed.add(page);
    if (isIn) return;
    this.referenced.delete(page);
    const shadow = this.shadows.get(page);
    this.shadows.delete(page);
    if (shadow === undefined || this.age - shadow > this.active.length) {
      this.inactive.unshift(page);
    } else {
      this.active.unshift(page);
      this.age++;
      this.refaulted = true;
    }
  }

  take(): number {
    while (this.inactive.length + this.active.length > 0) {
      if (this.looked % 32 === 0) this.deactivate();
      this.looked++;
      const page = this.inactive.pop();
      if (page === undefined) {
        this.looked = 0;
      } else if (!this.accessed.delete(page)) {
        this.referenced.delete(page);
        this.shadows.set(page, this.age++);
        return page;
      } else if (this.referenced.has(page)) {
        this.active.unshift(page);
        this.age++;
      } else {
        this.referenced.add(page);
        this.inactive.unshift(page);
      }
    }
    return -1;
  }

  deactivate(): void {
    if (!this.refaulted && this.inactive.length >= this.active.length) return;
    this.refaulted = false;
    for (let i = 0; i < 32 && this.active.length > 0; i++) {
      const page = this.active.pop()!;
      this.accessed.delete(page);
      this.inactive.unshift(page);
    }
  }
}

test('two lists behave as two plain arrays', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.nat(SIZE - 1) },
    { weight: 2, arbitrary: fc.nat(7) },
    { weight: 3, arbitrary: fc.constant(-1) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const { host, touch: touchPage, take } = rig();
      const plain = new PlainLists();
      for (const page of steps) {
        if (page < 0) {
          expect(take()).toBe(plain.take());
          continue;
        }
        touchPage(page);
        plain.touch(page);
      }
      host.verify();
      host.dispose();
    }),
    { numRuns: 60 },
  );
});

test('pages of one pass are taken in order of arrival, those touched again are not', () => {
  const { touch: touchPage, take } = rig();
  for (let page = 0; page < 64; page++) touchPage(page);
  expect([take(), take()]).toEqual([0, 1]);
  touchPage(2);
  touchPage(2);
  expect(take()).toBe(3);
});

test('a page that comes back soon is active, one that was away for long is not', () => {
  const { touch: touchPage, take, victims } = rig();
  for (let page = 0; page < 40; page++) touchPage(page);
  // Nothing is active: any distance is too far.
  expect(take()).toBe(0);
  take();
  touchPage(0);
  expect(victims.counters()).toMatchObject({
    activePages: 0,
    workingsetRefaults: 1,
    workingsetActivations: 0,
  });
  // Pages that are touched between two looks become active: those behind the first eight.
  for (let page = 10; page < 40; page++) touchPage(page);
  let last = -1;
  while (victims.counters()['activePages'] === 0) last = take();
  touchPage(last);
  expect(victims.counters()['workingsetActivations']).toBe(1);
});

// inactive_is_low, mm/vmscan.c: the table in its comment has ratio 1 below 1 GiB, 3 at 1, 10 at 10, 31 at 100 GiB.
test.each([
  [0.1, 1],
  [1, 3],
  [10, 10],
  [100, 31],
])('of %d GiB, one part in %d more may be active', (gib, ratio) => {
  const all = gib * 262_144;
  const inactive = Math.ceil(all / (ratio + 1));
  expect(isInactiveLow(inactive + 1, all - inactive - 1)).toBe(false);
  expect(isInactiveLow(inactive - 1, Math.ceil(all - inactive + 1))).toBe(true);
});

test('policies see how many pages of a VM came back', () => {
  const host = composeHost({
    memory: toPages(80),
    profile: 'linux-kvm',
    memoryStates: 'direct',
    reserve: toPages(4),
    vms: [
      { name: 'a', size: toPages(SIZE) },
      { name: 'b', size: toPages(SIZE) },
    ],
    strategies: [hostswap],
    store: 'keys',
  });
  for (let round = 0; round < 2; round++) for (let page = 0; page < SIZE; page++) touch(host, page);
  const [a, b] = host.observe('period').vms;
  expect(a!.refaults).toBeGreaterThan(10);
  expect(a!.refaults).toBe(host.strategyCounters()['hostswap']!['workingsetRefaults']);
  expect(b!.refaults).toBe(0);
  host.verify();
});
