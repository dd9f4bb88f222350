import type { Observation, RandomStream, VmObservation } from '@overbook/core';
import { HOST_MEMORY_STATES, NS_PER_SECOND, SeededRandom, ns, pages, vmId } from '@overbook/core';

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
    time: ns(i * PERIOD_NS),
    state: HOST_MEMORY_STATES[random.below(HOST_MEMORY_STATES.length)]!,
    total: pages(TOTAL),
    free: pages(random.below(TOTAL / 4)),
    wanted: pages(TOTAL / 20),
    cause: random.below(3) === 0 ? 'state' : 'period',
    vms: SIZES.map((size, vm) => observeVm(vm, size, random, known)),
  }));
}

function observeVm(vm: number, size: number, random: RandomStream, known: Known): VmObservation {
  const limit = vm === 1 ? size / 2 : size;
  const consumed = random.below(limit);
  const figures = {
    active: pages(random.below(consumed + 1)),
    ballooned: pages(random.below(size - consumed)),
    guestFree: pages(random.below(size / 4)),
    guestAvailable: pages(random.below(size / 2)),
    swapIns: pages(random.below(1000)),
  };
  const told = Object.entries(figures).filter(
    () => known === 'all' || (known === 'some' && random.below(2) === 0),
  );
  return {
    vm: vmId(vm),
    name: `vm${vm}`,
    size: pages(size),
    reservation: pages(vm === 0 ? size / 8 : 0),
    limit: pages(limit),
    shares: 1000 * (vm + 1),
    consumed: pages(consumed),
    kinds: known === 'none' ? {} : { swapped: pages(random.below(size - consumed)) },
    hasDriver: known !== 'none' && vm !== 2,
    ...(Object.fromEntries(told) as Partial<typeof figures>),
  };
}
