import type { VmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import { KIND_BALLOONED, NS_PER_MS, toVmId } from '@overbook/core';

import type { Guest } from '../engine/guest.ts';
import type { SimDrivers } from '../engine/sim-drivers.ts';
import type { AlertTimes } from '../result.ts';
import { ALERT_PERIOD_MS, AlertClock } from './alert-clock.ts';
import type { GuestFacts, HostFacts } from './alert-rules.ts';
import { GUEST_ALERTS, HOST_ALERTS } from './alert-rules.ts';

const PERIOD_NS = ALERT_PERIOD_MS * NS_PER_MS;

/** Looks at all alert rules once a period of virtual time, whenever the host is settled; sets no timer of its own. */
export class AlertWatch {
  readonly #host: Host;
  readonly #drivers: SimDrivers;
  readonly #guests: readonly Guest[];
  readonly #swapped: readonly number[];
  #ofHost = new AlertClock(HOST_ALERTS);
  #ofGuests: readonly AlertClock<GuestFacts>[] = [];
  #nextNs = Infinity;

  /** @param guests in the order of the host's VMs */
  constructor(host: Host, guests: readonly Guest[], drivers: SimDrivers) {
    this.#host = host;
    this.#guests = guests;
    this.#drivers = drivers;
    this.#swapped = host.kinds.ofRole('swapped');
  }

  /** The measured part begins. */
  reset(): void {
    this.#ofHost = new AlertClock(HOST_ALERTS);
    this.#ofGuests = this.#guests.map(() => new AlertClock(GUEST_ALERTS));
    this.#nextNs = this.#host.clock.now() + PERIOD_NS;
  }

  settled(): void {
    const nowNs = this.#host.clock.now();
    for (; this.#nextNs <= nowNs; this.#nextNs += PERIOD_NS) {
      this.#ofHost.tick(this.#hostFacts());
      this.#ofGuests.forEach((clock, i) => clock.tick(this.#guestFacts(toVmId(i))));
    }
  }

  /** Absent where no strategy swaps. */
  ofHost(): AlertTimes | undefined {
    return this.#ofHost.result();
  }

  /** Absent where no driver of the guest told anything. */
  ofGuest(vm: number): AlertTimes | undefined {
    return this.#ofGuests[vm]!.result();
  }

  #hostFacts(): HostFacts | undefined {
    if (this.#swapped.length === 0) return undefined;
    const { events } = this.#host.memory;
    const sum = (of: 'faults' | 'entered'): number =>
      this.#swapped.reduce((all, kind) => all + events.reduce((some, vm) => some + vm[of][kind]!, 0), 0);
    return { swapIns: sum('faults'), swapOuts: sum('entered') };
  }

  #guestFacts(vm: VmId): GuestFacts | undefined {
    const paging = this.#guests[vm]!.paging?.();
    const usable = this.#drivers.statistics(vm)?.available;
    if (paging === undefined || usable === undefined) return undefined;
    const { managed, majorFaults, swapTraffic } = paging;
    const total = managed - this.#host.memory.pmaps[vm]!.counts[KIND_BALLOONED]!;
    return { total, usable, majorFaults, swapTraffic };
  }
}
