import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { PageOrder, PageService } from '../ports/page-service.ts';
import { PAGES } from '../contract/tokens.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import { toGfn, toPages, toVmId } from '../units/page.ts';

const vm = toVmId(0);

/** A host whose VM wrote `contents` to its pages in turn, with its page table and both orders. */
function rig(contents: readonly string[]) {
  let table: PageService;
  let orders: readonly PageOrder[] = [];
  const onlooker = defineStrategy({
    id: 'onlooker',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { pages: PAGES },
    create: (deps) => {
      table = deps.pages;
      orders = [table.byArrival(), table.byLastTouch()];
      return {};
    },
  });
  const host = composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(8) }],
    strategies: [onlooker],
  });
  contents.forEach((content, page) => host.vm('a').write(page, content));
  return { host, table: table!, orders };
}

test('pages that share a frame go round in the orders: others are taken before them', () => {
  const { host, table, orders } = rig(['same', 'same', 'own']);
  const keeper = table.makeShared(vm, toGfn(0));
  table.merge(vm, toGfn(1), keeper);
  for (const page of [0, 1, 2]) host.vm('a').read(page);
  for (const order of orders) {
    expect([order.takeOldest(vm), order.takeOldest(vm)]).toEqual([2, -1]);
    order.putNewest(vm, toGfn(2));
  }
  expect(table.references(keeper)).toBe(2);
});

test('where nothing else is left and it is allowed, the oldest of those that share is taken', () => {
  const { table, orders } = rig(['same', 'same']);
  table.merge(vm, toGfn(1), table.makeShared(vm, toGfn(0)));
  for (const order of orders) {
    expect(order.takeOldest(vm)).toBe(-1);
    expect([order.takeOldest(vm, true), order.takeOldest(vm, true), order.takeOldest(vm, true)]).toEqual([
      0, 1, -1,
    ]);
  }
});

test('the last page on a shared frame is taken in its turn, and is private then', () => {
  const { host, table, orders } = rig(['same', 'own', 'same']);
  const keeper = table.makeShared(vm, toGfn(0));
  table.merge(vm, toGfn(2), keeper);
  host.vm('a').write(2, 'changed');
  expect([table.kind(vm, toGfn(0)), table.references(keeper), table.lastOnShared()]).toEqual([
    KIND_SHARED,
    1,
    1,
  ]);
  expect(orders[0]!.takeOldest(vm)).toBe(0);
  expect([table.kind(vm, toGfn(0)), table.frame(vm, toGfn(0)), table.lastOnShared()]).toEqual([
    KIND_MAPPED,
    keeper,
    0,
  ]);
  expect(orders[0]!.takeOldest(vm)).toBe(1);
  host.verify();
});

test('makePrivate copies a page that shares its frame, and leaves the last one on it', () => {
  const { host, table } = rig(['same', 'same', 'own']);
  const keeper = table.makeShared(vm, toGfn(0));
  table.merge(vm, toGfn(1), keeper);
  const now = host.clock.now();
  expect(() => table.makePrivate(vm, toGfn(2), now)).toThrow('is not shared');
  expect([table.makePrivate(vm, toGfn(0), now), table.makePrivate(vm, toGfn(1), now)]).toEqual([true, true]);
  expect([0, 1].map((page) => table.kind(vm, toGfn(page)))).toEqual([KIND_MAPPED, KIND_MAPPED]);
  expect(table.frame(vm, toGfn(1))).toBe(keeper);
  expect(table.frame(vm, toGfn(0))).not.toBe(keeper);
  for (const page of [0, 1])
    expect(new TextDecoder().decode(host.vm('a').read(page)).replace(/\0+$/, '')).toBe('same');
  host.verify();
});

test('unshare takes the last page on a shared frame, and no other', () => {
  const { host, table } = rig(['same', 'same', 'own']);
  const keeper = table.makeShared(vm, toGfn(0));
  table.merge(vm, toGfn(1), keeper);
  expect(() => table.unshare(vm, toGfn(0))).toThrow('not the last on a shared frame');
  expect(() => table.unshare(vm, toGfn(2))).toThrow('not the last on a shared frame');
  table.balloon(vm, toGfn(0));
  table.unshare(vm, toGfn(1));
  expect(new TextDecoder().decode(host.vm('a').read(1)).replace(/\0+$/, '')).toBe('same');
  host.vm('a').write(1, 'mine');
  expect(host.memory.events[vm]!.cowBreaks).toBe(0);
  host.verify();
});
