// hot
import type { VmFacts, VmId } from '@overbook/core';
import { toVmId } from '@overbook/core';

/** Pages of all VMs numbered through, VM after VM: one index for books that span the host. */
export class PageNumbers {
  /** Pages of all VMs. */
  readonly total: number;
  /** Number of each VM's page 0. */
  readonly bases: readonly number[];

  constructor(vms: readonly VmFacts[]) {
    const bases: number[] = [];
    let next = 0;
    for (const { size } of vms) {
      bases.push(next);
      next += size;
    }
    this.bases = bases;
    this.total = next;
  }

  /** The VM that a page number belongs to. O(log VMs). */
  vmOf(number: number): VmId {
    let low = 0;
    let high = this.bases.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.bases[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return toVmId(low);
  }
}
