import { BLOCKED } from '../contract/strategy.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { Pmap } from '../pmap/pmap.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { HostPage, Nanoseconds, VmId } from '../units/page.ts';
import { toMfn, toNs } from '../units/page.ts';
import { FramePromises } from './frame-promises.ts';
import type { FrameSource } from './host-memory-parts.ts';
import type { PoolLimits } from './pool-limits.ts';

/** Times that direct reclaim is asked for one frame. */
const DIRECT_TRIES = 3;

/** Frames for faults: free ones beyond the reserve, or what direct reclaim frees, within the limits of VM and pools. */
export class FrameSupply {
  /** Set once the reclaimer exists. */
  source: FrameSource | undefined;
  readonly #pool: FramePool;
  readonly #store: PageStore;
  readonly #limits: PoolLimits;
  readonly #consumed: (vm: VmId) => number;
  readonly #promises: FramePromises;
  #readyAt: Nanoseconds = toNs(0);

  constructor(parts: {
    readonly pool: FramePool;
    readonly store: PageStore;
    readonly limits: PoolLimits;
    /** Machine memory charged to a VM. */
    readonly consumed: (vm: VmId) => number;
    readonly vms: number;
  }) {
    this.#pool = parts.pool;
    this.#store = parts.store;
    this.#limits = parts.limits;
    this.#consumed = parts.consumed;
    this.#promises = new FramePromises(parts.pool, parts.vms);
  }

  /** When the frame that was last taken, or last found to be there, is usable. */
  get readyAt(): Nanoseconds {
    return this.#readyAt;
  }

  /** Sees that there is a frame for the VM, by reclaim if it must. Sets `readyAt`. @returns false when there is none */
  has(pmap: Pmap, at: Nanoseconds): boolean {
    this.#readyAt = at;
    this.#pool.passTo(at);
    return this.#isWithinLimits(pmap, at) && this.#isFree(pmap.id, at);
  }

  /** A zeroed frame for a guest page. Sets `readyAt`. @returns the frame or -1 */
  take(pmap: Pmap, page: HostPage, at: Nanoseconds): number {
    this.#readyAt = at;
    if (pmap.blocked || !this.has(pmap, at)) return -1;
    const frame = this.#pool.takePrivate(page);
    this.#promises.end(pmap.id);
    this.#store.zero(toMfn(frame));
    return frame;
  }

  /** A zeroed frame that is free now, for a page that nobody waits for: never reclaims. @returns the frame or -1 */
  takeAhead({ id, limit, size, blocked }: Pmap, page: HostPage): number {
    if (blocked || (limit < size && this.#consumed(id) >= limit) || this.#limits.full(id) !== undefined)
      return -1;
    if (this.#promises.spare(id) <= this.#pool.inWriting) return -1;
    const frame = this.#pool.takePrivate(page);
    this.#store.zero(toMfn(frame));
    return frame;
  }

  /** The VM's next fault will take the frame that `has` found: no other VM gets it meanwhile. */
  promise(vm: VmId): void {
    this.#promises.make(vm);
  }

  /** The VM needs no frame any more. */
  forget(vm: VmId): void {
    this.#promises.end(vm);
  }

  /** A VM at its limit gives a page of its own, a pool at its limit one of its VMs': the innermost such pool first. */
  #isWithinLimits({ id, limit, size }: Pmap, at: Nanoseconds): boolean {
    if (limit < size && this.#consumed(id) >= limit && !this.#reclaim(id, at)) return false;
    for (let tries = 0; this.#limits.full(id) !== undefined; tries++)
      if (tries === DIRECT_TRIES || !this.#reclaim(id, at)) return false;
    return true;
  }

  #isFree(vm: VmId, at: Nanoseconds): boolean {
    for (let tries = 0; tries < DIRECT_TRIES; tries++) {
      if (this.#isUsable(vm)) return true;
      if (!this.#reclaim(vm, at)) return false;
    }
    return this.#isUsable(vm);
  }

  /** True where there is a frame for the VM's fault, if only one that is still being written: that is waited for. */
  #isUsable(vm: VmId): boolean {
    const spare = this.#promises.spare(vm);
    if (spare <= 0) return false;
    if (spare <= this.#pool.inWriting) {
      const ready = toNs(this.#pool.claimWritten());
      if (ready > this.#readyAt) this.#readyAt = ready;
    }
    return true;
  }

  #reclaim(vm: VmId, at: Nanoseconds): boolean {
    const ready = this.source?.directReclaim(vm, at) ?? BLOCKED;
    if (ready === BLOCKED) return false;
    if (ready > this.#readyAt) this.#readyAt = ready;
    return true;
  }
}
