import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FRAME_FREE, FramePool } from '../frames/frame-pool.ts';
import { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED, KindTable } from '../pmap/kinds.ts';
import { KeyStore } from '../store/key-store.ts';
import type { Backing } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import { GuestPageTable } from '../translate/guest-page-table.ts';
import { nestedTranslation, shadowTranslation } from '../translate/make-translation.ts';
import type { Translation } from '../translate/translation.ts';
import type { Gfn } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGfn, toGvpn, toMfn, toNs, toPages, toVmId } from '../units/page.ts';
import { Salts } from '../vm/salts.ts';
import { HostMemory } from './host-memory.ts';
import { verifyInvariants } from './invariants.ts';
import { Witness } from './witness.ts';

const VM = toVmId(0);
/** Three regions and a piece of one. */
const SIZE = 3 * LARGE_PAGE_PAGES + 50;

interface RigOptions {
  readonly frames?: number;
  readonly limit?: number;
  readonly translation?: Translation;
  readonly largePages?: boolean;
}

/** A host of one VM with large pages and a backing kind 'swapped' that keeps contents in slots. */
function rig({
  frames = 5 * LARGE_PAGE_PAGES,
  limit = SIZE,
  translation,
  largePages = true,
}: RigOptions = {}) {
  const kinds = new KindTable();
  const swapped = kinds.add('swapped', 'test');
  const pool = new FramePool(frames, 0, largePages);
  const store = new KeyStore(frames);
  const slots = store.slots();
  const backings: (Backing | undefined)[] = [];
  const spent: Record<string, number> = {};
  const memory = new HostMemory({
    vms: [
      { id: VM, name: 'vm', size: toPages(SIZE), reservation: toPages(0), limit: toPages(limit), shares: 1 },
    ],
    pool,
    store,
    kinds,
    backings,
    meter: {
      spend: (op, count = 1) => {
        spent[op] = (spent[op] ?? 0) + count;
        return toNs(0);
      },
      spendNs: () => toNs(0),
    },
    translation,
  });
  backings[swapped] = {
    fault: (vm, page, slot, at) => {
      const frame = memory.takeFaultFrame(vm, at);
      if (frame < 0) return BLOCKED;
      slots.load(slot, toMfn(frame));
      memory.install(vm, page, toMfn(frame));
      return at;
    },
    release: () => undefined,
    peek: (_vm, _page, slot, into) => slots.load(slot, into),
    footprint: () => toPages(0),
  };
  translation?.bind(memory);
  const swapOut = (page: Gfn): void => {
    slots.save(page, memory.frame(VM, page));
    memory.evict(VM, page, swapped, page);
  };
  const verify = (): void => verifyInvariants(memory, pool, new Salts([undefined]));
  return { memory, large: memory.large!, pool, store, spent, swapOut, verify };
}

function touch({ memory }: ReturnType<typeof rig>, page: number, write = true): number {
  return memory.access(VM, toGfn(page), write, toNs(3));
}

