import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { StrategyPlugin } from '../contract/strategy.ts';
import { defineStrategy, done } from '../contract/strategy.ts';
import { DEMOTE, FRAMES, PAGES } from '../contract/tokens.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';

const VM = toVmId(0);
const needs = { table: PAGES, frames: FRAMES, demote: DEMOTE };

/**
 * A cache of one page in a frame of its own: a page that comes in while it is full sends the one that it holds on. It
 * takes over what others hand on, too: two of them can pass a page to and fro, if they are let.
 */
function cache(id: string, heard: string[]): StrategyPlugin<typeof needs> {
  const options = z.strictObject({});
  return defineStrategy({
    id,
    contract: 2,
    title: 'keeps one page',
    options,
    needs,
    kinds: [id],
    create: ({ table, frames, demote }, _options, self) => {
      const kind = self.kinds[id]!;
      const own = frames.takeOwn();
      let held: number | undefined;
      const makeRoom = (at: ReturnType<typeof toNs>): boolean => {
        if (held === undefined) return true;
        heard.push(`${id} hands on ${held}`);
        if (!demote.demote(VM, toGfn(held), own as never, at)) return false;
        held = undefined;
        return true;
      };
      const keep = (page: number, move: () => void, at: ReturnType<typeof toNs>): boolean => {
        if (!makeRoom(at)) return false;
        move();
        held = page;
        return true;
      };
      return {
        backings: {
          [id]: {
            fault: (vm, page, _payload, at) => {
              table.install(vm, page, frames.take(vm, at) as never);
              held = undefined;
              return done(at, frames.readyAt, toNs(0));
            },
            release: () => {
              held = undefined;
            },
            peek: () => undefined,
            footprint: () => toPages(1),
          },
        },
        rescue: ({ vm, gfn, at }) => keep(gfn, () => table.evict(vm, gfn, kind, 0), at),
        accept: ({ vm, gfn, at }) => {
          heard.push(`${id} is offered ${gfn}`);
          return keep(gfn, () => table.relocate(vm, gfn, kind, 0), at);
        },
        dispose: () => frames.giveOwn(own as never),
      };
    },
  });
}

/** A host with two caches, and a way to offer a page to one of them. */
function rig() {
  const heard: string[] = [];
  const host = composeHost({
    memory: toPages(64),
    vms: [{ name: 'a', size: toPages(16) }],
    store: 'keys',
    strategies: [cache('near', heard), cache('far', heard)],
  });
  for (let page = 0; page < 8; page++) host.memory.access(VM, toGfn(page), true, toNs(0));
  const offer = (to: number, page: number): boolean =>
    host.strategies[to]!.strategy.rescue!({
      vm: VM,
      gfn: toGfn(page),
      mfn: host.memory.frame(VM, toGfn(page)),
      at: toNs(0),
    });
  const kindOf = (page: number): string => host.kinds.names[host.memory.kind(VM, toGfn(page))]!;
  return { host, heard, offer, kindOf };
}

test('a page that leaves a cache goes to one further out, in the order of the mix', () => {
  const { heard, host, kindOf, offer } = rig();
  expect([offer(0, 1), offer(0, 2)]).toEqual([true, true]);
  expect(heard).toEqual(['near hands on 1', 'far is offered 1']);
  expect([1, 2].map(kindOf)).toEqual(['far', 'near']);
  host.verify();
});

test('it never comes back: two caches that both take over pages cannot pass one to and fro', () => {
  const { heard, host, kindOf, offer } = rig();
  for (const page of [1, 2]) offer(0, page);
  heard.length = 0;
  // Both are full. The far one has nobody behind it, so the near one is refused and keeps what it has.
  expect(offer(0, 3)).toBe(false);
  expect(heard).toEqual(['near hands on 2', 'far is offered 2', 'far hands on 1']);
  expect([1, 2, 3].map(kindOf)).toEqual(['far', 'near', 'mapped']);
  host.verify();
});

test('the last of a mix has nobody to hand a page on to', () => {
  const { heard, kindOf, offer } = rig();
  expect([offer(1, 1), offer(1, 2)]).toEqual([true, false]);
  expect(heard).toEqual(['far hands on 1']);
  expect([1, 2].map(kindOf)).toEqual(['far', 'mapped']);
});
