import type { AccessedBits } from '../ports/page-service.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FramePool } from '../frames/frame-pool.ts';
import { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED, KindTable } from '../pmap/kinds.ts';
import { BIT_ACCESSED, BIT_DIRTY, BIT_IDLE } from '../pmap/pmap.ts';
import { ACCESS_READ, ACCESS_WRITE } from '../units/access.ts';
import { KeyStore } from '../store/key-store.ts';
import type { Backing } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toGfn, toGvpn, toNs, toPages, toVmId } from '../units/page.ts';
import { GuestPageTable } from './guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from './make-translation.ts';
import { PTE_ACCESSED, PTE_DIRTY, PTE_WRITABLE } from './page-table-arena.ts';
import type { Translation } from './translation.ts';
import { GUEST_FAULT } from './translation.ts';

const VM = toVmId(0);
/** Guest pages of the rig's VM; table pages come from FIRST_TABLE on. */
const SIZE = 128;
const FIRST_TABLE = 64;
/** Guest pages of data in the property: few, so that processes and pages meet on them. */
const DATA = 5;
const PAGES = [0, 1, 2, 0x7_fff0_0000, 0x7_fff0_0001].map(toGvpn);
const SWAP_NS = 100;

/** A host of one VM with a backing kind 'swapped', and translation if there is one. */
function rig(translation: Translation | undefined, frames = 512) {
  const kinds = new KindTable();
  const swapped = kinds.add('swapped', 'test');
  const pool = new FramePool(frames, 0);
  const backings: (Backing | undefined)[] = [];
  const memory = new HostMemory({
    vms: [
      { id: VM, name: 'vm', size: toPages(SIZE), reservation: toPages(0), limit: toPages(SIZE), shares: 1 },
    ],
    pool,
    store: new KeyStore(frames),
    kinds,
    backings,
    meter: { spend: () => toNs(0), spendNs: () => toNs(0) },
    translation,
  });
  backings[swapped] = {
    fault: (vm, page, _payload, at) => {
      const frame = memory.takeFaultFrame(vm, at);
      if (frame < 0) return BLOCKED;
      memory.install(vm, page, frame as never);
      return toNs(at + SWAP_NS);
    },
    release: () => undefined,
    peek: () => undefined,
    footprint: () => toPages(0),
  };
  translation?.bind?.(memory);
  let table = FIRST_TABLE;
  const freed: number[] = [];
  const process = (): GuestPageTable =>
    new GuestPageTable(VM, {
      take: () => freed.pop() ?? (table < SIZE ? table++ : -1),
      give: (frame) => freed.push(frame),
    });
  return { memory, pool, swapped, process, translation };
}

type Rig = ReturnType<typeof rig>;

function attached(host: Rig): GuestPageTable {
  const table = host.process();
  host.translation!.attach(table);
  return table;
}

/** Touches by guest frame, without translation: what the host's bits and orders should come out as. */
function touchFlat({ memory }: Rig, page: number, write: boolean): Nanoseconds {
  const kind = new Uint8Array([write ? ACCESS_WRITE : ACCESS_READ]);
  const alone = memory.pmaps[VM]!.touchMany(new Uint32Array([page]), kind, 0, 1);
  return alone === 1 ? toNs(0) : memory.access(VM, toGfn(page), write, toNs(0));
}

