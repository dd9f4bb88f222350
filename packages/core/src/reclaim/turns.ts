import type { VmId } from '../units/page.ts';

/**
 * Whose turn it is to give, in proportion to what each has: over many turns a VM with twice the pages of another is
 * chosen twice as often. So does reclaim on Linux, which scans each memory cgroup by its size above what is protected
 * (mm/vmscan.c, shrink_node_memcgs and get_scan_count); here a whole batch comes from one VM at a time.
 */
export class Turns {
  /** By VM, pages by which it is behind its share of what was given. */
  readonly #behind: Float64Array;

  constructor(vms: number) {
    this.#behind = new Float64Array(vms);
  }

  /**
   * A turn begins. @param has pages that a VM can give @param passedOver 1 for VMs that have no part in it
   * @returns the VM whose turn it is: the one furthest behind, of equals the first
   */
  begin(has: (vm: VmId) => number, passedOver: Uint8Array): VmId {
    let all = 0;
    for (let vm = 0; vm < passedOver.length; vm++) {
      if (passedOver[vm] === 1) continue;
      const pages = Math.max(0, has(vm as VmId));
      this.#behind[vm]! += pages;
      all += pages;
    }
    const chosen = this.next(passedOver);
    this.#behind[chosen]! -= all;
    return chosen;
  }

  /** The one chosen had nothing: the next of those not passed over. */
  next(passedOver: Uint8Array): VmId {
    let best = -1;
    for (let vm = 0; vm < passedOver.length; vm++)
      if (passedOver[vm] === 0 && (best < 0 || this.#behind[vm]! > this.#behind[best]!)) best = vm;
    return best as VmId;
  }
}
