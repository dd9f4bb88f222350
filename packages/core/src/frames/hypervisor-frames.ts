import type { Pages, VmId } from '../units/page.ts';
import { toMfn, toPages } from '../units/page.ts';
import type { FramePool } from './frame-pool.ts';

/** Owner number of the hypervisor's own frames in the pool; strategies are numbered from 0. */
const HYPERVISOR = 0xffff_fffe;

/**
 * Machine frames that no guest page and no strategy uses: the VMkernel's own, and what virtualising each VM costs
 * (frame buffer, page tables and the like; Waldspurger, OSDI 2002, §6.2). They are frames of the pool like all
 * others, so that total = vmkernel + overhead + consumed + own + free holds exactly.
 */
export class HypervisorFrames {
  readonly #pool: FramePool;
  /** By VM; the VMkernel's are last. */
  readonly #held: number[][];

  /** Takes the VMkernel's frames at once. @param vms VMs of the host */
  constructor(pool: FramePool, vms: number, vmkernel: Pages) {
    this.#pool = pool;
    this.#held = Array.from({ length: vms + 1 }, () => []);
    this.#take(vms, vmkernel);
  }

  get vmkernel(): Pages {
    return toPages(this.#held.at(-1)!.length);
  }

  /** Frames held for virtualising a VM, now. */
  overhead(vm: VmId): Pages {
    return toPages(this.#held[vm]!.length);
  }

  /** All frames held, now. */
  get held(): Pages {
    return toPages(this.#held.reduce((sum, frames) => sum + frames.length, 0));
  }

  /** Takes up to `count` frames for a VM, none from the reserve. @returns how many. */
  take(vm: VmId, count: number): Pages {
    return this.#take(vm, Math.min(count, Math.max(0, this.#pool.usable - this.#pool.reserve)));
  }

  /** Gives back all that is held for a VM. */
  give(vm: VmId): void {
    for (const frame of this.#held[vm]!.splice(0)) this.#pool.give(toMfn(frame));
  }

  #take(account: number, count: number): Pages {
    const frames = this.#held[account]!;
    const before = frames.length;
    while (frames.length < before + count) frames.push(this.#pool.takeOwn(HYPERVISOR));
    return toPages(count);
  }
}
