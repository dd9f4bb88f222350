import { toGfn, isOverbookError, toPages, toVmId } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { CONTENTS, CollidingStore, countingMeter, rig } from '../test/rig.ts';
import { stubSwap } from '../test/stub-swap.ts';
import { tps } from './index.ts';

/** A sequential scan whose paces let a test say how many pages are looked at: `scan(guests, n)`. */
const paced = { order: 'sequential', pagesPerSecond: 1000 } as const;
function scan(guests: ReturnType<typeof rig>, looked: number): void {
  return guests.host.advance(looked);
}

describe('a scan', () => {
  test.each(['bytes', 'keys'] as const)(
    'brings equal pages of a VM to one frame and leaves others alone, %s',
    (store) => {
      const guests = rig({ vms: [{ size: 100 }], options: paced, store });
      for (let page = 0; page < 100; page++) guests.write(0, page, page < 40 ? 5 : page);
      const free = guests.host.pool.free;
      scan(guests, 100);
      expect(new Set(Array.from({ length: 40 }, (_, page) => guests.shared(0, page))).size).toBe(1);
      expect(guests.shared(0, 40)).toBe(-1);
      expect(guests.host.pool.free - free).toBe(39);
      expect(guests.host.credits().now).toEqual({ tps: 39 });
      expect(guests.counters()).toMatchObject({ scanned: 100, merged: 39, sharedFrames: 1, hints: 60 });
      guests.check();
    },
  );

  test('treats zero pages as ordinary pages', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    for (let page = 0; page < 100; page++) guests.write(0, page, 0);
    scan(guests, 100);
    expect(guests.saved()).toBe(99);
    guests.check();
  });

  test('leaves a page with a hint writable: only sharing makes it read-only', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    for (let page = 0; page < 100; page++) guests.write(0, page, page);
    scan(guests, 200);
    expect(guests.counters()).toMatchObject({ hints: 100, merged: 0 });
    guests.write(0, 3, 500);
    expect(guests.host.memory.events[0]!.cowBreaks).toBe(0);
  });

  test('hashes a hinted page again and drops a hint that is stale', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    for (let page = 0; page < 100; page++) guests.write(0, page, page);
    scan(guests, 100);
    guests.write(0, 0, 500); // page 0 had content 0, as page 50 has now
    guests.write(0, 50, 0);
    scan(guests, 100);
    // Page 0 was passed first and left a hint of its new content, so the old one was gone in time.
    expect(guests.counters()).toMatchObject({ merged: 0, staleHints: 0 });
    guests.write(0, 99, 501); // page 99 had content 99, as page 10 has now
    guests.write(0, 10, 99);
    scan(guests, 100);
    expect(guests.counters()).toMatchObject({ merged: 0, staleHints: 1 });
    scan(guests, 100);
    expect(guests.saved()).toBe(0);
    guests.check();
  });

  test('finds a shared entry stale when its pages were written, and shares anew', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    for (let page = 0; page < 100; page++) guests.write(0, page, page < 2 ? 700 : page);
    scan(guests, 100);
    expect(guests.saved()).toBe(1);
    guests.write(0, 0, 800);
    guests.write(0, 1, 801);
    guests.write(0, 2, 700);
    guests.write(0, 3, 700);
    scan(guests, 100);
    expect(guests.counters()).toMatchObject({ staleShared: 1, merged: 2, sharedFrames: 1 });
    expect(guests.shared(0, 2)).toBe(guests.shared(0, 3));
    guests.check();
  });

  test('a write to a shared page gives its guest a copy and leaves the others as they were', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    for (let page = 0; page < 100; page++) guests.write(0, page, 1);
    scan(guests, 100);
    guests.write(0, 7, 2);
    expect(guests.shared(0, 7)).toBe(-1);
    expect(guests.saved()).toBe(98);
    guests.check();
    guests.write(0, 7, 1);
    scan(guests, 100);
    expect(guests.saved()).toBe(99);
    guests.check();
  });

  test('never shares different pages of one hash; the page is ineligible until it changes', () => {
    const guests = rig({
      vms: [{ size: 10 }],
      options: { ...paced, pagesPerSecond: 100 },
      store: new CollidingStore(64),
    });
    for (let page = 0; page < 10; page++) guests.write(0, page, page < 2 ? 1 : 2);
    const scanAll = (): void => guests.host.advance(100);
    scanAll();
    expect(guests.counters()).toMatchObject({ merged: 1, falseMatches: 8, ineligible: 8 });
    scanAll();
    expect(guests.counters()).toMatchObject({ merged: 1, falseMatches: 8, ineligible: 8 });
    guests.host.verify();
  });

  test('a page that was ineligible is looked at again once its content changed', () => {
    class HalfColliding extends CollidingStore {
      override hashHi(): number {
        return this.changed ? 8 : 7;
      }
      changed = false;
    }
    const store = new HalfColliding(64);
    const guests = rig({ vms: [{ size: 10 }], options: { ...paced, pagesPerSecond: 100 }, store });
    for (let page = 0; page < 10; page++) guests.write(0, page, page);
    guests.host.advance(100);
    expect(guests.counters()['ineligible']).toBe(9);
    store.changed = true;
    for (let page = 0; page < 10; page++) guests.write(0, page, 3);
    guests.host.advance(200);
    expect(guests.counters()['ineligible']).toBe(0);
    expect(guests.saved()).toBe(9);
  });
});

