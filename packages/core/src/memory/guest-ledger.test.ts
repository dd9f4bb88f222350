import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { GUESTS, PAGES } from '../contract/tokens.ts';
import type { GuestDrivers, GuestService } from '../ports/guest-drivers.ts';
import { KIND_BALLOONED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';

const VM = toVmId(0);
const SIZE = 64;

/** A guest that gives the pages it is told to, and takes back what it is told to. */
class ObedientGuest implements GuestDrivers {
  next: number[] = [];
  readonly asked: string[] = [];
  hasDriver(): boolean {
    return true;
  }
  statistics(): undefined {}
  reportFree(): number {
    return 0;
  }
  inflate(_vm: unknown, _count: number, into: Uint32Array, owner: string): number {
    return this.#say(`inflate ${owner}`, into);
  }
  deflate(_vm: unknown, _count: number, into: Uint32Array, owner: string): number {
    return this.#say(`deflate ${owner}`, into);
  }
  deflatePages(_vm: unknown, pages: Uint32Array, into: Uint32Array, owner: string): number {
    this.next = [...pages];
    return this.#say(`deflatePages ${owner}`, into);
  }
  unplug(_vm: unknown, order: number, _blocks: number, into: Uint32Array, owner: string): number {
    return this.#say(`unplug ${order} ${owner}`, into);
  }
  plug(_vm: unknown, order: number, first: number, owner: string): boolean {
    this.asked.push(`plug ${order} ${first} ${owner}`);
    return true;
  }
  #say(what: string, into: Uint32Array): number {
    this.asked.push(what);
    into.set(this.next);
    return this.next.length;
  }
}

/** Two strategies that do nothing by themselves; `guests` of each is what a test calls. */
function rig(without: Partial<Record<'deflatePages' | 'unplug' | 'plug', undefined>> = {}) {
  const guest: ObedientGuest = Object.assign<ObedientGuest, object>(new ObedientGuest(), without);
  const services: Record<string, GuestService> = {};
  const strategy = (id: string, kind: string) =>
    defineStrategy({
      id,
      contract: 2,
      title: 'asks guests',
      options: z.strictObject({}),
      needs: { guests: GUESTS, table: PAGES },
      kinds: [kind],
      roles: { [kind]: 'unplugged' },
      create: ({ guests }) => {
        services[id] = guests;
        return {};
      },
    });
  const host = composeHost({
    memory: toPages(128),
    vms: [{ name: 'a', size: toPages(SIZE) }],
    store: 'keys',
    strategies: [strategy('one', 'gone'), strategy('two', 'away')],
    edges: { guests: guest },
  });
  const gone = host.kinds.names.indexOf('gone');
  for (let page = 0; page < SIZE; page++) host.memory.access(VM, toGfn(page), true, toNs(0));
  return { guest, host, gone, one: services['one']!, two: services['two']!, into: new Uint32Array(SIZE) };
}

test('each strategy has a balloon of its own: the guest hears whose it is', () => {
  const { guest, one, two, into } = rig();
  guest.next = [5, 6];
  expect(one.inflate(VM, 2, into)).toBe(2);
  guest.next = [7];
  expect(two.inflate(VM, 1, into)).toBe(1);
  expect(two.deflate(VM, 1, into)).toBe(1);
  expect(one.deflatePages(VM, Uint32Array.of(6), into)).toBe(1);
  expect(guest.asked).toEqual(['inflate one', 'inflate two', 'deflate two', 'deflatePages one']);
});