describe('references of a walk', () => {
  test('with 4 KiB pages on both sides are 24, of the shadow 4, of a second touch none', () => {
    for (const [translation, expected] of [
      [nestedTranslation(), 24],
      [shadowTranslation(), 4],
    ] as const) {
      const table = attached(rig(translation));
      table.map(toGvpn(7), toGfn(3), true);
      translation.translate(table, toGvpn(7), true, toNs(0));
      translation.flushPage(table, toGvpn(7));
      const before = { ...translation.stats(VM) };
      expect(translation.translate(table, toGvpn(7), true, toNs(5))).toBe(5);
      expect(translation.stats(VM).references - before.references).toBe(expected);
      expect(translation.translate(table, toGvpn(7), true, toNs(6))).toBe(6);
      expect(translation.stats(VM).references - before.references).toBe(expected);
      expect(translation.stats(VM).tlbHits - before.tlbHits).toBe(1);
      expect([translation.gfn, translation.mfn]).toEqual([3, translation.mfn]);
    }
  });

  test('of a nested walk under a 2 MiB guest leaf are 19', () => {
    const translation = nestedTranslation();
    const table = attached(rig(translation));
    table.mapLarge(toGvpn(512), toGfn(0), true);
    translation.translate(table, toGvpn(512 + 9), false, toNs(0));
    translation.flushPage(table, toGvpn(512 + 9));
    const before = translation.stats(VM).references;
    translation.translate(table, toGvpn(512 + 9), false, toNs(0));
    expect(translation.stats(VM).references - before).toBe(19);
  });

  test('shrink with walk caches, and the answers stay', () => {
    const translation = nestedTranslation({ walkCaches: true });
    const table = attached(rig(translation));
    for (let i = 0; i < 8; i++) table.map(toGvpn(i), toGfn(i), true);
    for (let i = 0; i < 8; i++) translation.translate(table, toGvpn(i), true, toNs(0));
    const before = translation.stats(VM).references;
    translation.flushSpace(table);
    // The directory is cached and so is the way to its table: the entry itself, and the page's own host walk.
    translation.translate(table, toGvpn(5), true, toNs(0));
    expect(translation.stats(VM).references - before).toBe(1);
    expect(translation.gfn).toBe(5);
  });
});

describe('faults', () => {
  test('of the guest are its own: nested paging does not exit, a shadow forwards them', () => {
    for (const [translation, exits] of [
      [nestedTranslation(), 0],
      [shadowTranslation(), 2],
    ] as const) {
      const host = rig(translation);
      const table = attached(host);
      table.map(toGvpn(1), toGfn(1), false);
      translation.translate(table, toGvpn(1), false, toNs(0));
      const before = translation.stats(VM).exits;
      expect(translation.translate(table, toGvpn(1), true, toNs(0))).toBe(GUEST_FAULT);
      expect(translation.translate(table, toGvpn(2), false, toNs(0))).toBe(GUEST_FAULT);
      expect(translation.stats(VM).trueFaults).toBe(2);
      expect(translation.stats(VM).exits - before).toBe(exits);
    }
  });

  test('of the host are served on the way, for the page and for the tables above it', () => {
    for (const translation of [nestedTranslation(), shadowTranslation()]) {
      const host = rig(translation);
      const table = attached(host);
      table.map(toGvpn(1), toGfn(1), true);
      expect(translation.translate(table, toGvpn(1), false, toNs(0))).toBe(0);
      host.memory.evict(VM, toGfn(1), host.swapped, 0);
      expect(translation.translate(table, toGvpn(1), false, toNs(0))).toBe(SWAP_NS);
      host.memory.evict(VM, toGfn(1), host.swapped, 0);
      host.memory.evict(VM, table.rootGfn, host.swapped, 0);
      expect(translation.translate(table, toGvpn(1), false, toNs(0))).toBe(2 * SWAP_NS);
      expect(host.memory.kind(VM, table.rootGfn)).toBe(KIND_MAPPED);
    }
  });

  test('a shadow entry that is missing costs one hidden fault, and the first write another', () => {
    const translation = shadowTranslation();
    const table = attached(rig(translation));
    table.map(toGvpn(1), toGfn(1), true);
    translation.translate(table, toGvpn(1), false, toNs(0));
    expect(translation.stats(VM).hiddenFaults).toBe(1);
    translation.translate(table, toGvpn(1), true, toNs(0));
    expect(translation.stats(VM).hiddenFaults).toBe(2);
    translation.flushSpace(table);
    translation.translate(table, toGvpn(1), true, toNs(0));
    expect(translation.stats(VM).hiddenFaults).toBe(2);
  });

  test('a host that can give no frame blocks the access, and it lands when there is one', () => {
    for (const translation of [nestedTranslation(), shadowTranslation()]) {
      const host = rig(translation, 4);
      const table = attached(host);
      table.map(toGvpn(1), toGfn(1), true);
      // Four tables and the page are one frame too many.
      expect(translation.translate(table, toGvpn(1), true, toNs(0))).toBe(BLOCKED);
      host.memory.setFrameSource({
        directReclaim: (_vm, at) => {
          const victim = FIRST_TABLE;
          if (host.memory.kind(VM, toGfn(victim)) !== KIND_MAPPED || host.memory.pinned(VM, toGfn(victim)))
            return BLOCKED;
          host.memory.evict(VM, toGfn(victim), host.swapped, 0);
          return at;
        },
      });
      // The root leaves for the page, is wanted again, and nothing else can leave: no walk can end.
      expect(translation.translate(table, toGvpn(1), true, toNs(0))).toBe(BLOCKED);
      translation.verify();
    }
  });
});

