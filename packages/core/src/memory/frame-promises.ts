import type { FramePool } from '../frames/frame-pool.ts';
import type { VmId } from '../units/page.ts';

/**
 * Frames that were freed for a VM's next fault and are still on the free list, because what was on them is being
 * written: no other VM's fault may take them meanwhile. At most one a VM.
 */
export class FramePromises {
  readonly #pool: FramePool;
  readonly #made: Uint8Array;
  #count = 0;

  constructor(pool: FramePool, vms: number) {
    this.#pool = pool;
    this.#made = new Uint8Array(vms);
  }

  /** Frames that a fault of the VM may take: those beyond the reserve and what others were promised. */
  spare(vm: VmId): number {
    const { free, reserve } = this.#pool;
    return this.#count === 0 ? free - reserve : free - reserve - this.#count + this.#made[vm]!;
  }

  make(vm: VmId): void {
    this.#count += 1 - this.#made[vm]!;
    this.#made[vm] = 1;
  }

  /** The VM has its frame, or needs none any more. */
  end(vm: VmId): void {
    this.#count -= this.#made[vm]!;
    this.#made[vm] = 0;
  }
}
