import type { Nanoseconds, VmId } from '@overbook/core';
import type { ExecutionTime } from '@overbook/core/host';
import { toNs } from '@overbook/core';

/** How long the processors of one host's VMs have run; 0 before there are any. */
export class ExecutionTimes implements ExecutionTime {
  #vcpus: readonly { readonly ranNs: number }[] = [];

  bind(vcpus: readonly { readonly ranNs: number }[]): void {
    this.#vcpus = vcpus;
  }

  ran(vm: VmId): Nanoseconds {
    return toNs(this.#vcpus[vm]?.ranNs ?? 0);
  }
}
