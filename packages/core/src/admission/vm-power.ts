import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Decision } from '../contract/decision.ts';
import { OverbookError } from '../units/errors.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import { checkVm } from '../vm/vm-spec.ts';
import type { AdmissionRefusal } from '../contract/admission-refusal.ts';
import type { AdmissionControl, Demand } from './admission-control.ts';
import { explainRefusal } from './admission-control.ts';
import { vmShares } from '../contract/shares.ts';
import type { VmChange } from '../contract/vm-change.ts';

/** What power-on needs to know about a VM in addition to its facts. */
export interface PowerFacts {
  readonly overhead: Pages;
  /** Index of its pool; -1 directly below the host. */
  readonly pool: number;
}

/** What VmPower works on. */
export interface PowerParts {
  readonly memory: HostMemory;
  readonly hypervisor: HypervisorFrames;
  readonly vms: readonly PowerFacts[];
  /** Absent where admission control is off. */
  readonly control: AdmissionControl | undefined;
  /** Machine memory each VM should have. */
  readonly targets: Pages[];
  /** Frees frames for a VM that is powered on. @returns false when none can be had now */
  readonly makeRoom: (vm: VmId, at: Nanoseconds) => boolean;
  readonly decide: (decision: Decision) => void;
  /** Tells the strategies of a VM that was powered on (its guest has run nothing yet) or off (it holds nothing). */
  readonly powered: (vm: VmId, on: boolean) => void;
}

/**
 * VMs powered on and off. One that is off holds nothing and wants nothing; one that is powered on
 * is asked about by admission control first, then takes the frames of its overhead.
 */
export class VmPower {
  readonly #parts: PowerParts;
  /** What admission control booked, for the VMs that are on. */
  readonly #booked = new Map<VmId, Demand>();
  readonly #changed = new Set<VmId>();
  /** Frames of overhead that were not to be had yet. */
  readonly #owed: number[];

  /** All VMs are off. */
  constructor(parts: PowerParts) {
    this.#parts = parts;
    this.#owed = parts.vms.map(() => 0);
    for (const { id } of parts.memory.vms) {
      parts.memory.powerOff(id);
      parts.targets[id] = toPages(0);
    }
  }

  isOn(vm: VmId): boolean {
    return this.#booked.has(vm);
  }

  /** True once the VM was changed. */
  isChanged(vm: VmId): boolean {
    return this.#changed.has(vm);
  }

  /** What a policy's order for a VM comes to: between reservation and limit; nothing for one that is off. */
  within(vm: VmId, target: Pages): Pages {
    if (!this.isOn(vm)) return toPages(0);
    const { reservation, limit } = this.#parts.memory.vms[vm]!;
    return toPages(Math.max(reservation, Math.min(target, limit)));
  }

  /** Unreserved machine memory; undefined where admission control is off. */
  get unreserved(): Pages | undefined {
    return this.#parts.control?.unreserved;
  }

  /** Powers a VM on. @returns why admission control does not let it; undefined when it is on */
  on(vm: VmId, at: Nanoseconds): AdmissionRefusal | undefined {
    if (this.isOn(vm)) return undefined;
    const { memory, control, targets, decide } = this.#parts;
    const facts = memory.vms[vm]!;
    const demand = this.#demand(facts, facts.size - facts.reservation);
    const refusal = control?.ask(demand);
    if (refusal !== undefined) {
      decide({ kind: 'not-admitted', time: at, vm, refusal });
      return refusal;
    }
    control?.admit(demand);
    this.#booked.set(vm, demand);
    memory.powerOn(vm);
    targets[vm] = facts.limit;
    decide({ kind: 'power-on', time: at, vm });
    this.#owed[vm] = demand.overhead;
    do this.collect();
    while (this.#owed[vm]! > 0 && this.#parts.makeRoom(vm, at));
    this.#parts.powered(vm, true);
    return undefined;
  }

  /** Powers a VM off: all it held is free. Does nothing for one that is off. */
  off(vm: VmId, at: Nanoseconds): void {
    const demand = this.#booked.get(vm);
    if (demand === undefined) return;
    const { memory, hypervisor, control, targets, decide } = this.#parts;
    this.#booked.delete(vm);
    control?.release(demand);
    memory.powerOff(vm);
    hypervisor.give(vm);
    this.#owed[vm] = 0;
    targets[vm] = toPages(0);
    this.#parts.powered(vm, false);
    decide({ kind: 'power-off', time: at, vm });
  }

  /** Takes frames of overhead that were not to be had at power-on, as far as there are any now. */
  collect(): void {
    this.#owed.forEach((owed, vm) => {
      if (owed > 0) this.#owed[vm]! -= this.#parts.hypervisor.take(vm as VmId, owed);
    });
  }

  /**
   * The administrator changes a VM. What was ordered of it is held within the new bounds at once; its swap file stays
   * as it was made at power-on.
   * @throws OVB_VM_INVALID; OVB_ADMISSION for a reservation that does not fit. Nothing has changed then.
   */
  change(vm: VmId, change: VmChange, at: Nanoseconds): void {
    const { memory, control, targets, decide } = this.#parts;
    const was = memory.vms[vm]!;
    const facts: VmFacts = {
      ...was,
      ...(change.shares === undefined ? {} : { shares: vmShares(change.shares, was.size) }),
      ...(change.reservation === undefined ? {} : { reservation: change.reservation }),
      ...(change.limit === undefined ? {} : { limit: toPages(Math.min(change.limit, was.size)) }),
    };
    checkVm(facts);
    const booked = this.#booked.get(vm);
    if (booked !== undefined) {
      const demand = this.#demand(facts, booked.swap);
      control?.release(booked);
      const refusal = control?.ask(demand);
      control?.admit(refusal === undefined ? demand : booked);
      if (refusal !== undefined) throw notAdmitted(`vm ${was.name}`, was.name, refusal);
      this.#booked.set(vm, demand);
    }
    memory.configure(vm, facts);
    this.#changed.add(vm);
    targets[vm] = this.within(vm, targets[vm]!);
    decide({ kind: 'change', time: at, vm, change });
  }

  #demand({ id, reservation }: VmFacts, swap: number): Demand {
    const { overhead, pool } = this.#parts.vms[id]!;
    return { reservation, overhead, swap: toPages(swap), pool };
  }
}

/** A VM that is refused where a person can mend it: before anything runs, or in a change that was asked for. */
export function notAdmitted(at: string, vm: string, refusal: AdmissionRefusal): OverbookError {
  return new OverbookError(
    'OVB_ADMISSION',
    at,
    `it is not admitted: ${explainRefusal(refusal)}`,
    refusal.of === 'swap'
      ? 'Give the host more swap space or the VM a larger reservation, or run fewer VMs.'
      : 'Lower reservations, run fewer VMs, or give the host more memory.',
    undefined,
    { vm },
  );
}