describe('what a guest does to its tables', () => {
  test('costs a shadow an exit per traced write, per switch and per flush, and nested paging none', () => {
    const nested = nestedTranslation();
    const shadow = shadowTranslation();
    for (const translation of [nested, shadow]) {
      const host = rig(translation);
      const [one, two] = [attached(host), attached(host)];
      translation.switchTo(one);
      one.map(toGvpn(1), toGfn(1), true);
      translation.translate(one, toGvpn(1), true, toNs(0));
      translation.switchTo(two);
      translation.switchTo(two);
      one.map(toGvpn(2), toGfn(2), true);
      one.unmap(toGvpn(2));
      one.testAndClearAccessed(toGvpn(1));
      translation.flushPage(one, toGvpn(1));
      translation.flushSpace(two);
    }
    expect(shadow.stats(VM)).toMatchObject({ tracedWrites: 3, switchExits: 2, flushExits: 2 });
    expect(shadow.stats(VM).exits).toBe(
      shadow.stats(VM).hiddenFaults + 7 + shadow.stats(VM).nestedFaults - 1,
    );
    expect(nested.stats(VM)).toMatchObject({ tracedWrites: 0, switchExits: 0, flushExits: 0 });
    expect(nested.stats(VM).exits).toBe(nested.stats(VM).nestedFaults);
  });

  test('is written into machine memory with the next access', () => {
    const written: number[] = [];
    const translation = nestedTranslation({ tableWritten: (_vm, frame) => written.push(frame) });
    const host = rig(translation);
    const table = attached(host);
    table.map(toGvpn(1), toGfn(1), true);
    expect(host.memory.count(VM, KIND_MAPPED)).toBe(0);
    translation.translate(table, toGvpn(1), true, toNs(0));
    expect(host.memory.count(VM, KIND_MAPPED)).toBe(5);
    // Four tables by the kernel, then accessed and dirty bits by the walk.
    expect(written.sort((a, b) => a - b)).toEqual([64, 64, 65, 65, 66, 66, 67, 67]);
    for (const frame of [64, 65, 66, 67]) expect(host.memory.dirty(VM, toGfn(frame))).toBe(true);
    const keeper = host.memory.makeShared(VM, toGfn(67));
    table.protect(toGvpn(1), false);
    translation.translate(table, toGvpn(1), false, toNs(0));
    expect(host.memory.frame(VM, toGfn(67))).toBe(keeper);
    expect(host.memory.events[VM]!.cowBreaks).toBe(1);
  });

  test('to a table page that it has freed meanwhile is not written: the frame may be its balloon by now', () => {
    const translation = nestedTranslation();
    const host = rig(translation);
    const table = attached(host);
    table.map(toGvpn(1), toGfn(1), true);
    table.unmap(toGvpn(1));
    for (const frame of [65, 66, 67]) host.memory.balloon(VM, toGfn(frame));
    expect(translation.translate(table, toGvpn(1), true, toNs(0))).toBe(GUEST_FAULT);
    expect(host.memory.events[VM]!.balloonPops).toBe(0);
    expect(host.memory.kind(VM, table.rootGfn)).toBe(KIND_MAPPED);
  });

  test('sets accessed and dirty in the leaf by walks: a read one, a write both', () => {
    for (const translation of [nestedTranslation(), shadowTranslation()]) {
      const table = attached(rig(translation));
      table.map(toGvpn(1), toGfn(1), true);
      translation.translate(table, toGvpn(1), false, toNs(0));
      expect(table.flagsOf(toGvpn(1)) & (PTE_ACCESSED | PTE_DIRTY)).toBe(PTE_ACCESSED);
      translation.translate(table, toGvpn(1), true, toNs(0));
      expect(table.flagsOf(toGvpn(1)) & (PTE_ACCESSED | PTE_DIRTY)).toBe(PTE_ACCESSED | PTE_DIRTY);
      table.testAndClearAccessed(toGvpn(1));
      translation.translate(table, toGvpn(1), false, toNs(0));
      expect(table.testAndClearAccessed(toGvpn(1))).toBe(true);
    }
  });

  test('an untagged TLB forgets the process that leaves, a tagged one keeps it', () => {
    for (const [tagged, misses] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const translation = nestedTranslation({ tagged });
      const host = rig(translation);
      const [one, two] = [attached(host), attached(host)];
      translation.switchTo(one);
      one.map(toGvpn(1), toGfn(1), true);
      translation.translate(one, toGvpn(1), true, toNs(0));
      translation.switchTo(two);
      translation.switchTo(one);
      const before = translation.stats(VM).tlbMisses;
      translation.translate(one, toGvpn(1), true, toNs(0));
      expect(translation.stats(VM).tlbMisses - before).toBe(misses);
    }
  });
});

