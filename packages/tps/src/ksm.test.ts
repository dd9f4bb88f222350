import { defineStrategy } from '@overbook/core';
import { describe, expect, test } from 'vitest';

import { CONTENTS, CollidingStore, countingMeter, rig } from '../test/rig.ts';
import type { KsmRules } from './ksm.ts';
import { Ksm } from './ksm.ts';
import { needs } from './needs.ts';
import { ksmOptions } from './options.ts';

const plain = { mode: 'ksm', smart_scan: false, pages_to_scan: 10_000 } as const;

/** One full scan: pages_to_scan exceeds the guests. */
function scan(guests: ReturnType<typeof rig>, times = 1): void {
  return guests.host.advance(20 * times);
}

/** KSM with a rule taken away: not reachable by options. */
function without(rules: Partial<KsmRules>) {
  return defineStrategy({
    id: 'tps',
    contract: 2,
    title: 'KSM with a rule taken away',
    options: ksmOptions,
    needs,
    claims: ['shared'],
    create: (deps, options) => new Ksm(deps, options, { twoVisits: true, resetUnstable: true, ...rules }),
  });
}

function counts(guests: ReturnType<typeof rig>): Readonly<Record<string, number>> {
  const { pages_shared, pages_sharing, pages_unshared, pages_volatile } = guests.counters();
  return {
    shared: pages_shared!,
    sharing: pages_sharing!,
    unshared: pages_unshared!,
    volatile: pages_volatile!,
  };
}

describe('the two-visit rule', () => {
  const expectOneScanToMergeNothing = (plugin?: ReturnType<typeof without>): void => {
    const guests = rig({ vms: [{ size: 8 }], options: plain, ...(plugin && { plugin }) });
    for (let page = 0; page < 8; page++) guests.write(0, page, page % 2);
    scan(guests);
    expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 0, volatile: 8 });
    scan(guests);
    expect(counts(guests)).toEqual({ shared: 2, sharing: 6, unshared: 0, volatile: 0 });
    guests.check();
  };

  /** Page 0 gets what page 1 holds anew before each scan. */
  const expectChangedPagesToStayApart = (plugin?: ReturnType<typeof without>): void => {
    const guests = rig({ vms: [{ size: 2 }], options: plain, ...(plugin && { plugin }) });
    for (let round = 1; round <= 6; round++) {
      guests.write(0, 0, round);
      guests.write(0, 1, round);
      scan(guests);
      expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 0, volatile: 2 });
    }
    guests.check();
  };

  test('one scan merges nothing, the second one merges', () => expectOneScanToMergeNothing());

  test('a page that changed between two visits is not merged', () => expectChangedPagesToStayApart());

  test('both fail when the rule is taken away', () => {
    const plugin = without({ twoVisits: false });
    expect(() => expectOneScanToMergeNothing(plugin)).toThrow('deeply equal');
    expect(() => expectChangedPagesToStayApart(plugin)).toThrow('deeply equal');
  });

  test('a page of zeros takes two visits too, whatever its checksum', () => {
    const guests = rig({ vms: [{ size: 2 }], store: 'keys', options: plain });
    guests.write(0, 0, 0);
    guests.write(0, 1, 0);
    expect(guests.host.store.hashLo(0 as never)).toBe(0);
    scan(guests);
    expect(guests.saved()).toBe(0);
    scan(guests);
    expect(guests.saved()).toBe(1);
  });

  test('with stableFirst a page equal to a shared one joins on its first visit, else on its second', () => {
    for (const stableFirst of [true, false]) {
      const guests = rig({ vms: [{ size: 3 }], options: { ...plain, stableFirst } });
      guests.write(0, 0, 1);
      guests.write(0, 1, 1);
      scan(guests, 2);
      guests.write(0, 2, 1);
      scan(guests);
      expect(guests.counters()['pages_sharing']).toBe(stableFirst ? 2 : 1);
      scan(guests);
      expect(guests.counters()['pages_sharing']).toBe(2);
    }
  });
});

