import { interval } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { KIND_MAPPED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import { CLOCK, PAGES, PAGE_STORE } from '../contract/tokens.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { toGfn, toNs, toPages } from '../units/page.ts';

/** Merges pages 0 and 1 of VM 0 whenever they are equal, every 10 us. */
const eager = defineStrategy({
  id: 'eager',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: { table: PAGES, store: PAGE_STORE, clock: CLOCK },
  claims: ['shared'],
  create: ({ table, store, clock }) => ({
    start: () =>
      interval(0.01, clock.scheduler).subscribe(() => {
        const { id } = table.vms[0]!;
        if (table.kind(id, toGfn(0)) !== KIND_MAPPED || table.kind(id, toGfn(1)) === KIND_UNTOUCHED) return;
        const frame = table.frame(id, toGfn(1));
        if (!store.equal(table.frame(id, toGfn(0)), frame)) return;
        table.merge(id, toGfn(0), table.isShared(frame) ? frame : table.makeShared(id, toGfn(1)));
      }),
  }),
});

test('a write lands before anything can share its page again', () => {
  const host = composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(8) }],
    strategies: [eager],
    // A copy-on-write break takes 1 ms: the strategy's timer falls due inside it.
    edges: {
      metering: {
        meter: () => ({ spend: () => toNs(1_000_000), spendNs: (time) => toNs(time) }),
        spent: () => new Map(),
        total: () => 0,
      },
    },
  });
  const vm = host.vm('a');
  vm.write(0, 'same');
  vm.write(1, 'same');
  host.advance(1);
  vm.write(0, 'other');
  const text = (page: number): string => new TextDecoder().decode(vm.read(page)).replace(/\0+$/, '');
  expect([text(0), text(1)]).toEqual(['other', 'same']);
});
