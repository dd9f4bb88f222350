import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { PAGES } from '../contract/tokens.ts';
import type { Backing } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { toGfn, toMfn, toPages, toVmId } from '../units/page.ts';
import type { HostCounters, VmCounters } from './counters.ts';
import { IDENTITIES, brokenIdentities } from './identities.ts';
import type { Recount } from './recount.ts';
import { recount } from './recount.ts';

/** Keeps nothing: pages go in and are never touched again. */
const away: Backing = {
  fault: () => {
    throw new Error('nothing comes back in this test');
  },
  release: () => undefined,
  peek: () => undefined,
  footprint: () => toPages(0),
};

/** Brings the kinds and publishes the counters that the shipped strategies do. */
const keeper = defineStrategy({
  id: 'keeper',
  contract: 2,
  title: 'Brings the kinds of a swap file and a compression cache',
  options: z.strictObject({}),
  needs: { pages: PAGES },
  kinds: ['swapped', 'compressed'],
  roles: { swapped: 'swapped', compressed: 'compressed' },
  create: ({ pages: mapping }, _options, { kinds }) => ({
    backings: { swapped: away, compressed: away },
    reclaim: ({ vm }) => {
      mapping.evict(vm, toGfn(0), kinds['swapped']!, 0);
      mapping.evict(vm, toGfn(1), kinds['compressed']!, 0);
      return { freed: toPages(2), ordered: toPages(0), tried: toPages(2), refused: [] };
    },
    vmCounters: (vm) => ({
      balloonTarget: 1,
      balloonMax: 3,
      swapFile: mapping.vms[vm]!.size - mapping.vms[vm]!.reservation,
      cacheSize: 1,
      cacheUsed: vm === 0 ? 0.5 : 0,
      odd: 7,
    }),
  }),
});

/** Two VMs with every kind of page: private, shared, ballooned, swapped, compressed, untouched. */
function makeHost() {
  const host = composeHost({
    memory: toPages(64),
    vmkernel: toPages(4),
    vms: [
      {
        name: 'a',
        size: toPages(16),
        reservation: toPages(2),
        limit: toPages(12),
        salt: 's',
        overhead: toPages(2),
      },
      { name: 'b', size: toPages(8), salt: 's' },
    ],
    strategies: [keeper],
    memoryStates: 'direct',
  });
  for (let page = 0; page < 6; page++) host.vm('a').write(page, 'x');
  for (let page = 0; page < 4; page++) host.vm('b').write(page, 'x');
  const { memory } = host;
  host.strategies[0]!.strategy.reclaim!({
    vm: toVmId(0),
    goal: toPages(2),
    budget: toPages(2),
    state: 'high',
    direct: false,
    at: host.clock.now(),
  });
  const frame = memory.makeShared(toVmId(0), toGfn(2));
  memory.merge(toVmId(1), toGfn(0), frame);
  memory.merge(toVmId(1), toGfn(1), frame);
  memory.balloon(toVmId(0), toGfn(3));
  return host;
}

const host = makeHost();
const right = host.counters();
const counted = recount(host.memory, host.pool);

test('a reading of a host keeps all of them', () => {
  expect(brokenIdentities(right, { recount: counted, before: right })).toEqual([]);
  host.verify();
});

test("what a strategy publishes goes by the catalogue's name, or by its own", () => {
  expect(right.vms[0]!.published).toEqual({
    balloonTarget: 1,
    balloonMax: 3,
    swapFile: 14,
    cacheSize: 1,
    cacheUsed: 0.5,
    'keeper.odd': 7,
  });
});

function vm(changes: Partial<VmCounters>): HostCounters {
  return {
    ...right,
    vms: [{ ...right.vms[0]!, ...changes }, right.vms[1]!],
  };
}
function published(changes: Record<string, number>): HostCounters {
  return vm({ published: { ...right.vms[0]!.published, ...changes } });
}
function activity(active: number, activeWrite: number): HostCounters {
  return vm({ activity: { active: toPages(active), activeWrite: toPages(activeWrite) } });
}

/** VM b with a limit of three pages. */
function limited(held: number): HostCounters {
  return {
    ...right,
    vms: [right.vms[0]!, { ...right.vms[1]!, shared: toPages(0), private: toPages(held), limit: toPages(3) }],
  };
}

/** For each identity, readings that break it (others may break with it). */
const BREAKS: Readonly<
  Record<
    string,
    readonly (readonly [
      what: string,
      counters: HostCounters,
      counted?: Recount | undefined,
      before?: HostCounters,
    ])[]
  >
