import type { FutureService, Gfn, VmId } from '@overbook/core';

import type { Vcpu } from '../engine/vcpu.ts';
import type { RunConfig } from '../simulation-config.ts';
import type { ReplayedGuestSpec } from './check-future.ts';
import type { GuestFuture } from './guest-future.ts';
import { runAhead } from './run-ahead.ts';

/** The futures of a host's replayed guests. A guest's is worked out when it is first asked for. */
export class ReplayedFutures implements FutureService {
  readonly #guests: readonly ReplayedGuestSpec[];
  readonly #run: RunConfig;
  readonly #futures: (GuestFuture | undefined)[] = [];
  #vcpus: readonly Vcpu[] = [];

  /** @param guests in the order of the host's VMs */
  constructor(guests: readonly ReplayedGuestSpec[], run: RunConfig) {
    this.#guests = guests;
    this.#run = run;
  }

  /** Whose accesses tell the time; in the order of the host's VMs. */
  bind(vcpus: readonly Vcpu[]): void {
    this.#vcpus = vcpus;
  }

  now(vm: VmId): number {
    return this.#vcpus[vm]!.accesses;
  }

  nextAccess(vm: VmId, gfn: Gfn): number {
    const future = (this.#futures[vm] ??= runAhead(this.#guests[vm]!, this.#run));
    return future.next(gfn, this.#vcpus[vm]!.accesses);
  }
}
