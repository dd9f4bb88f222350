import { KIND_UNTOUCHED, toGfn, toVmId } from '@overbook/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { rig } from '../test/rig.ts';

const PER_VM = 10;
const VMS = [
  { size: PER_VM },
  { size: PER_VM },
  { size: PER_VM, salt: 's' },
  { size: PER_VM, salt: 's' },
  { size: PER_VM, salt: 't' },
  // Its pages may share a frame with none, its own among them (sched.mem.pshare.enable).
  { size: PER_VM, sharing: false },
];
/** Sharing domain of each VM under Mem.ShareForceSalting 0, 1 and 2, as the paper's readers would say it. */
const DOMAINS = [
  ['all', 'all', 'all', 'all', 'all', 'off'],
  ['none', 'none', 's', 's', 't', 'off'],
  ['vm0', 'vm1', 's', 's', 't', 'off'],
] as const;

const at = { vm: fc.nat(VMS.length - 1), page: fc.nat(PER_VM - 1) };
const content = fc.constantFrom(0, 1, 1, 2, 3, 4, 5);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), ...at, content }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('discard' as const), ...at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cycle' as const), vm: at.vm }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('scan' as const), ticks: fc.integer({ min: 1, max: 12 }) }),
  },
);

test('at rest, every content stands once in each salt domain, whatever the guests did before', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 2),
      fc.constantFrom('sequential', 'random'),
      fc.constantFrom('bytes' as const, 'keys' as const),
      fc.array(step, { minLength: 20, maxLength: 150 }),
      (salting, order, store, steps) => {
        const guests = rig({ vms: VMS, store, options: { salting, order, pagesPerSecond: 200 } });
        const held = new Map<string, number>();
        for (const one of steps) {
          if (one.do === 'scan') {
            guests.host.advance(one.ticks * 100);
            continue;
          }
          if (one.do === 'cycle') {
            guests.powerCycle(one.vm);
            for (let page = 0; page < PER_VM; page++) held.delete(`${one.vm} ${page}`);
            continue;
          }
          const place = `${one.vm} ${one.page}`;
          if (one.do === 'write') {
            guests.write(one.vm, one.page, one.content);
            held.set(place, one.content);
          } else {
            guests.discard(one.vm, one.page);
            held.delete(place);
          }
          if (one.page === 0) guests.check();
        }
        // Random draws need many times the pages to have met them all.
        guests.host.advance(order === 'random' ? 20_000 : 1000);
        guests.check();

        const groups = new Map<string, number[]>();
        for (const [place, value] of held) {
          const [vm, page] = place.split(' ').map(Number) as [number, number];
          const domain = DOMAINS[salting]![vm]!;
          const key = domain === 'off' ? `${domain} ${place}` : `${domain} ${value}`;
          groups.set(key, [...(groups.get(key) ?? []), guests.host.memory.frame(toVmId(vm), toGfn(page))]);
        }
        const frames = [...groups.values()].map((group) => new Set(group).size);
        expect(frames).toEqual(frames.map(() => 1));
        expect(new Set([...groups.values()].flat()).size).toBe(groups.size);
        expect(guests.saved()).toBe(held.size - groups.size);
        const untouched = VMS.reduce(
          (sum, _, vm) => sum + guests.host.memory.count(toVmId(vm), KIND_UNTOUCHED),
          0,
        );
        expect(untouched).toBe(VMS.length * PER_VM - held.size);
        guests.host.dispose();
      },
    ),
    { numRuns: 100 },
  );
});