describe('the unstable tree', () => {
  const expectEveryPageToKeepItsPlace = (plugin?: ReturnType<typeof without>): void => {
    const guests = rig({ vms: [{ size: 6 }], options: plain, ...(plugin && { plugin }) });
    [1, 1, 2, 3, 4, 5].forEach((content, page) => guests.write(0, page, content));
    for (let scans = 2; scans <= 6; scans++) {
      scan(guests, scans === 2 ? 2 : 1);
      expect(counts(guests)).toEqual({ shared: 1, sharing: 1, unshared: 4, volatile: 0 });
    }
    guests.check();
  };

  test('is built anew by every scan: pages without a partner keep their place', () =>
    expectEveryPageToKeepItsPlace());

  test('a page would meet itself in a tree that is not reset, and fall out', () => {
    expect(() => expectEveryPageToKeepItsPlace(without({ resetUnstable: false }))).toThrow('deeply equal');
  });

  test('a waiting page that changed is no partner, and counts as waiting until it is passed', () => {
    const guests = rig({ vms: [{ size: 3 }], options: { ...plain, pages_to_scan: 1 } });
    [1, 2, 3].forEach((content, page) => guests.write(0, page, content));
    // Two scans of three pages and an end each; then page 0 is in the third scan's tree.
    scan(guests, 4 + 4 + 1);
    expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 3, volatile: 0 });
    guests.write(0, 0, 9);
    guests.write(0, 1, 1);
    scan(guests);
    expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 2, volatile: 1 });
    scan(guests, 3 + 4 + 4);
    expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 3, volatile: 0 });
    guests.check();
  });

  test('different pages of one checksum wait side by side', () => {
    const guests = rig({ vms: [{ size: 6 }], store: new CollidingStore(64), options: plain });
    [1, 2, 3, 1, 2, 4].forEach((content, page) => guests.write(0, page, content));
    scan(guests, 3);
    expect(counts(guests)).toEqual({ shared: 2, sharing: 2, unshared: 2, volatile: 0 });
    expect(guests.shared(0, 0)).toBe(guests.shared(0, 3));
    expect(guests.shared(0, 1)).toBe(guests.shared(0, 4));
    guests.host.verify();
  });
});

describe('max_page_sharing', () => {
  const atRest = (n: number, max: number) => {
    const guests = rig({ vms: [{ size: n }], store: 'keys', options: { ...plain, max_page_sharing: max } });
    for (let page = 0; page < n; page++) guests.write(0, page, 1);
    scan(guests, 3);
    guests.check();
    const { shared, sharing, unshared } = counts(guests);
    return [shared, sharing, unshared];
  };

  test.each([
    [1, [0, 0, 1]],
    [2, [1, 1, 0]],
    [256, [1, 255, 0]],
    [257, [1, 255, 1]],
    [258, [2, 256, 0]],
    [1000, [4, 996, 0]],
  ])('%i equal pages settle at 256 a node as in Linux', (n, expected) => {
    expect(atRest(n, 256)).toEqual(expected);
  });

  test('with two a node, half of the pages are saved', () => {
    expect(atRest(1000, 2)).toEqual([500, 500, 0]);
    expect(atRest(7, 2)).toEqual([3, 3, 1]);
  });

  test('dups of one content hang in a chain, which ends when one dup is left', () => {
    const guests = rig({ vms: [{ size: 5 }], options: { ...plain, max_page_sharing: 2 } });
    for (let page = 0; page < 4; page++) guests.write(0, page, 1);
    scan(guests, 2);
    const chains = (): readonly (number | undefined)[] => {
      const { stable_node_chains, stable_node_dups } = guests.counters();
      return [stable_node_chains, stable_node_dups];
    };
    expect(chains()).toEqual([1, 2]);
    guests.write(0, 2, 2);
    guests.write(0, 3, 3);
    scan(guests);
    expect(chains()).toEqual([1, 1]);
    guests.write(0, 4, 1);
    scan(guests, 2); // a search for the content meets the chain
    expect(chains()).toEqual([0, 0]);
    guests.check();
  });

  test('a node that lost a page takes the next one', () => {
    const guests = rig({ vms: [{ size: 4 }], options: { ...plain, max_page_sharing: 3 } });
    for (let page = 0; page < 3; page++) guests.write(0, page, 1);
    scan(guests, 2);
    const node = guests.shared(0, 0);
    guests.write(0, 1, 2);
    scan(guests);
    guests.write(0, 3, 1);
    scan(guests, 2);
    expect(guests.shared(0, 3)).toBe(node);
  });
});