describe('the meter', () => {
  test('is charged exactly what was counted', () => {
    const spent: Record<string, number> = {};
    const meter = {
      spend: (op: string, count = 1) => toNs(((spent[op] = (spent[op] ?? 0) + count), 2 * count)),
      spendNs: () => toNs(0),
    };
    const translation = shadowTranslation({ meter });
    const table = attached(rig(translation));
    for (let i = 0; i < 20; i++) table.map(toGvpn(i * 600), toGfn(i), true);
    for (let i = 0; i < 20; i++) translation.translate(table, toGvpn(i * 600), i % 2 === 0, toNs(0));
    translation.flushSpace(table);
    const stats = translation.stats(VM);
    expect(spent).toEqual({
      walkReference: stats.references + stats.softwareReferences,
      tlbMiss: stats.tlbMisses,
      vmExit: stats.exits,
    });
    expect(stats.ns).toBe(2 * (spent['walkReference']! + spent['tlbMiss']! + spent['vmExit']!));
  });
});

describe('a batch', () => {
  test('stops at what does not land at once and says what came of it', () => {
    const translation = nestedTranslation();
    const host = rig(translation);
    const table = attached(host);
    for (let i = 0; i < 4; i++) table.map(toGvpn(i), toGfn(i), true);
    const touched = new Uint32Array([0, 1, 0, 2, 9, 3]);
    const accesses = new Uint8Array(6).fill(ACCESS_WRITE);
    const gfns = new Uint32Array(6);
    translation.translate(table, toGvpn(2), true, toNs(7));
    host.memory.evict(VM, toGfn(2), host.swapped, 0);
    expect(translation.touchMany(table, touched, accesses, 0, 6, gfns, toNs(7))).toBe(3);
    expect(translation.outcome).toBe(7 + SWAP_NS);
    expect(translation.touchMany(table, touched, accesses, 4, 6, gfns, toNs(7))).toBe(4);
    expect(translation.outcome).toBe(GUEST_FAULT);
    table.map(toGvpn(9), toGfn(9), true);
    expect(translation.touchMany(table, touched, accesses, 4, 6, gfns, toNs(7))).toBe(6);
    expect([...gfns]).toEqual([0, 1, 0, 2, 9, 3]);
  });
});

