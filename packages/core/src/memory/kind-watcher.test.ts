import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import type { KindWatcher } from '../ports/kind-watcher.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';
import { z } from 'zod';

const VM = toVmId(0);

/** Keeps single pages, in two kinds of its own. */
const keeper = defineStrategy({
  id: 'keeper',
  contract: 2,
  title: 'keeps pages',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES },
  kinds: ['near', 'far'],
  create: ({ table, frames }) => {
    const backing = {
      fault: (
        vm: typeof VM,
        page: ReturnType<typeof toGfn>,
        _payload: number,
        at: ReturnType<typeof toNs>,
      ) => {
        table.install(vm, page, frames.take(vm, at) as never);
        return at;
      },
      release: () => undefined,
      peek: () => undefined,
      footprint: () => toPages(0),
    };
    return { backings: { near: backing, far: backing } };
  },
});

test('a watcher hears of pages that go into a strategy’s kind, move between kinds and come back', () => {
  const heard: string[] = [];
  const watcher: KindWatcher = {
    entered: (vm, page, kind) => heard.push(`${vm}:${page} → ${kind}`),
    touched: (vm, page, kind, payload) => heard.push(`${vm}:${page} ← ${kind} (${payload})`),
  };
  const host = composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(8) }],
    store: 'keys',
    strategies: [keeper],
    edges: { watcher },
  });
  const near = host.kinds.names.indexOf('near');
  for (const page of [1, 2]) host.memory.access(VM, toGfn(page), true, toNs(0));
  host.memory.evict(VM, toGfn(1), near, 7);
  host.memory.relocate(VM, toGfn(1), near, 8);
  host.memory.relocate(VM, toGfn(1), near + 1, 9);
  host.memory.balloon(VM, toGfn(2));
  host.memory.access(VM, toGfn(1), false, toNs(0));
  expect(heard).toEqual([`0:1 → ${near}`, `0:1 → ${near + 1}`, `0:1 ← ${near + 1} (9)`]);
});