describe('the counters', () => {
  test('a broken sharing shows when the scanner passes the page, not before', () => {
    const guests = rig({ vms: [{ size: 4 }], options: plain });
    for (let page = 0; page < 4; page++) guests.write(0, page, 1);
    scan(guests, 2);
    guests.write(0, 0, 2);
    guests.write(0, 1, 3);
    expect(counts(guests)).toEqual({ shared: 1, sharing: 3, unshared: 0, volatile: 0 });
    expect(guests.saved()).toBe(1);
    scan(guests);
    expect(counts(guests)).toEqual({ shared: 1, sharing: 1, unshared: 0, volatile: 2 });
    guests.check();
  });

  test('a node whose pages have all left goes with the first of them that is passed', () => {
    const guests = rig({ vms: [{ size: 4 }], options: { ...plain, pages_to_scan: 1 } });
    for (let page = 0; page < 4; page++) guests.write(0, page, 1);
    scan(guests, 10);
    expect(counts(guests)).toEqual({ shared: 1, sharing: 3, unshared: 0, volatile: 0 });
    for (let page = 0; page < 4; page++) guests.write(0, page, 10 + page);
    expect(guests.counters()['pages_sharing']).toBe(3);
    scan(guests);
    expect(counts(guests)).toEqual({ shared: 0, sharing: 0, unshared: 0, volatile: 4 });
    scan(guests, 4);
    guests.check();
  });

  test('a frame that carries another node by now does not keep its old node alive', () => {
    const guests = rig({ vms: [{ size: 10 }], options: plain });
    [5, 6, 11, 12, 13, 14, 15, 16, 1, 1].forEach((content, page) => guests.write(0, page, content));
    scan(guests, 2);
    const frame = guests.shared(0, 9);
    guests.write(0, 1, 5);
    scan(guests); // page 1 is seen with its new content
    guests.write(0, 8, 7);
    guests.discard(0, 1);
    guests.discard(0, 9); // the frame is free, and the next one to be given out
    guests.write(0, 1, 5);
    scan(guests);
    expect(guests.shared(0, 1)).toBe(frame);
    expect(guests.counters()).toMatchObject({ pages_shared: 1, pages_sharing: 1 });
    guests.check();
  });

  test('keep KSM’s identities while guests write and discard', () => {
    const guests = rig({
      vms: [{ size: 40 }, { size: 40 }],
      store: 'keys',
      options: { ...plain, max_page_sharing: 4, use_zero_pages: true },
    });
    for (let round = 0; round < 40; round++) {
      for (let page = 0; page < 40; page++) {
        if ((page * 7 + round * 3) % 11 < 3) guests.write(round % 2, page, (page * round) % 5);
      }
      if (round % 4 === 3) guests.discard(round % 2, round);
      scan(guests, 1 + (round % 3));
      const { pages_shared, pages_sharing, ksm_zero_pages, rmap_items, general_profit } = guests.counters();
      expect(general_profit).toBe((pages_sharing! + ksm_zero_pages!) * 4096 - rmap_items! * 64);
      // Just scanned: nothing has left since, so the sites are the shared pages.
      const { sharedReferences, sharedFrames } = guests.host.pool;
      expect(pages_shared! + pages_sharing! + ksm_zero_pages!).toBe(sharedReferences);
      expect(pages_shared! + (ksm_zero_pages! > 0 ? 1 : 0)).toBe(sharedFrames);
      guests.check();
    }
  });

  test('the books notice a page shared behind their back', () => {
    const guests = rig({ vms: [{ size: 2 }], options: plain });
    guests.write(0, 0, 1);
    guests.host.memory.makeShared(0 as never, 0 as never);
    expect(() => guests.host.verify()).toThrow("page 0 of VM vm0 is shared but no site of its frame's node");
  });
});