describe('a large page', () => {
  test('comes with the first touch of an untouched region, zeroed, for the price of zeroing 512 pages', () => {
    const host = rig();
    expect(touch(host, 700)).toBe(3);
    expect(host.memory.count(VM, KIND_MAPPED)).toBe(512);
    expect(host.memory.isLarge(VM, toGfn(512))).toBe(true);
    expect(host.memory.isLarge(VM, toGfn(511))).toBe(false);
    expect(host.memory.frame(VM, toGfn(700)) % 512).toBe(700 - 512);
    expect(host.memory.events[VM]!.firstTouches).toBe(1);
    expect(host.spent).toEqual({ firstTouch: 1, zeroPage: 511 });
    expect(host.large.counts(VM)).toEqual({ now: 1, filled: 1, broken: 0, formed: 0 });
    host.verify();
  });

  test('does not come at the end, beside a ballooned page, above the limit, without a whole frame, or off', () => {
    const end = rig();
    touch(end, SIZE - 1);
    const ballooned = rig();
    ballooned.memory.balloon(VM, toGfn(9));
    touch(ballooned, 10);
    const limited = rig({ limit: 511 });
    touch(limited, 10);
    const fragmented = rig({ frames: 512 });
    fragmented.pool.takeOwn(0);
    touch(fragmented, 10);
    const off = rig({ largePages: false });
    touch(off, 10);
    for (const host of [end, ballooned, limited, fragmented, off]) {
      expect(host.memory.count(VM, KIND_MAPPED)).toBe(1);
      host.verify();
    }
  });

  test.each(['evict', 'balloon', 'share', 'break'])(
    'is broken first when something takes a page out: %s',
    (what) => {
      const host = rig();
      touch(host, 0);
      if (what === 'evict') host.swapOut(toGfn(5));
      if (what === 'balloon') host.memory.balloon(VM, toGfn(5));
      if (what === 'share') host.memory.makeShared(VM, toGfn(5));
      if (what === 'break') host.large.break(VM, 0);
      expect(host.memory.isLarge(VM, toGfn(0))).toBe(false);
      expect(host.spent['breakLargePage']).toBe(1);
      expect(host.large.counts(VM)).toMatchObject({ now: 0, broken: 1 });
      host.verify();
      host.memory.balloon(VM, toGfn(6));
      expect(host.spent['breakLargePage']).toBe(1);
    },
  );

  test('forms again in place where its frames still lie together, and by copying where not', () => {
    const host = rig();
    touch(host, 0);
    host.large.break(VM, 0);
    expect(host.large.candidates(VM, new Uint32Array(4))).toBe(1);
    expect(host.large.form(VM, 0)).toBe('in place');
    expect(host.large.form(VM, 0)).toBe('already large');
    host.swapOut(toGfn(5));
    touch(host, 512);
    expect(host.large.form(VM, 0)).toBe('not mapped whole');
    host.pool.takeOwn(0);
    touch(host, 5);
    expect(host.large.form(VM, 0)).toBe('copied');
    expect(host.large.form(VM, 3)).toBe('outside the VM');
    expect(host.large.counts(VM)).toEqual({ now: 2, filled: 2, broken: 2, formed: 2 });
    host.verify();
  });

  test('takes shared pages back only as far as it is told, and none without a free frame', () => {
    const host = rig({ frames: 3 * LARGE_PAGE_PAGES });
    touch(host, 0);
    host.memory.makeShared(VM, toGfn(5));
    host.memory.merge(VM, toGfn(6), host.memory.frame(VM, toGfn(5)));
    expect(host.large.form(VM, 0, 1)).toBe('too many shared pages');
    expect(host.large.form(VM, 0, 2)).toBe('copied');
    expect(host.pool.sharedFrames).toBe(0);
    host.large.break(VM, 0);
    host.memory.makeShared(VM, toGfn(5));
    while (host.pool.takeOwn(0) >= 0);
    expect(host.large.form(VM, 0, 512)).toBe('no free large frame');
    host.verify();
  });
});

describe('walks under large host pages', () => {
  test('take 19 references with small guest pages and 15 with large ones, which one TLB entry then covers', () => {
    const translation = nestedTranslation();
    const host = rig({ translation });
    // Table pages in a large region of their own, data in another.
    let next = 1024;
    const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
    translation.attach(table);
    const walk = (page: number): number => {
      const before = translation.stats(VM).references;
      translation.translate(table, toGvpn(page), true, toNs(0));
      return translation.stats(VM).references - before;
    };
    table.map(toGvpn(7), toGfn(3), true);
    table.mapLarge(toGvpn(512), toGfn(0), true);
    walk(7);
    walk(512);
    translation.flushSpace(table);
    expect([walk(7), walk(7), walk(512), walk(1000)]).toEqual([19, 0, 15, 0]);
    expect(translation.mfn).toBe(host.memory.frame(VM, toGfn(1000 - 512)));
    host.large.break(VM, 0);
    // Three tables under large host mappings, the page now under a small one.
    expect([walk(1000), walk(1001)]).toEqual([3 * 4 + 4, 3 * 4 + 4]);
    translation.verify();
  });

  test('are three references of a shadow until the page breaks', () => {
    const translation = shadowTranslation();
    const host = rig({ translation });
    let next = 1024;
    const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
    translation.attach(table);
    table.mapLarge(toGvpn(512), toGfn(0), true);
    const walk = (page: number): number => {
      translation.flushPage(table, toGvpn(page));
      const before = translation.stats(VM).references;
      translation.translate(table, toGvpn(page), true, toNs(0));
      return translation.stats(VM).references - before;
    };
    walk(512);
    expect([walk(700), walk(701)]).toEqual([3, 3]);
    host.memory.makeShared(VM, toGfn(9));
    translation.verify();
    walk(700);
    expect(walk(700)).toBe(4);
    translation.verify();
  });
});

