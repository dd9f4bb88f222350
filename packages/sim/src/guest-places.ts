import type { Decision, Observation, Random, VmId } from '@overbook/core';
import type { HostCounters } from '@overbook/core/host';
import { toVmId } from '@overbook/core';

/**
 * Which VM each guest of a configuration runs in. A host breaks ties by VM id: who is powered on, scanned or asked
 * first. The seed draws the ids by the guests' names, so that a result says nothing about who stands first in the
 * file, and an interval over seeds covers what the order is worth. What a run tells is in the order of the
 * configuration again.
 */
export class GuestPlaces {
  /** Places in the configuration, by VM id. */
  readonly #placeOf: readonly number[];
  readonly #vmOf: readonly VmId[];

  constructor(guests: readonly { readonly name: string }[], random: Random) {
    this.#placeOf = guests
      .map(({ name }, place) => ({ name, place, draw: random.stream(`guest/${name}/vm`).uint32() }))
      .sort((a, b) => a.draw - b.draw || (a.name < b.name ? -1 : 1))
      .map(({ place }) => place);
    const vms: VmId[] = [];
    this.#placeOf.forEach((place, vm) => (vms[place] = toVmId(vm)));
    this.#vmOf = vms;
  }

  /** From the order of the configuration to that of VM ids. */
  byVm<T>(byPlace: readonly T[]): readonly T[] {
    return this.#placeOf.map((place) => byPlace[place]!);
  }

  /** From the order of VM ids to that of the configuration. */
  byPlace<T>(byVm: readonly T[]): readonly T[] {
    return this.#vmOf.map((vm) => byVm[vm]!);
  }

  /** A host's counters with its VMs numbered by the configuration. */
  counters(counters: HostCounters): HostCounters {
    const vms = this.byPlace(counters.vms).map((vm, place) => ({ ...vm, vm: toVmId(place) }));
    return { ...counters, vms };
  }

  /** A decision with its VM numbered by the configuration. */
  decision(decision: Decision): Decision {
    if (decision.kind === 'order' || decision.kind === 'overruled') {
      const { order } = decision;
      return 'vm' in order ? { ...decision, order: { ...order, vm: this.#place(order.vm) } } : decision;
    }
    return 'vm' in decision ? { ...decision, vm: this.#place(decision.vm) } : decision;
  }

  /** An observation with its VMs numbered, and told in the order of, the configuration. */
  observation(observation: Observation): Observation {
    const vms = observation.vms.map((vm) => ({ ...vm, vm: this.#place(vm.vm) })).sort((a, b) => a.vm - b.vm);
    return { ...observation, vms };
  }

  #place(vm: VmId): VmId {
    return toVmId(this.#placeOf[vm]!);
  }
}
