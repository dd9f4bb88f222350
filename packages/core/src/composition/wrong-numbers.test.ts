import { expect, test } from 'vitest';
import { z } from 'zod';

import { defineStrategy } from '../contract/strategy.ts';
import { PAGES } from '../contract/tokens.ts';
import type { PageService } from '../ports/page-service.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';
import { composeHost } from './compose-host.ts';

const VMS = [{ name: 'a', size: toPages(64) }];

test('frames beyond the 28 bits of an entry are refused, the reserve counted where it comes on top', () => {
  const compose = (memory: number, memoryStates: string) => () =>
    composeHost({ memory: toPages(memory), memoryStates, vms: VMS, strategies: [] });
  expect(compose(2 ** 28, 'direct')).toThrow(/memory and reserve are 26\d+ pages/);
  expect(compose(2 ** 28 + 1, 'esxi-6.x')).toThrow(/memory is 268435457 pages/);
});

test('a strategy cannot put a page into a kind that nobody brought, nor a payload that does not fit', () => {
  let table: PageService;
  let kind = -1;
  const probe = defineStrategy({
    id: 'probe',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES },
    kinds: ['gone'],
    create: (deps, _options, self) => {
      table = deps.table;
      kind = self.kinds['gone']!;
      const fault = () => toNs(-1);
      return {
        backings: {
          gone: { fault, release: () => undefined, peek: () => undefined, footprint: () => toPages(0) },
        },
      };
    },
  });
  const host = composeHost({ memory: toPages(64), vms: VMS, strategies: [probe] });
  const [vm, page] = [toVmId(0), toGfn(3)];
  host.memory.access(vm, page, true, toNs(0));
  for (const wrong of [-1, 0, 3, kind + 1, 1.5, Number.NaN])
    expect(() => table.evict(vm, page, wrong, 0)).toThrow('none that a strategy of this host brought');
  for (const wrong of [-1, 2 ** 28, 0.5])
    expect(() => table.evict(vm, page, kind, wrong)).toThrow('outside 0..268435455');
  host.verify();
  table!.evict(vm, page, kind, 2 ** 28 - 1);
  expect(() => table.relocate(vm, page, 0, 0)).toThrow('none that a strategy of this host brought');
  host.verify();
});