describe('use_zero_pages', () => {
  const zero = { ...plain, use_zero_pages: true };

  test('zero pages go to one frame that is no node, and their items go', () => {
    const guests = rig({ vms: [{ size: 6 }], options: { ...zero, max_page_sharing: 2 } });
    [0, 0, 0, 0, 1, 1].forEach((content, page) => guests.write(0, page, content));
    scan(guests, 3);
    expect(guests.counters()).toMatchObject({
      pages_shared: 1,
      pages_sharing: 1,
      ksm_zero_pages: 4,
      rmap_items: 2,
    });
    expect(new Set([0, 1, 2, 3].map((page) => guests.shared(0, page))).size).toBe(1);
    guests.check();
  });

  test('a zero page that is written leaves the count at once', () => {
    const guests = rig({ vms: [{ size: 3 }], options: zero });
    for (let page = 0; page < 3; page++) guests.write(0, page, 0);
    scan(guests, 2);
    guests.write(0, 0, 1);
    expect(guests.counters()['ksm_zero_pages']).toBe(2);
    guests.write(0, 1, 1);
    guests.write(0, 2, 1);
    expect(guests.counters()['ksm_zero_pages']).toBe(0);
    scan(guests, 2);
    expect(guests.counters()).toMatchObject({ pages_shared: 1, pages_sharing: 2, ksm_zero_pages: 0 });
    guests.check();
  });

  test('is off by default: zero pages are ordinary pages', () => {
    const guests = rig({ vms: [{ size: 3 }], options: plain });
    for (let page = 0; page < 3; page++) guests.write(0, page, 0);
    scan(guests, 2);
    expect(guests.counters()).toMatchObject({ pages_shared: 1, pages_sharing: 2, ksm_zero_pages: 0 });
  });
});

describe('smart_scan', () => {
  test('looks at a page that never merges in scans 1 to 4, 6, 9, 14, 23, 32', () => {
    const guests = rig({ vms: [{ size: 1 }], options: { mode: 'ksm' } });
    guests.write(0, 0, 1);
    const looked: number[] = [];
    for (let scans = 1; scans <= 40; scans++) {
      const before = guests.counters()['pages_scanned']!;
      scan(guests);
      const { pages_scanned, pages_skipped, full_scans, pages_unshared } = guests.counters();
      if (pages_scanned! > before) looked.push(scans);
      expect([pages_scanned! + pages_skipped!, full_scans]).toEqual([scans, scans]);
      // A page that is skipped leaves the unstable tree.
      expect(pages_unshared).toBe(scans > 1 && pages_scanned! > before ? 1 : 0);
    }
    expect(looked).toEqual([1, 2, 3, 4, 6, 9, 14, 23, 32]);
  });

  test('never skips a shared page', () => {
    const guests = rig({ vms: [{ size: 2 }], options: { mode: 'ksm' } });
    guests.write(0, 0, 1);
    guests.write(0, 1, 1);
    scan(guests, 30);
    expect(guests.counters()).toMatchObject({ pages_scanned: 60, pages_skipped: 0, pages_sharing: 1 });
  });
});