describe('salting', () => {
  /** Pages of content 1 and zero in four VMs, two of which carry the same salt. */
  const frames = (options: object): readonly (readonly number[])[] => {
    const vms = [{ size: 100 }, { size: 100 }, { size: 100, salt: 's' }, { size: 100, salt: 's' }];
    const guests = rig({ vms, options: { ...paced, pagesPerSecond: 4000, ...options } });
    for (let vm = 0; vm < 4; vm++)
      for (let page = 0; page < 100; page++) guests.write(vm, page, page < 50 ? 0 : 1);
    scan(guests, 200);
    guests.check();
    return [0, 50].map((page) => [0, 1, 2, 3].map((vm) => guests.shared(vm, page)));
  };
  const groups = (shared: readonly number[]): readonly number[] =>
    shared.map((frame) => shared.indexOf(frame));

  test('2, the default, shares within a VM or between equal salts; each VM keeps its own zero page', () => {
    for (const shared of frames({})) expect(groups(shared)).toEqual([0, 1, 2, 2]);
    for (const shared of frames({ salting: 2 })) expect(groups(shared)).toEqual([0, 1, 2, 2]);
  });

  test('1 lets VMs without a salt share, and VMs of equal salt', () => {
    for (const shared of frames({ salting: 1 })) expect(groups(shared)).toEqual([0, 0, 2, 2]);
  });

  test('0 ignores salts', () => {
    for (const shared of frames({ salting: 0 })) expect(groups(shared)).toEqual([0, 0, 0, 0]);
  });
});