> = {
  I1: [
    ['a ballooned page is lost', vm({ ballooned: toPages(0) })],
    ["a page of a strategy's kind is lost", vm({ kinds: { swapped: toPages(0), compressed: toPages(1) } })],
  ],
  I2: [
    ['a private page is counted twice', vm({ private: toPages(4) })],
    ['more zero pages than granted ones', vm({ zero: toPages(9) })],
    ['more large pages than private ones', vm({ large: toPages(512) })],
  ],
  I3: [['sharing saves more than it does', vm({ saved: 2 })]],
  I4: [['more granted than configured', vm({ granted: toPages(17) })]],
  I5: [['a saved frame is forgotten', { ...right, saving: toPages(1) }]],
  I7: [['the VMs save less than the host', vm({ saved: 0, consumed: 3 })]],
  I8: [
    [
      'a VM is charged for another',
      {
        ...right,
        vms: [
          { ...right.vms[0]!, consumed: 3, saved: 0 },
          { ...right.vms[1]!, consumed: 2, saved: 2 },
        ],
      },
      counted,
    ],
  ],
  I9: [['more frames behind shared pages than pages', { ...right, common: toPages(4) }]],
  I10: [['a frame is nowhere', { ...right, free: toPages(right.free - 1) }]],
  I11: [['a free frame is in use', { ...right, free: toPages(right.free + 1) }, counted]],
  I12: [['overhead of the host is not that of its VMs', { ...right, overhead: toPages(3) }]],
  I13: [
    ['a page is reserved and unreserved', { ...right, unreserved: toPages(right.unreserved + 1) }],
    [
      'the VMkernel manages its own memory',
      { ...right, managed: right.total, unreserved: toPages(right.total - 4) },
    ],
  ],
  I14: [
    [
      'the balloon is above its maximum',
      vm({ ballooned: toPages(4), published: { balloonTarget: 4, balloonMax: 3 } }),
    ],
    ['the target is above the maximum', published({ balloonTarget: 4 })],
    ['the maximum is above the size', published({ balloonMax: 17 })],
  ],
  I15: [
    ['more is swapped than the file holds', vm({ kinds: { swapped: toPages(15), compressed: toPages(0) } })],
    ['the file is not size less reservation', published({ swapFile: 16 })],
  ],
  I16: [['more came in than went out', vm({ touched: { swapped: 2, compressed: 0 } })]],
  I17: [
    ['more of the cache is used than there is', published({ cacheUsed: 2 })],
    ['what is kept takes more than it was', published({ cacheUsed: 3, cacheSize: 3 })],
  ],
  I18: [
    ['ballooned pages are active', activity(16, 0)],
    ['more is written than used', activity(3, 4)],
  ],
  I20: [['a VM grows beyond its limit', limited(4), undefined, limited(3)]],
  I21: [
    ['less is ordered than is guaranteed', vm({ entitlement: toPages(1) })],
    ['more is ordered than allowed', vm({ entitlement: toPages(13) })],
  ],
  I22: [
    ['a page appears', vm({ untouched: toPages(99) }), undefined, right],
    ['an event is taken back', vm({ firstTouches: 0 }), undefined, right],
  ],
  I23: [['a frame belongs to nobody', right, { ...counted, referenced: counted.referenced - 1 }]],
  I24: [['a reference leads nowhere', right, { ...counted, references: counted.references + 1 }]],
};

describe('each identity names the counter that breaks it', () => {
  test('every identity is broken below', () => {
    expect(IDENTITIES.map(({ id }) => id)).toEqual(Object.keys(BREAKS));
  });

  const cases = Object.entries(BREAKS).flatMap(([id, breaks]) =>
    breaks.map(([what, ...checked]) => ({ id, what, checked })),
  );
  test.each(cases)('$id: $what', ({ id, checked: [counters, frames, before] }) => {
    const broken = brokenIdentities(counters, {
      ...(frames === undefined ? {} : { recount: frames }),
      ...(before === undefined ? {} : { before }),
    });
    expect(broken.map((one) => one.id)).toContain(id);
    expect(broken.every(({ numbers }) => /^[-\d.]+ and [-\d.]+$/.test(numbers))).toBe(true);
  });
});

test('a shared frame that lost all references but one is still common: half of shared is no bound (I9)', () => {
  const fallen = makeHost();
  fallen.vm('b').write(0, 'own');
  fallen.vm('b').write(1, 'own');
  const { common, shared } = fallen.counters();
  expect([common, shared]).toEqual([1, 1]);
  expect(common).toBeGreaterThan(shared / 2);
  fallen.verify();
  expect(fallen.memory.isShared(toMfn(fallen.memory.payload(toVmId(0), toGfn(2))))).toBe(true);
});

test('a VM that ended is promised nothing', () => {
  const ended = makeHost();
  expect(ended.counters().overcommit.now).toBeCloseTo(24 / 76 - 1, 10);
  ended.powerOff('b');
  ended.advance(60_000);
  const { overcommit, vms, reserved } = ended.counters();
  expect(vms.map(({ poweredOn }) => poweredOn)).toEqual([true, false]);
  expect(overcommit.now).toBeCloseTo(16 / 76 - 1, 10);
  // 16 of them are the host's reserve.
  expect(reserved).toBe(4 + 16);
  expect(vms[1]!.untouched).toBe(8);
  ended.verify();
});
