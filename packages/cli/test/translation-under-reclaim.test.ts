import { compression } from '@overbook/compression';
import type { Translation, TranslationStats } from '@overbook/core/host';
import { toGfn, toGvpn, toMfn, mib, toNs, toVmId } from '@overbook/core';
import {
  GUEST_FAULT,
  GuestPageTable,
  SeededRandom,
  Witness,
  composeHost,
  nestedTranslation,
  shadowTranslation,
} from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';
import { expect, test } from 'vitest';

const SIZES = [mib(14), mib(12)];
const ACCESSES = 12_000;

/** A guest kernel reduced to a free list and one process. */
function makeGuest(vm: number, translation: Translation) {
  const free = Array.from({ length: SIZES[vm]! }, (_, i) => SIZES[vm]! - 1 - i);
  const take = (): number => free.pop() ?? -1;
  const table = new GuestPageTable(toVmId(vm), { take, give: (frame) => free.push(frame) });
  translation.attach(table);
  return { vm: toVmId(vm), table, free, take };
}

interface Outcome {
  readonly credits: Readonly<Record<string, number>>;
  readonly stats: TranslationStats;
  readonly firstLargePages: number | undefined;
}

/** Two guests on a host that is too small, three strategies at work; every read is held against what was written. */
function runUnder(translation: Translation, largePages: 'on' | 'off'): Outcome {
  const host = composeHost({
    memory: mib(10),
    vms: SIZES.map((size, i) => ({ name: `guest-${i}`, size })),
    strategies: [tps, compression, hostswap],
    store: 'keys',
    largePages,
    edges: { translation },
    paces: { reclaim: 1, sample: 5 },
  });
  const random = new SeededRandom(7).stream('translation-under-reclaim');
  const witness = new Witness(SIZES);
  const guests = SIZES.map((_, vm) => makeGuest(vm, translation));
  let at = 0;
  for (let i = 0; i < ACCESSES; i++) {
    const { vm, table, free, take } = guests[random.below(2)]!;
    const page = toGvpn(random.below(3) === 0 ? random.below(3300) : random.below(900));
    const write = random.below(3) === 0;
    at += 2000;
    if (i % 64 === 0) host.settle(toNs(at));
    translation.switchTo(table);
    let landed = translation.translate(table, page, write, toNs(at));
    if (landed === GUEST_FAULT) {
      table.map(page, toGfn(take()), true);
      landed = translation.translate(table, page, write, toNs(at));
    }
    expect(landed).toBeGreaterThanOrEqual(at);
    at = landed;
    const frame = toMfn(translation.mfn);
    if (host.memory.frame(vm, translation.gfn) !== frame) expect(`access ${i} is on a stale frame`).toBe('');
    if (write) {
      host.store.writePrivate(frame, 1000 + random.below(4000), 0);
      witness.wrotePrivate(vm, translation.gfn, host.store.hashLo(frame), host.store.hashHi(frame));
    } else {
      witness.check(vm, translation.gfn, frame, host.store);
    }
    if (random.below(40) === 0) {
      free.push(table.unmap(page));
      translation.flushPage(table, page);
    }
    if (i % 3000 === 2999) {
      translation.verify();
      host.verify();
    }
  }
  const outcome = {
    credits: host.credits().peak,
    stats: { ...translation.stats(toVmId(0)) },
    firstLargePages: host.memory.large?.counts(toVmId(0)).filled,
  };
  host.dispose();
  return outcome;
}

test.each(['off', 'on'] as const)(
  'nested and shadow paging lead a host to the same reclaim and differ in exits and references; large pages %s',
  (largePages) => {
    const nested = runUnder(nestedTranslation(), largePages);
    const shadow = runUnder(shadowTranslation(), largePages);
    expect(Object.values(nested.credits).filter((pages) => pages > 0)).toHaveLength(3);
    expect(shadow.credits).toEqual(nested.credits);
    expect((nested.firstLargePages ?? 0) > 0).toBe(largePages === 'on');
    const { tlbHits, tlbMisses, dirtyWalks, walks, trueFaults, nestedFaults } = nested.stats;
    expect(shadow.stats).toMatchObject({ tlbHits, tlbMisses, dirtyWalks, walks, trueFaults, nestedFaults });
    expect(shadow.stats.references).toBeLessThan(nested.stats.references);
    expect(shadow.stats.exits).toBeGreaterThan(nested.stats.exits);
  },
);
