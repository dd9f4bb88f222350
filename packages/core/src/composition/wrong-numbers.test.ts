import { expect, test } from 'vitest';
import { z } from 'zod';

import { defineStrategy } from '../contract/strategy.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { FrameService, PageService } from '../ports/page-service.ts';
import type { Mfn } from '../units/page.ts';
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
    expect(() => table.evict(vm, page, wrong, 0)).toThrow('not defined by any strategy of this host');
  for (const wrong of [-1, 2 ** 28, 0.5])
    expect(() => table.evict(vm, page, kind, wrong)).toThrow('outside 0..268435455');
  host.verify();
  table!.evict(vm, page, kind, 2 ** 28 - 1);
  expect(() => table.relocate(vm, page, 0, 0)).toThrow('not defined by any strategy of this host');
  host.verify();
});

test('a strategy cannot drop a page into a frame, nor one outside the VM, nor give what is not its own', () => {
  let table: PageService;
  let frames!: FrameService;
  const probe = defineStrategy({
    id: 'probe',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES, frames: FRAMES },
    create: (deps) => {
      ({ table, frames } = deps);
      return {};
    },
  });
  const host = composeHost({ memory: toPages(64), vms: VMS, strategies: [probe] });
  const vm = toVmId(0);
  for (const page of [0, 1]) host.memory.access(vm, toGfn(page), true, toNs(0));
  for (const kind of [KIND_MAPPED, KIND_SHARED])
    expect(() => table.drop(vm, toGfn(0), kind, 1)).toThrow('not defined by any strategy of this host');
  expect(() => table.drop(vm, toGfn(64), KIND_BALLOONED, 0)).toThrow('page 64 lies outside VM 0 of 64 pages');
  const guests = host.memory.frame(vm, toGfn(1));
  expect(() => frames.giveOwn(guests)).toThrow(/not this strategy's own to give back/);
  const own = frames.takeOwn();
  frames.giveOwn(own as Mfn);
  expect(() => frames.giveOwn(own as Mfn)).toThrow(/not this strategy's own/);
  host.verify();
});