describe('pace', () => {
  test('is exact over time, however small a tick’s part', () => {
    const guests = rig({ vms: [{ size: 100 }, { size: 300 }], options: { pagesPerSecond: 100 / 3 } });
    guests.host.advance(60_000);
    expect(Math.abs(guests.counters()['scanned']! - 2000)).toBeLessThanOrEqual(2);
  });

  test('at the published settings an idle host looks at a whole VM in an hour', () => {
    const guests = rig({ vms: [{ size: 7200 }] });
    guests.host.advance(3600 * 1000);
    expect(Math.abs(guests.counters()['scanned']! - 7200)).toBeLessThanOrEqual(1);
  });

  test('a random scan draws from the seed', () => {
    const run = (seed: number): string => {
      const guests = rig({ vms: [{ size: 200 }], options: { pagesPerSecond: 1000 }, seed });
      for (let page = 0; page < 200; page++) guests.write(0, page, page % 20);
      scan(guests, 200);
      guests.check();
      return Array.from({ length: 200 }, (_, page) => guests.shared(0, page)).join(' ');
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });

  test('a policy may change it; what it does not know it refuses', () => {
    const guests = rig({ vms: [{ size: 100 }], options: { pagesPerSecond: 0 } });
    const { strategy } = guests.host.strategies[0]!;
    guests.host.advance(1000);
    expect(guests.counters()['scanned']).toBe(0);
    strategy.tune!({ pagesPerSecond: 50 });
    guests.host.advance(1000);
    expect(guests.counters()['scanned']).toBe(50);
    const { tunable } = guests.host.strategies[0]!;
    expect(tunable!.safeParse({ pagesPerSecond: 50 }).success).toBe(true);
    expect(tunable!.safeParse({ salting: 0 }).success).toBe(false);
  });

  test('a page is charged one look and one hash, a merge one compare on top', () => {
    const { metering, counts } = countingMeter(1);
    const guests = rig({ vms: [{ size: 100 }], options: paced, edges: { metering } });
    for (let page = 0; page < 60; page++) guests.write(0, page, page < 10 ? 1 : page + 10);
    scan(guests, 100);
    // The first sharing hashes the hinted page again.
    expect(counts).toMatchObject({ scanPage: 100, hashPage: 61, comparePages: 9, mergePage: 9 });
  });

  test('ends with the host', () => {
    const guests = rig({ vms: [{ size: 100 }], options: paced });
    guests.host.dispose();
    expect(guests.host.clock.nextDueNs()).toBe(Infinity);
  });
});

describe('rescue', () => {
  const swapping = (contents: readonly number[], victims: readonly number[], options: object = {}) => {
    const swap = stubSwap();
    const vms = [{ size: 100 }];
    const guests = rig({ vms, options: { ...paced, ...options }, others: [swap.plugin], memory: 116 });
    contents.forEach((content, page) => guests.write(0, page, content));
    swap.victims.push(...victims);
    return { guests, swap };
  };
  const squeeze = ({ guests }: ReturnType<typeof swapping>, frames: number): void => {
    const target = guests.host.memory.consumed(toVmId(0)) - frames;
    guests.host.reclaimer.direct('stub-swap', toVmId(0), toPages(target), 'hard', guests.host.clock.now());
  };
  const kindOf = ({ guests }: ReturnType<typeof swapping>, page: number): string =>
    guests.host.kinds.names[guests.host.memory.kind(toVmId(0), toGfn(page))]!;

  test('shares a victim whose content stands in a shared frame', () => {
    const run = swapping([1, 1, 2, 3], [2, 3]);
    scan(run.guests, 100);
    run.guests.write(0, 2, 1);
    squeeze(run, 2);
    expect([kindOf(run, 2), kindOf(run, 3)]).toEqual(['shared', 'parked']);
    expect(run.guests.shared(0, 2)).toBe(run.guests.shared(0, 0));
    expect(run.guests.counters()['rescued']).toBe(1);
    run.guests.check();
  });

  test('shares a victim that equals a hinted page, and hashes that page again', () => {
    const run = swapping([1, 2, 3, 4], [2, 3]);
    scan(run.guests, 100);
    run.guests.write(0, 2, 1); // page 0's hint is right
    run.guests.write(0, 3, 2); // page 1's hint is stale
    run.guests.write(0, 1, 9);
    squeeze(run, 2);
    expect([kindOf(run, 0), kindOf(run, 2), kindOf(run, 3)]).toEqual(['shared', 'shared', 'parked']);
    expect(run.guests.counters()).toMatchObject({ rescued: 1, staleHints: 1 });
    run.guests.check();
  });

  test('does not take a page for its own partner, and leaves no hint of a page that goes', () => {
    const run = swapping([1, 2], [0, 1]);
    scan(run.guests, 100);
    expect(run.guests.counters()['hints']).toBe(2);
    run.guests.write(0, 1, 7);
    squeeze(run, 2);
    expect([kindOf(run, 0), kindOf(run, 1)]).toEqual(['parked', 'parked']);
    scan(run.guests, 100);
    expect(run.guests.counters()).toMatchObject({ rescued: 0, merged: 0 });
    run.guests.host.verify();
  });

  test('shares a victim in the middle of a fault that waits for a frame', () => {
    // Page 1 is written while shared with page 0 and memory is full: its copy needs a frame.
    const swap = stubSwap();
    const guests = rig({ vms: [{ size: 100 }], options: paced, others: [swap.plugin], memory: 50 });
    for (let page = 0; page < 50; page++) guests.write(0, page, page < 2 ? 1 : page);
    scan(guests, 100);
    guests.write(0, 50, 2); // the frame that sharing gave; now memory is full, and page 50 equals page 2
    expect(guests.host.pool.free).toBe(16);
    swap.victims.push(50);
    guests.write(0, 1, 60);
    expect(swap.rescued).toEqual([50]);
    expect(guests.shared(0, 50)).toBe(guests.shared(0, 2));
    guests.check();
  });
});

describe('reclaim', () => {
  const twins = (options: object = {}) => {
    const guests = rig({
      vms: [{ size: 4000 }],
      store: 'keys',
      options: { order: 'sequential', pagesPerSecond: 0, ...options },
    });
    for (let page = 0; page < 4000; page++) guests.write(0, page, 1 + (page % 1000));
    return guests;
  };
  const ask = (guests: ReturnType<typeof rig>, goal: number, budget: number, direct = false) => {
    const { strategy } = guests.host.strategies[0]!;
    const at = guests.host.clock.now();
    return strategy.reclaim!({
      vm: toVmId(0),
      goal: toPages(goal),
      budget: toPages(budget),
      state: 'clear',
      direct,
      at,
    });
  };

  test('scans up to the budget and stops at the goal', () => {
    const guests = twins();
    expect(ask(guests, 5, 1003)).toEqual({ freed: 3, ordered: 0, tried: 1003, refused: [] });
    expect(ask(guests, 2, 10)).toEqual({ freed: 2, ordered: 0, tried: 2, refused: [] });
    guests.check();
  });

  test('looks at no more than Mem.ShareRateMax pages a second', () => {
    const guests = twins();
    expect(ask(guests, 4000, 4000).tried).toBe(1024);
    expect(ask(guests, 4000, 4000).tried).toBe(0);
    guests.host.advance(500);
    expect(ask(guests, 4000, 4000).tried).toBe(512);
    guests.host.advance(60_000);
    expect(ask(guests, 4000, 4000).tried).toBe(1024);
    expect(ask(twins({ shareRateMax: 0 }), 10, 100).tried).toBe(0);
  });

  test('does nothing for a goal of 0, and nothing while an access waits', () => {
    const guests = twins();
    expect(ask(guests, 0, 100).tried).toBe(0);
    expect(ask(guests, 10, 100, true).tried).toBe(0);
    expect(guests.counters()['scanned']).toBe(0);
  });

  test('is asked from the clear state on in ESXi 6, and frees what it says', () => {
    const states: string[] = [];
    const size = 6000;
    const host = composeHost({
      memory: toPages(6300),
      store: 'keys',
      vms: [{ name: 'a', size: toPages(size) }],
      strategies: [{ plugin: tps, options: { pagesPerSecond: 0, order: 'sequential' } }],
    });
    host.decisions$.subscribe((decision) => {
      if (decision.kind === 'receipt') states.push(decision.state);
    });
    for (let page = 0; page < size; page++) {
      host.memory.access(toVmId(0), toGfn(page), true, host.clock.now());
      host.store.write(host.memory.frame(toVmId(0), toGfn(page)), CONTENTS, 1 + (page % 500));
    }
    const free = host.pool.free;
    host.advance(3000);
    expect([...new Set(states)]).toEqual(['clear']);
    expect(host.pool.free).toBeGreaterThan(free);
    host.verify();
  });
});

describe('the plugin', () => {
  const codeOf = (options: object): unknown => {
    try {
      rig({ vms: [{ size: 1 }], options });
      return 'accepted';
    } catch (error) {
      return isOverbookError(error) ? [error.code, error.what] : error;
    }
  };

  test('refuses options of the other mode, by name', () => {
    expect(codeOf({ mode: 'ksm', salting: 0 })).toEqual([
      'OVB_OPTIONS_INVALID',
      expect.stringContaining('salting'),
    ]);
    expect(codeOf({ max_page_sharing: 5 })).toEqual([
      'OVB_OPTIONS_INVALID',
      expect.stringContaining('max_page_sharing'),
    ]);
    expect(codeOf({ salting: 3 })).toEqual(['OVB_OPTIONS_INVALID', expect.stringContaining('salting')]);
  });

  test('takes the mode esx when none is named', () => {
    expect(codeOf({ salting: 0 })).toBe('accepted');
    expect(codeOf({ mode: 'esx' })).toBe('accepted');
    expect(codeOf({ mode: 'ksm' })).toBe('accepted');
    expect(codeOf({ mode: 'xen' })).toEqual(['OVB_OPTIONS_INVALID', expect.stringContaining('mode')]);
  });

  test('its books notice a page shared behind their back', () => {
    const guests = rig({ vms: [{ size: 2 }] });
    guests.write(0, 0, 1);
    guests.host.memory.makeShared(toVmId(0), toGfn(0));
    expect(() => guests.host.verify()).toThrow('tps failed: page 0 of VM vm0 is shared in domain -1');
  });
});
