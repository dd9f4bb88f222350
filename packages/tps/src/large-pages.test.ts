import { toGfn, toPages, toVmId } from '@overbook/core';
import { describe, expect, test } from 'vitest';

import { rig } from '../test/rig.ts';

const VM = toVmId(0);
const REGION = 512;

/** A VM of two regions on 2 MiB frames; page n holds content n + 1 until a test writes another. */
function large() {
  const guests = rig({
    vms: [{ size: 2 * REGION }],
    memory: 4 * REGION,
    options: { order: 'sequential', pagesPerSecond: 0 },
    store: 'keys',
    largePages: 'on',
  });
  const { memory } = guests.host;
  const { strategy } = guests.host.strategies[0]!;
  for (let page = 0; page < 2 * REGION; page++) guests.write(0, page, page + 1);
  return {
    ...guests,
    /** One round of the scan. */
    scan: (): void => {
      strategy.tune!({ pagesPerSecond: 10 * 2 * REGION });
      guests.host.advance(100);
      strategy.tune!({ pagesPerSecond: 0 });
    },
    /** The host breaks a region, and tells of it in its next pass. */
    break: (region: number): void => {
      memory.large!.break(VM, region);
      guests.host.advance(100);
    },
    rescue: (page: number): boolean => {
      const at = guests.host.clock.now();
      return strategy.rescue!({ vm: VM, gfn: toGfn(page), mfn: memory.frame(VM, toGfn(page)), at });
    },
    sizes: (): string =>
      [0, 1].map((region) => (memory.isLarge(VM, toGfn(region * REGION)) ? 'L' : 's')).join(''),
  };
}

/** A content that no page has to begin with. */
const SAME = 1030;
const PAGES = 2 * REGION;

describe('pages inside a 2 MiB mapping', () => {
  test('are scanned and hinted and not shared, and share at once when the mapping is broken', () => {
    const guests = large();
    for (const page of [5, 9, REGION + 3]) guests.write(0, page, SAME);
    guests.scan();
    guests.scan();
    expect(guests.sizes()).toBe('LL');
    expect(guests.counters()).toMatchObject({ scanned: 2 * PAGES, merged: 0, waiting: 2, hints: PAGES - 2 });
    guests.break(0);
    // Page 9 equals the hint of page 5, which is small now too. Nothing else is looked at again.
    expect(guests.shared(0, 9)).toBe(guests.shared(0, 5));
    expect(guests.counters()).toMatchObject({
      scanned: 2 * PAGES + 1,
      merged: 1,
      sharedAtBreak: 1,
      waiting: 1,
    });
    guests.break(1);
    expect(guests.shared(0, REGION + 3)).toBe(guests.shared(0, 5));
    expect(guests.saved()).toBe(2);
    expect(guests.sizes()).toBe('ss');
    guests.check();
  });

  test('wait for another region that has the hint, and share when both are broken, whichever is first', () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const guests = large();
      for (const page of [5, REGION + 3]) guests.write(0, page, SAME);
      guests.scan();
      guests.break(first);
      guests.scan();
      expect(guests.saved()).toBe(0);
      guests.break(second);
      expect(guests.saved()).toBe(1);
      expect(guests.shared(0, 5)).toBe(guests.shared(0, REGION + 3));
      guests.check();
    }
  });

  test('give their hint up to a small page of that content, and break for nobody', () => {
    const guests = large();
    guests.write(0, 5, SAME);
    guests.scan();
    guests.break(1);
    guests.write(0, REGION + 3, SAME);
    guests.scan();
    expect(guests.counters()).toMatchObject({ merged: 0, waiting: 1, hints: PAGES - 1 });
    // A third page of that content meets the small one.
    guests.write(0, REGION + 4, SAME);
    guests.scan();
    expect(guests.shared(0, REGION + 4)).toBe(guests.shared(0, REGION + 3));
    expect(guests.sizes()).toBe('Ls');
    guests.break(0);
    expect(guests.saved()).toBe(2);
    guests.check();
  });

  test('that changed meanwhile are hashed again and not shared', () => {
    const guests = large();
    for (const page of [5, 9]) guests.write(0, page, SAME);
    guests.scan();
    guests.write(0, 9, SAME + 1);
    guests.break(0);
    expect(guests.counters()).toMatchObject({ merged: 0, sharedAtBreak: 0, waiting: 0 });
    guests.check();
  });

  test('are broken for a victim whose content is shared already: share before swap works on small pages', () => {
    const guests = large();
    guests.break(1);
    for (const page of [REGION, REGION + 1]) guests.write(0, page, SAME);
    guests.scan();
    guests.write(0, 5, SAME);
    expect(guests.sizes()).toBe('Ls');
    expect(guests.rescue(5)).toBe(true);
    expect(guests.sizes()).toBe('ss');
    guests.check();
  });

  test('are no match for a victim: a mapping is not broken for another page', () => {
    const guests = large();
    guests.break(1);
    guests.scan();
    guests.write(0, REGION + 9, 6); // as page 5 of the large region
    expect(guests.rescue(REGION + 9)).toBe(false);
    expect(guests.sizes()).toBe('Ls');
    guests.check();
  });
});

