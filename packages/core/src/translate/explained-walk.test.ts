import { describe, expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import type { Gfn } from '../units/page.ts';
import { toGfn, toGvpn, mib, toNs, toVmId } from '../units/page.ts';
import type { ExplainedWalk } from './explained-walk.ts';
import { GuestPageTable } from './guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from './make-translation.ts';
import { PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_WRITABLE } from './page-table-arena.ts';

const VM = toVmId(0);
/** 254, 72, 418 and 359 are the four times nine bits of it. */
const PAGE = toGvpn(0x7f1234567);
const LARGE = toGvpn(PAGE - (PAGE % 512));

const BOTH = [
  ['nested', nestedTranslation],
  ['shadow', shadowTranslation],
] as const;

/**
 * A VM of 4 regions with one process. Its tables stand in region 0, its data in region 1, each on 2 MiB or on 4 KiB
 * frames: a ballooned page in a region keeps it from being backed whole.
 */
function rig(make: typeof nestedTranslation, largeTables: boolean, largeData: boolean) {
  const translation = make();
  const host = composeHost({
    memory: mib(16),
    vms: [{ name: 'guest', size: mib(8) }],
    strategies: [],
    store: 'keys',
    largePages: 'on',
    edges: { translation },
  });
  if (!largeTables) host.memory.balloon(VM, toGfn(511));
  if (!largeData) host.memory.balloon(VM, toGfn(1023));
  let next = 0;
  const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
  translation.attach(table);
  return { host, translation, table };
}

describe('a walk that is explained', () => {
  test.each(BOTH)('names the index of every level, its table and what it leads to: %s', (_name, make) => {
    const { host, translation, table } = rig(make, false, false);
    table.map(PAGE, toGfn(0x203), true);
    const { guest } = translation.explain(table, PAGE);
    expect(guest.map(({ level, index, entry }) => [level, index, entry])).toEqual([
      [4, 254, 'table'],
      [3, 72, 'table'],
      [2, 418, 'table'],
      [1, 359, 'page'],
    ]);
    expect(guest.map((step) => step.table.gfn)).toEqual([0, 1, 2, 3]);
    expect(guest.map((step) => step.leadsTo)).toEqual([1, 2, 3, 0x203]);
    expect(guest[3]!.flags).toBe(PTE_PRESENT | PTE_WRITABLE);
    expect(guest[3]!.table.kind).toBe(KIND_UNTOUCHED);
    translation.translate(table, PAGE, true, toNs(0));
    const after = translation.explain(table, PAGE);
    expect(after.guest[3]!.flags).toBe(PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY);
    expect(after.guest[3]!.table.kind).toBe(KIND_MAPPED);
    expect(after.backing).toMatchObject({ gfn: 0x203, kind: KIND_MAPPED, references: 1, dirty: true });
    expect(after.backing!.payload).toBe(host.memory.frame(VM, toGfn(0x203)));
    expect(after.cachedPages).toBe(1);
  });

  test('ends in the guest where the guest maps nothing', () => {
    const { translation, table } = rig(nestedTranslation, false, false);
    expect(translation.explain(table, PAGE)).toMatchObject({ backing: undefined, host: [] });
    expect(translation.explain(table, PAGE).guest.map(({ entry }) => entry)).toEqual(['nothing']);
    table.map(toGvpn(PAGE + 1), toGfn(9), true);
    const { guest } = translation.explain(table, PAGE);
    expect(guest.map(({ entry }) => entry)).toEqual(['table', 'table', 'table', 'nothing']);
  });

  test('has nested tables by the bits of the guest frame, and shadow tables by those of the page', () => {
    const nested = rig(nestedTranslation, false, false);
    const shadow = rig(shadowTranslation, false, false);
    const indices = ({ host }: ExplainedWalk): number[] => host.map(({ index }) => index);
    for (const { translation, table } of [nested, shadow]) {
      table.map(PAGE, toGfn(0x203), true);
      translation.translate(table, PAGE, false, toNs(0));
    }
    const byFrame = nested.translation.explain(nested.table, PAGE);
    expect(indices(byFrame)).toEqual([0, 0, 1, 3]);
    expect(byFrame.host[3]).toMatchObject({
      entry: 'page',
      leadsTo: byFrame.backing!.payload,
      writable: true,
    });
    const byPage = shadow.translation.explain(shadow.table, PAGE);
    expect(indices(byPage)).toEqual([254, 72, 418, 359]);
    // Read so far: the first write is to be noticed.
    expect(byPage.host[3]).toMatchObject({
      entry: 'page',
      leadsTo: byPage.backing!.payload,
      writable: false,
    });
    expect(byPage.guest.map(({ traced }) => traced)).toEqual([true, true, true, true]);
    shadow.host.memory.balloon(VM, toGfn(0x203));
    const gone = shadow.translation.explain(shadow.table, PAGE);
    expect(gone).toMatchObject({ host: [{ level: 4, entry: 'nothing' }], cachedPages: 0 });
    expect(gone.backing!.kind).toBe(KIND_BALLOONED);
  });

  test.each(BOTH)('changes and counts nothing: %s', (_name, make) => {
    const { translation, table, host } = rig(make, true, true);
    table.mapLarge(LARGE, toGfn(512), true);
    translation.translate(table, PAGE, false, toNs(0));
    const before = { ...translation.stats(VM) };
    const bits = host.memory.pmaps[VM]!.bits.slice();
    expect(translation.explain(table, PAGE).cachedPages).toBe(512);
    translation.explain(table, toGvpn(3));
    expect(translation.stats(VM)).toEqual(before);
    expect(host.memory.pmaps[VM]!.bits).toEqual(bits);
  });
});

/** Bhargava et al., ASPLOS 2008: (m + 1)(n + 1) − 1 of m guest and n host levels. */
function inTwoDimensions(m: number, n: number): number {
  return (m + 1) * (n + 1) - 1;
}

test.each([
  [4, 4, 24],
  [4, 3, 19],
  [3, 4, 19],
  [3, 3, 15],
])(
  'counted references are (m+1)(n+1)-1 for %i guest and %i host levels, and the shadow reads 4 or 3',
  (m, n, refs) => {
    expect(inTwoDimensions(m, n)).toBe(refs);
    for (const [, make] of BOTH) {
      const { translation, table } = rig(make, n === 3, n === 3);
      if (m === 3) table.mapLarge(LARGE, toGfn(512) as Gfn, true);
      else table.map(PAGE, toGfn(512 + 0x167), true);
      translation.translate(table, PAGE, true, toNs(0));
      translation.flushPage(table, PAGE);
      const before = translation.stats(VM).references;
      translation.translate(table, PAGE, true, toNs(0));
      const counted = translation.stats(VM).references - before;
      const walk = translation.explain(table, PAGE);
      expect(walk.guest).toHaveLength(m);
      expect(walk.backing).toMatchObject({ gfn: 512 + 0x167, kind: KIND_MAPPED, large: n === 3 });
      const tables = walk.guest.reduce((sum, step) => sum + 1 + (step.table.large ? 3 : 4), 0);
      if (make === nestedTranslation) expect([counted, tables + walk.host.length]).toEqual([refs, refs]);
      else expect([counted, walk.host.length]).toEqual(m === 3 && n === 3 ? [3, 3] : [4, 4]);
    }
  },
);

test('a shared page is read-only in nested and shadow tables, and says how many stand on its frame', () => {
  for (const [, make] of BOTH) {
    const { translation, table, host } = rig(make, false, false);
    table.map(PAGE, toGfn(0x203), true);
    table.map(toGvpn(PAGE + 1), toGfn(0x204), true);
    for (const page of [PAGE, PAGE + 1]) translation.translate(table, toGvpn(page), true, toNs(0));
    const keeper = host.memory.makeShared(VM, toGfn(0x203));
    host.memory.merge(VM, toGfn(0x204), keeper);
    translation.translate(table, PAGE, false, toNs(0));
    const walk = translation.explain(table, PAGE);
    expect(walk.backing).toMatchObject({ kind: KIND_SHARED, payload: keeper, references: 2 });
    expect(walk.host.at(-1)).toMatchObject({ entry: 'page', leadsTo: keeper, writable: false });
  }
});