test('frames, contents and large mappings are right after any sequence of touches and takings', () => {
  const step = fc.record({
    verb: fc.constantFrom(
      'read',
      'write',
      'evict',
      'share',
      'merge',
      'balloon',
      'unballoon',
      'break',
      'form',
      'own',
      'fillUp',
    ),
    page: fc.oneof(fc.constantFrom(0, 1, 511, 512, 1023, 1024, SIZE - 1), fc.nat(SIZE - 1)),
    other: fc.nat(SIZE - 1),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), fc.constantFrom(3, 4), (steps, regions) => {
      const frames = regions * LARGE_PAGE_PAGES + 17;
      const host = rig({ frames });
      const { memory, pool, store, large } = host;
      const witness = new Witness([SIZE]);
      const expected = new Set<number>();
      const decided = new Set<number>();
      const own: number[] = [];
      for (const { verb, page: at, other } of steps) {
        const page = toGfn(at);
        const region = at >>> 9;
        const kind = memory.kind(VM, page);
        const untouched = memory.pmaps[VM]!.entries.subarray(region * 512, region * 512 + 512).every(
          (entry) => entry === 0,
        );
        const wholeFree = Array.from({ length: regions }, (_, r) => r).some((r) =>
          Array.from({ length: 512 }, (_, i) => pool.use(toMfn(r * 512 + i))).every(
            (use) => use === FRAME_FREE,
          ),
        );
        if (verb === 'read' || verb === 'write') {
          const landed = memory.access(VM, page, verb === 'write', toNs(0));
          if (kind === KIND_UNTOUCHED) {
            if (!decided.has(region) && untouched && region < 3 && wholeFree) expected.add(region);
            decided.add(region);
          }
          if (landed === BLOCKED) continue;
          const frame = memory.frame(VM, page);
          if (verb === 'write') {
            store.writePrivate(frame, 2000, 0);
            witness.wrotePrivate(VM, page, store.hashLo(frame), store.hashHi(frame));
          } else witness.check(VM, page, frame, store);
        } else if (verb === 'evict' && kind === KIND_MAPPED) {
          host.swapOut(page);
          expected.delete(region);
        } else if (verb === 'share' && kind === KIND_MAPPED) {
          memory.makeShared(VM, page);
          expected.delete(region);
        } else if (
          verb === 'merge' &&
          kind === KIND_MAPPED &&
          memory.kind(VM, toGfn(other)) === KIND_SHARED
        ) {
          const keeper = memory.frame(VM, toGfn(other));
          if (store.equal(keeper, memory.frame(VM, page))) {
            memory.merge(VM, page, keeper);
            expected.delete(region);
          }
        } else if (verb === 'balloon' && kind !== KIND_BALLOONED) {
          memory.balloon(VM, page);
          witness.discarded(VM, page);
          expected.delete(region);
        } else if (verb === 'unballoon') {
          memory.unballoon(VM, page);
        } else if (verb === 'break') {
          expect(large.break(VM, region)).toBe(expected.delete(region));
        } else if (verb === 'form') {
          const answer = large.form(VM, region, other % 3);
          if (answer === 'copied') expect(wholeFree).toBe(true);
          if (answer === 'no free large frame') expect(wholeFree).toBe(false);
          expect(answer === 'already large').toBe(expected.has(region));
          if (answer === 'in place' || answer === 'copied') expected.add(region);
        } else if (verb === 'own') {
          if (other % 2 === 0 && own.length > 0) pool.give(toMfn(own.pop()!));
          else if (pool.free > 0) own.push(pool.takeOwn(0));
        } else if (verb === 'fillUp') {
          // Every page of the region comes back, so that it can form again.
          for (let i = region * 512; i < Math.min(SIZE, region * 512 + 512); i++) {
            if (memory.kind(VM, toGfn(i)) === KIND_MAPPED) continue;
            const fresh = memory.kind(VM, toGfn(i)) === KIND_UNTOUCHED;
            memory.access(VM, toGfn(i), false, toNs(0));
            if (fresh && memory.isLarge(VM, toGfn(i))) expected.add(region);
            if (fresh) decided.add(region);
          }
        }
        host.verify();
        for (let r = 0; r < 4; r++) {
          const first = r * 512;
          if (memory.isLarge(VM, toGfn(first)) !== expected.has(r))
            expect(`region ${r} is large: ${!expected.has(r)}`).toBe('');
        }
        expect(large.counts(VM).now).toBe(expected.size);
      }
      const scratch = toMfn(pool.takeOwn(0));
      for (let page = 0; scratch >= 0 && page < SIZE; page++) {
        memory.peek(VM, toGfn(page), scratch);
        witness.check(VM, toGfn(page), scratch, store);
      }
    }),
    { numRuns: 60 },
  );
});