describe('a VM whose sharing is off', () => {
  test.each([{ order: 'sequential', pagesPerSecond: 1000, salting: 0 }, { mode: 'ksm' }])(
    'is left alone, and the others share among themselves: %o',
    (options) => {
      const guests = rig({
        vms: [{ size: 20 }, { size: 20, sharing: false }, { size: 20 }],
        options,
      });
      for (const vm of [0, 1, 2]) for (let page = 0; page < 20; page++) guests.write(vm, page, page);
      guests.host.advance(2000);
      expect(guests.saved()).toBe(20);
      expect(guests.host.memory.count(toVmId(1), 2)).toBe(0);
      guests.check();
    },
  );

  test('is scanned for nobody: not for reclaim, and no victim of it is shared', () => {
    const options = { order: 'sequential', pagesPerSecond: 0 };
    const guests = rig({ vms: [{ size: 20, sharing: false }], options });
    for (let page = 0; page < 20; page++) guests.write(0, page, 1);
    const { strategy } = guests.host.strategies[0]!;
    const at = guests.host.clock.now();
    const request = {
      vm: VM,
      goal: toPages(5),
      budget: toPages(50),
      state: 'soft',
      direct: false,
      at,
    } as const;
    expect(strategy.reclaim!(request)).toMatchObject({ freed: 0, tried: 0 });
    const mfn = guests.host.memory.frame(VM, toGfn(0));
    expect(strategy.rescue!({ vm: VM, gfn: toGfn(0), mfn, at })).toBe(false);
    expect(guests.counters()).toMatchObject({ scanned: 0, hints: 0 });
  });
});

describe('salts', () => {
  const at = (salts: readonly (string | undefined)[], options: object): number => {
    const guests = rig({
      vms: salts.map((salt) => ({ size: 1, ...(salt === undefined ? {} : { salt }) })),
      options: { order: 'sequential', pagesPerSecond: 1000, ...options },
    });
    salts.forEach((_, vm) => guests.write(vm, 0, 5));
    guests.host.advance(2000);
    guests.check();
    return guests.saved();
  };

  test('that are empty are like no other, under 1 and 2, and are ignored under 0', () => {
    expect([0, 1, 2].map((salting) => at(['', ''], { salting }))).toEqual([1, 0, 0]);
  });

  test('fall back to nothing or to vc.uuid under 1, as asked: VMs without one share, or do not', () => {
    const vms = [undefined, undefined, 's', 's'];
    expect(at(vms, { salting: 1 })).toBe(2);
    expect(at(vms, { salting: 1, saltFallback: 'vc.uuid' })).toBe(1);
    expect(at(vms, { salting: 0, saltFallback: 'vc.uuid' })).toBe(3);
  });
});

test('zero pages on shared frames and the 16 bytes of each table frame are counted', () => {
  const options = { order: 'sequential', pagesPerSecond: 1000 };
  const guests = rig({ vms: [{ size: 30 }], options });
  for (let page = 0; page < 30; page++) guests.write(0, page, page < 10 ? 0 : page < 15 ? 1 : page);
  guests.host.advance(100);
  expect(guests.counters()).toMatchObject({ zeroPages: 10, sharedFrames: 2, hints: 15, tableBytes: 17 * 16 });
  expect(guests.counters()['overflows']).toBe(0);
  guests.write(0, 3, 99);
  expect(guests.counters()['zeroPages']).toBe(9);
});