test.each([
  ['a page twice in one answer', [5, 5], /gave page 5, which is not the guest's/],
  ['a page that it has not got', [SIZE], /gave page 64, which is not the guest's/],
  ['more than was asked', [1, 2, 3], /gave 3 when asked for 2/],
])('a guest that gives %s is named', (_what, pages, message) => {
  const { guest, one, into } = rig();
  guest.next = pages;
  expect(() => one.inflate(VM, 2, into)).toThrow(message);
});

test.each([0.5, -1, NaN])('%s pages are not asked of a guest', (count) => {
  const { guest, one, into } = rig();
  for (const ask of [
    () => one.inflate(VM, count, into),
    () => one.deflate(VM, count, into),
    () => one.unplug(VM, 3, count, into),
    () => one.reportFree(VM, count, into, 0),
  ])
    expect(ask).toThrow(`VM a is asked for ${count}: not a whole number from 0`);
  expect(guest.asked).toEqual([]);
});

test('a page in a balloon is not given again, by whomever it is asked; one that the guest touched again is', () => {
  const { guest, host, one, two, into } = rig();
  guest.next = [5];
  one.inflate(VM, 1, into);
  host.memory.balloon(VM, toGfn(5));
  expect(() => two.inflate(VM, 1, into)).toThrow(/VM a: its driver gave page 5/);
  // A guest that was reset knows nothing of its balloon.
  host.memory.access(VM, toGfn(5), true, toNs(0));
  expect(two.inflate(VM, 1, into)).toBe(1);
});

test('what one strategy was given goes back to no other', () => {
  const { guest, one, two, into } = rig();
  guest.next = [5];
  one.inflate(VM, 1, into);
  expect(() => two.deflate(VM, 1, into)).toThrow(/took page 5 back, which 'two' does not hold/);
});

test('unplugged pages hold nothing, are credited to their owner and come back as zeros', () => {
  const { guest, host, gone, one, into } = rig();
  guest.next = [8, 16];
  expect(one.unplug(VM, 3, 2, into)).toBe(2);
  const free = host.pool.free;
  for (const first of [8, 16])
    for (let page = first; page < first + 8; page++) host.memory.drop(VM, toGfn(page), gone, 0);
  expect(host.pool.free).toBe(free + 16);
  expect(host.credits().now).toEqual({ one: 16, two: 0 });
  expect(host.memory.away(VM)).toBe(16);
  expect(host.observe('period').vms[0]!.unplugged).toBe(16);
  host.verify();
  expect(one.plug(VM, 3, toGfn(8))).toBe(true);
  for (let page = 8; page < 16; page++) host.memory.unballoon(VM, toGfn(page));
  expect(host.memory.count(VM, KIND_UNTOUCHED)).toBe(8);
  host.memory.access(VM, toGfn(9), true, toNs(0));
  host.verify();
  expect(guest.asked).toEqual(['unplug 3 one', 'plug 3 8 one']);
});

test('a guest that touches an unplugged page has it back, as zeros: no handler is needed', () => {
  const { guest, host, gone, one, into } = rig();
  guest.next = [8];
  one.unplug(VM, 3, 1, into);
  for (let page = 8; page < 16; page++) host.memory.drop(VM, toGfn(page), gone, 0);
  expect(host.memory.access(VM, toGfn(9), true, toNs(7))).toBe(7);
  expect(host.counters().vms[0]).toMatchObject({ kinds: { gone: 7 }, touched: { gone: 1 } });
  host.verify();
});

test('blocks are aligned, and plugged by whoever unplugged them, whole', () => {
  const { guest, one, two, into } = rig();
  guest.next = [4];
  expect(() => one.unplug(VM, 3, 1, into)).toThrow(/gave block 4, not aligned to 8 pages/);
  guest.next = [8];
  one.unplug(VM, 3, 1, into);
  expect(() => two.plug(VM, 3, toGfn(8))).toThrow(/page 8 was not unplugged by 'two'/);
  expect(() => one.plug(VM, 4, toGfn(0))).toThrow(/page 0 was not unplugged by 'one'/);
  expect(one.plug(VM, 3, toGfn(8))).toBe(true);
  expect(() => one.plug(VM, 3, toGfn(8))).toThrow(/page 8 was not unplugged by 'one'/);
});

test('a page counted as unplugged that its guest has is found by verify, by the name of the strategy', () => {
  const { host, gone } = rig();
  host.memory.drop(VM, toGfn(3), gone, 0);
  expect(() => host.verify()).toThrow(/one broke a promise.*page 3 of VM a is gone, but its guest has it/);
});

test('a guest that cannot unplug or name pages gives none', () => {
  const { guest, one, into } = rig({ deflatePages: undefined, unplug: undefined, plug: undefined });
  guest.next = [8];
  expect(one.unplug(VM, 3, 1, into)).toBe(0);
  one.inflate(VM, 1, into);
  expect(one.deflatePages(VM, Uint32Array.of(8), into)).toBe(0);
});

test('power-off ends what the guest gave', () => {
  const { guest, host, one, into } = rig();
  guest.next = [5];
  one.inflate(VM, 1, into);
  host.memory.balloon(VM, toGfn(5));
  host.powerOff('a');
  host.powerOn('a');
  expect(host.memory.count(VM, KIND_BALLOONED)).toBe(0);
  expect(one.inflate(VM, 1, into)).toBe(1);
  expect(() => one.plug(VM, 0, toGfn(5))).toThrow(/was not unplugged/);
});
