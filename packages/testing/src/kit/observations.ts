import type { Observation, RandomStream, VmObservation } from '@overbook/core';
import { HOST_MEMORY_STATES, NS_PER_SECOND, toNs, toPages, toVmId } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';

const COUNT = 60;
const PERIOD_NS = 15 * NS_PER_SECOND;
const TOTAL = 4096;
const SIZES = [2048, 2048, 1024, 512] as const;

/** Which of the figures that a host may not know are there. */
export type Known = 'all' | 'some' | 'none';

/** A quarter of an hour of a host that goes through all states, as a policy sees it. Plain data. */
export function makeObservations(seed: number, known: Known): readonly Observation[] {
  const random = new SeededRandom(seed).stream('kit/observations');
  return Array.from({ length: COUNT }, (_, i) => ({
    time: toNs(i * PERIOD_NS),
    state: HOST_MEMORY_STATES[random.below(HOST_MEMORY_STATES.length)]!,
    total: toPages(TOTAL),
    free: toPages(random.below(TOTAL / 4)),
    wanted: toPages(Math.floor(TOTAL / 20)),
    cause: random.below(3) === 0 ? 'state' : 'period',
    vms: SIZES.map((size, vm) => observeVm(vm, size, random, known)),
  }));
}

function observeVm(vm: number, size: number, random: RandomStream, known: Known): VmObservation {
  const limit = vm === 1 ? size / 2 : size;
  const consumed = random.below(limit);
  const figures = {
    active: toPages(random.below(consumed + 1)),
    ballooned: toPages(random.below(size - consumed)),
    guestFree: toPages(random.below(size / 4)),
    guestAvailable: toPages(random.below(size / 2)),
    swapIns: toPages(random.below(1000)),
  };
  const told = Object.entries(figures).filter(
    () => known === 'all' || (known === 'some' && random.below(2) === 0),
  );
  return {
    vm: toVmId(vm),
    name: `vm${vm}`,
    size: toPages(size),
    reservation: toPages(vm === 0 ? size / 8 : 0),
    limit: toPages(limit),
    shares: 1000 * (vm + 1),
    consumed: toPages(consumed),
    kinds: known === 'none' ? {} : { swapped: toPages(random.below(size - consumed)) },
    hasDriver: known !== 'none' && vm !== 2,
    ...(Object.fromEntries(told) as Partial<typeof figures>),
  };
}
