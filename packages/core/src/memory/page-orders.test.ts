import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { PageOrder, PageService } from '../ports/page-service.ts';
import { PAGES } from '../contract/tokens.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { gfn, pages, vmId } from '../units/page.ts';

test('a shared page leaves the orders, and reading it does not bring it back', () => {
  let table: PageService;
  let orders: readonly PageOrder[] = [];
  const onlooker = defineStrategy({
    id: 'onlooker',
    contract: 1,
    title: '',
    options: z.strictObject({}),
    needs: { pages: PAGES },
    create: (deps) => {
      table = deps.pages;
      orders = [table.byArrival(), table.byLastTouch()];
      return {};
    },
  });
  const vm = vmId(0);
  const host = composeHost({
    memory: pages(64),
    vms: [{ name: 'a', size: pages(8) }],
    strategies: [onlooker],
  });
  for (const page of [0, 1, 2]) host.vm('a').write(page, 'same');
  const keeper = table!.makeShared(vm, gfn(0));
  table!.merge(vm, gfn(1), keeper);
  host.vm('a').read(0);
  host.vm('a').read(1);
  host.vm('a').read(2);
  for (const order of orders) expect([order.takeOldest(vm), order.takeOldest(vm)]).toEqual([2, -1]);
});
