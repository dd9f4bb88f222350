import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { Host } from '../host/host.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import { BLOCKED, defineStrategy } from '../contract/strategy.ts';
import type { toNs } from '../units/page.ts';
import { toGfn, toGvpn, mib, toPages, toVmId } from '../units/page.ts';
import { GuestPageTable } from './guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from './make-translation.ts';

const VM = toVmId(0);
/** The page of the process, and the guest page behind it. */
const PAGE = toGvpn(0x7f1234567);
const TARGET = toGfn(512 + 0x167);
/** The same place in a 2 MiB leaf of the guest. */
const LARGE = toGvpn(0x7f1234400);

/** Brings the kinds of hypervisor swapping and of compression, without contents: enough to take pages to. */
const slots = defineStrategy({
  id: 'slots',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES },
  kinds: ['swapped', 'compressed'],
  create: ({ table, frames }) => {
    const backing = {
      fault: (vm: typeof VM, page: typeof TARGET, _payload: number, at: ReturnType<typeof toNs>) => {
        const frame = frames.take(vm, at);
        if (frame < 0) return BLOCKED;
        table.install(vm, page, frame as never);
        return at;
      },
      release: () => undefined,
      peek: () => undefined,
      footprint: () => toPages(0),
    };
    return { backings: { swapped: backing, compressed: backing } };
  },
});

/** A process whose one page was just read: cached in the TLB, and in the shadow. */
function rig(paging: 'nested' | 'shadow', largePages: 'on' | 'off') {
  const translation = paging === 'nested' ? nestedTranslation() : shadowTranslation();
  const host = composeHost({
    memory: mib(16),
    vms: [{ name: 'guest', size: mib(4) }],
    strategies: [slots],
    store: 'keys',
    largePages,
    paces: { sample: 1000 },
    sampling: { pages: 20_000 },
    edges: { translation },
  });
  let next = 0;
  const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
  translation.attach(table);
  if (largePages === 'on') table.mapLarge(LARGE, toGfn(512), true);
  else table.map(PAGE, TARGET, true);
  const read = (write = false): number => translation.translate(table, PAGE, write, host.clock.now());
  read();
  return { host, translation, table, read };
}

function kindOf(host: Host, name: string): number {
  return host.kinds.names.indexOf(name);
}

/** What reclaim does to a page, by its name. Prepared by the first function, done by the second. */
const ACTIONS: readonly (readonly [name: string, act: (host: Host) => void])[] = [
  ['balloon', ({ memory }) => memory.balloon(VM, TARGET)],
  ['swap', (host) => host.memory.evict(VM, TARGET, kindOf(host, 'swapped'), 1)],
  ['compress', (host) => host.memory.evict(VM, TARGET, kindOf(host, 'compressed'), 1)],
  ['share, as the one that is kept', ({ memory }) => memory.makeShared(VM, TARGET)],
  [
    'share, as the one that is merged',
    ({ memory, clock }) => {
      memory.access(VM, toGfn(900), true, clock.now());
      memory.merge(VM, TARGET, memory.makeShared(VM, toGfn(900)));
    },
  ],
  ['sample', (host) => host.advance(1001)],
  ['clear the accessed bit', ({ memory }) => memory.accessedBits().clear(VM, TARGET)],
  ['clear the dirty bit', ({ memory }) => memory.clearDirty(VM, TARGET)],
];

const LARGE_ACTIONS: typeof ACTIONS = [
  ['break the large page', ({ memory }) => void memory.large!.break(VM, 1)],
  ['look whether the large page is cold', ({ memory }) => memory.large!.watch(memory.pmaps[VM]!, 512)],
];

const cases = (['nested', 'shadow'] as const).flatMap((paging) =>
  (['off', 'on'] as const).flatMap((largePages) =>
    [...ACTIONS, ...(largePages === 'on' ? LARGE_ACTIONS : [])].map(
      ([name, act]) => [name, paging, largePages, act] as const,
    ),
  ),
);

test.each(cases)(
  '%s ends what is cached of the page: %s paging, large pages %s',
  (_name, paging, largePages, act) => {
    const { host, translation, table, read } = rig(paging, largePages);
    const size = largePages === 'on' ? 512 : 1;
    expect(translation.explain(table, PAGE).cachedPages).toBe(size);
    const dropped = translation.stats(VM).dropped;
    act(host);
    const after = translation.explain(table, PAGE);
    expect(after.cachedPages).toBe(0);
    if (paging === 'shadow') expect(after.host.at(-1)!.entry).toBe('nothing');
    expect(translation.stats(VM).dropped).toBeGreaterThan(dropped);
    translation.verify();
    // And the next access finds the page where it is now.
    expect(read()).toBe(host.clock.now());
    expect(translation.mfn).toBe(host.memory.frame(VM, TARGET));
    translation.verify();
    host.verify();
  },
);

test.each(['nested', 'shadow'] as const)(
  'a copy-on-write break ends what is cached of the page: %s',
  (paging) => {
    const { host, translation, table, read } = rig(paging, 'off');
    const { memory } = host;
    memory.access(VM, toGfn(900), true, host.clock.now());
    const keeper = memory.makeShared(VM, toGfn(900));
    memory.merge(VM, TARGET, keeper);
    read();
    expect(translation.explain(table, PAGE).cachedPages).toBe(1);
    // By guest frame, as the hypervisor's own copy for a device write would be: the process had no part in it.
    memory.access(VM, TARGET, true, host.clock.now());
    expect(memory.kind(VM, TARGET)).toBe(KIND_MAPPED);
    expect(translation.explain(table, PAGE).cachedPages).toBe(0);
    read();
    expect(translation.mfn).not.toBe(keeper);
    // And by the process itself: its write lands on a copy.
    memory.merge(VM, TARGET, keeper);
    read();
    expect(memory.kind(VM, TARGET)).toBe(KIND_SHARED);
    read(true);
    expect([memory.kind(VM, TARGET), translation.mfn]).toEqual([KIND_MAPPED, memory.frame(VM, TARGET)]);
    translation.verify();
    host.verify();
  },
);

test.each(['nested', 'shadow'] as const)(
  'forming a large page ends what was cached of its small ones: %s',
  (paging) => {
    const { host, translation, table, read } = rig(paging, 'on');
    const { memory } = host;
    memory.balloon(VM, toGfn(513));
    memory.access(VM, toGfn(513), true, host.clock.now());
    read();
    expect(translation.explain(table, PAGE).cachedPages).toBe(1);
    expect(['in place', 'copied']).toContain(memory.large!.form(VM, 1));
    expect(translation.explain(table, PAGE).cachedPages).toBe(0);
    read();
    expect(translation.explain(table, PAGE).cachedPages).toBe(512);
    translation.verify();
    host.verify();
  },
);