describe('ksmd', () => {
  test('looks at pages_to_scan pages, sleeps, and ends a batch with its scan', () => {
    const guests = rig({
      vms: [{ size: 10 }],
      options: { mode: 'ksm', pages_to_scan: 4, sleep_millisecs: 50 },
    });
    for (let page = 0; page < 10; page++) guests.write(0, page, page + 1);
    const scanned: number[] = [];
    for (let batch = 0; batch < 4; batch++) {
      guests.host.advance(50);
      scanned.push(guests.counters()['pages_scanned']!);
    }
    expect(scanned).toEqual([4, 8, 10, 14]);
    expect(guests.counters()['full_scans']).toBe(1);
  });

  test('with no sleep goes on at once, and with no pages to scan looks at none: time goes on in both', () => {
    const guests = rig({
      vms: [{ size: 10 }],
      options: { ...plain, pages_to_scan: 5, sleep_millisecs: 0 },
      edges: { metering: countingMeter(100_000).metering },
    });
    for (let page = 0; page < 10; page++) guests.write(0, page, page + 1);
    guests.host.advance(20);
    // Ten visits of at least 0.2 ms a scan, one after the other.
    const scans = guests.counters()['full_scans']!;
    expect(scans).toBeGreaterThan(3);
    guests.host.strategies[0]!.strategy.tune!({ pages_to_scan: 0 });
    const before = guests.counters()['pages_scanned'];
    guests.host.advance(20);
    expect(guests.counters()['pages_scanned']).toBe(before);
  });

  test('sleeps after its work: what a batch costs delays the next', () => {
    const { metering } = countingMeter(100_000);
    const guests = rig({
      vms: [{ size: 50 }],
      options: { ...plain, pages_to_scan: 50 },
      edges: { metering },
    });
    for (let page = 0; page < 50; page++) guests.write(0, page, page + 1);
    guests.host.advance(20);
    expect(guests.counters()['pages_scanned']).toBe(50);
    // 50 pages looked at and hashed, 0.1 ms each: the next batch begins 10 ms later than on a machine that
    // costs nothing.
    guests.host.advance(29.9);
    expect(guests.counters()).toMatchObject({ pages_scanned: 50, full_scans: 0 });
    guests.host.advance(0.1);
    expect(guests.counters()).toMatchObject({ pages_scanned: 50, full_scans: 1 });
  });

  test('charges searches by the height of the tree', () => {
    const { metering, counts: ops } = countingMeter(0);
    const guests = rig({ vms: [{ size: 4 }], options: plain, edges: { metering } });
    [1, 2, 1, 3].forEach((content, page) => guests.write(0, page, content));
    scan(guests, 2);
    // Unstable: 0, 1 (height of one page), 2 → found; stable: the new node, then page 3 searches one node
    // and one page.
    expect(ops).toMatchObject({ scanPage: 8, hashPage: 8, mergePage: 2, comparePages: 1 });
    expect(ops['treeStep']).toBe(1 + 2 + 1 + 1 + 1);
  });

  test('merges across VMs, whatever their salts', () => {
    const guests = rig({
      vms: [
        { size: 1, salt: 'a' },
        { size: 1, salt: 'b' },
      ],
      options: plain,
    });
    guests.write(0, 0, 1);
    guests.write(1, 0, 1);
    scan(guests, 2);
    expect(guests.shared(0, 0)).toBe(guests.shared(1, 0));
    guests.check();
  });

  test('forgets a page that the guest gave away', () => {
    const guests = rig({ vms: [{ size: 4 }], options: plain });
    [1, 1, 2, 3].forEach((content, page) => guests.write(0, page, content));
    scan(guests, 2);
    guests.discard(0, 1);
    guests.discard(0, 2);
    expect(guests.counters()['rmap_items']).toBe(4);
    scan(guests);
    expect(guests.counters()).toMatchObject({
      rmap_items: 2,
      pages_shared: 1,
      pages_sharing: 0,
      pages_unshared: 1,
    });
    guests.check();
  });

  test('is tuned by a policy under the kernel’s names, and refuses what it does not know', () => {
    const guests = rig({ vms: [{ size: 30 }], options: { mode: 'ksm', run: 0 } });
    for (let page = 0; page < 30; page++) guests.write(0, page, page);
    const { strategy } = guests.host.strategies[0]!;
    scan(guests, 5);
    expect(guests.counters()['pages_scanned']).toBe(0);
    strategy.tune!({ run: 1, pages_to_scan: 7, sleep_millisecs: 10 });
    guests.host.advance(30);
    expect(guests.counters()['pages_scanned']).toBe(14);
    strategy.tune!({ run: 0 });
    guests.host.advance(1000);
    expect(guests.counters()['pages_scanned']).toBe(14);
    const { tunable } = guests.host.strategies[0]!;
    expect(tunable!.safeParse({ run: 0, pages_to_scan: 7 }).success).toBe(true);
    expect(tunable!.safeParse({ run: 3 }).success).toBe(false);
    expect(tunable!.safeParse({ max_page_sharing: 4 }).success).toBe(false);
  });

  test('ends with its host', () => {
    const guests = rig({ vms: [{ size: 4 }], options: plain });
    guests.write(0, 0, 1);
    scan(guests);
    guests.host.dispose();
    expect(guests.host.clock.nextDueNs()).toBe(Infinity);
  });
});

test('the table of contents that these tests write has no two equal', () => {
  const keys = new Set(Array.from(CONTENTS.keyLo, (lo, i) => `${lo}/${CONTENTS.keyHi[i]!}`));
  expect(keys.size).toBe(CONTENTS.keyLo.length);
});
