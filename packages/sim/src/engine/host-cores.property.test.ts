import fc from 'fast-check';
import { expect, test } from 'vitest';

import { HostCores } from './host-cores.ts';
import type { Vcpu } from './vcpu.ts';

interface Guest {
  readonly runs: boolean;
  stolenNs: number;
}

function vcpuOf(guest: Guest): Vcpu {
  return {
    runsAt: () => guest.runs,
    steal: (ns: number) => {
      guest.stolenNs += ns;
    },
  } as unknown as Vcpu;
}

/** What each guest lost to work of so many nanoseconds. */
function stolen(cores: number, runs: readonly boolean[], workNs: number): readonly number[] {
  const guests = runs.map((one): Guest => ({ runs: one, stolenNs: 0 }));
  let spentNs = 1_000;
  const host = new HostCores(cores, () => spentNs, guests.map(vcpuOf));
  host.begin();
  spentNs += workNs;
  host.share(0);
  return guests.map(({ stolenNs }) => stolenNs);
}

test('with an idle core nobody loses; else those that run lose it all, evenly, and the others nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
      fc.nat({ max: 10_000_000 }),
      (cores, runs, workNs) => {
        const lost = stolen(cores, runs, workNs);
        const running = runs.filter(Boolean).length;
        const each = running === 0 || running < cores ? 0 : Math.round(workNs / running);
        expect(lost).toEqual(runs.map((one) => (one ? each : 0)));
      },
    ),
  );
});

test('what was spent before it began is nobody’s loss', () => {
  const guest: Guest = { runs: true, stolenNs: 0 };
  let spentNs = 500;
  const host = new HostCores(1, () => spentNs, [vcpuOf(guest)]);
  host.begin();
  host.share(0);
  spentNs = 900;
  host.begin();
  host.share(0);
  expect(guest.stolenNs).toBe(0);
});