const verbs =
  'read read read write write write map map mapLarge unmap protect split ageGuest cleanGuest evict evictTable share ' +
  'merge balloon unballoon ageHost cleanHost idle flush switch exit';

const step = fc.record({
  verb: fc.constantFrom(...verbs.split(' ')),
  process: fc.nat(1),
  /** Two neighbourhoods of pages: in one directory, and far off. */
  page: fc.constantFrom(...PAGES),
  frame: fc.nat(DATA - 1),
  writable: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const ages = new WeakMap<HostMemory, AccessedBits>();

/** One view of each rig's accessed bits. */
function ageing(memory: HostMemory): AccessedBits {
  const bits = ages.get(memory) ?? memory.accessedBits();
  ages.set(memory, bits);
  return bits;
}

/** What the host and the hypervisor's strategies do to data pages; the same to every rig. */
function hostDoes(host: Rig, { verb, frame, page }: Step): void {
  const { memory, swapped } = host;
  const kind = memory.kind(VM, toGfn(frame));
  if (verb === 'evict' && kind === KIND_MAPPED) memory.evict(VM, toGfn(frame), swapped, 0);
  if (verb === 'share' && kind === KIND_MAPPED) memory.makeShared(VM, toGfn(frame));
  if (verb === 'merge' && kind === KIND_MAPPED) {
    const keeper = page % DATA;
    if (memory.kind(VM, toGfn(keeper)) === KIND_SHARED)
      memory.merge(VM, toGfn(frame), memory.frame(VM, toGfn(keeper)));
  }
  if (verb === 'balloon') memory.balloon(VM, toGfn(frame));
  if (verb === 'unballoon') memory.unballoon(VM, toGfn(frame));
  if (verb === 'ageHost') ageing(memory).clear(VM, toGfn(frame));
  if (verb === 'cleanHost') memory.clearDirty(VM, toGfn(frame));
  if (verb === 'idle') {
    memory.pmaps[VM]!.bits[frame]! |= BIT_IDLE;
    host.translation?.invalidate(VM, toGfn(frame));
  }
}

/** What the guest kernel does; the same in every rig. */
function guestDoes(
  host: Rig,
  tables: GuestPageTable[],
  { verb, process, page, frame, writable }: Step,
): void {
  const translation = host.translation!;
  const table = tables[process]!;
  const large = toGvpn(page - (page % 512));
  if (verb === 'map' && table.entry(toGvpn(page)) === table.entry(large) && table.entry(large) >= 0)
    table.splitLarge(toGvpn(page));
  if (verb === 'map') table.map(toGvpn(page), toGfn(frame), writable);
  if (verb === 'mapLarge' && table.smallLeaves === 0) table.mapLarge(large, toGfn(0), writable);
  if (verb === 'unmap') table.unmap(toGvpn(page));
  if (verb === 'protect') table.protect(toGvpn(page), writable);
  if (verb === 'split') table.splitLarge(toGvpn(page));
  if (verb === 'ageGuest') table.testAndClearAccessed(toGvpn(page));
  if (verb === 'cleanGuest') table.testAndClearDirty(toGvpn(page));
  if (verb === 'flush') translation.flushSpace(table);
  if (verb === 'switch') translation.switchTo(table);
  if (verb === 'evictTable' && host.memory.kind(VM, table.rootGfn) === KIND_MAPPED)
    host.memory.evict(VM, table.rootGfn, host.swapped, 0);
  if (verb === 'exit') {
    translation.detach(table);
    table.destroy();
    tables[process] = attached(host);
  }
}

/** One access, alone or as a batch of one. @returns guest frame, or GUEST_FAULT */
function touch(
  translation: Translation,
  table: GuestPageTable,
  page: number,
  write: boolean,
  batch: boolean,
): number {
  if (!batch) {
    const landed = translation.translate(table, toGvpn(page), write, toNs(0));
    return landed < 0 ? landed : translation.gfn;
  }
  // Batches carry 32-bit page numbers: the far neighbourhood goes alone.
  if (page > 0xffffffff) return touch(translation, table, page, write, false);
  const gfns = new Uint32Array(1);
  const accesses = new Uint8Array([write ? ACCESS_WRITE : ACCESS_READ]);
  const done = translation.touchMany(table, new Uint32Array([page]), accesses, 0, 1, gfns, toNs(0));
  return done === 0 && translation.outcome < 0 ? translation.outcome : gfns[0]!;
}

/** Guest-virtual to guest-physical, as a plain map per process tells it. */
class PlainTables {
  readonly #maps = [new Map<number, [number, boolean]>(), new Map<number, [number, boolean]>()];

  copy(process: number, table: GuestPageTable): void {
    const map = this.#maps[process]!;
    map.clear();
    for (const page of PAGES)
      if (table.gfnOf(page) >= 0)
        map.set(page, [table.gfnOf(page), (table.flagsOf(page) & PTE_WRITABLE) !== 0]);
  }

  touch(process: number, page: number, write: boolean): number {
    const found = this.#maps[process]!.get(page);
    return found === undefined || (write && !found[1]) ? GUEST_FAULT : found[0];
  }
}

/** What the host's strategies see of the data pages: kind and bits of each. */
function seen({ memory }: Rig): string {
  const { bits } = memory.pmaps[VM]!;
  let all = '';
  for (let page = 0; page < DATA; page++)
    all += `${memory.kind(VM, toGfn(page))}:${bits[page]! & (BIT_ACCESSED | BIT_DIRTY | BIT_IDLE)} `;
  return all;
}

test('nested, shadow and a plain walk agree on every access, whatever guest and host do in between', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), fc.boolean(), (steps, logged) => {
      const flat = rig(undefined);
      const tlb = { smallTlb: { entries: 8, ways: 2 } };
      const rigs = [rig(nestedTranslation({ ...tlb, walkCaches: logged })), rig(shadowTranslation(tlb))];
      const processes = rigs.map((host) => [attached(host), attached(host)]);
      const plain = new PlainTables();
      const orders = logged ? [flat, ...rigs].map((host) => host.memory.byLastTouch()) : [];
      steps.forEach((one, n) => {
        const { verb, process, page } = one;
        const write = verb === 'write';
        if (write || verb === 'read') {
          const expected = plain.touch(process, page, write);
          if (expected >= 0) touchFlat(flat, expected, write);
          rigs.forEach((host, i) => {
            const landed = touch(host.translation!, processes[i]![process]!, page, write, one.writable);
            expect(landed).toBe(expected);
            if (landed >= 0 && !one.writable)
              expect(host.translation!.mfn).toBe(host.memory.frame(VM, toGfn(expected)));
          });
        } else {
          for (const host of [flat, ...rigs]) hostDoes(host, one);
          rigs.forEach((host, i) => guestDoes(host, processes[i]!, one));
          plain.copy(process, processes[0]![process]!);
        }
        // All at once now and then is enough for what touches would not find out.
        if (n % 4 === 3) for (const host of rigs) host.translation!.verify();
        const expected = seen(flat);
        for (const host of rigs) if (seen(host) !== expected) expect(seen(host)).toBe(expected);
      });
      const drained = orders.map((order) => {
        const all: number[] = [];
        for (let next = order.takeOldest(VM); next >= 0; next = order.takeOldest(VM))
          if (next < DATA) all.push(next);
        return all;
      });
      for (const order of drained) expect(order).toEqual(drained[0]);
    }),
    { numRuns: 100 },
  );
});
