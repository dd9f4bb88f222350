import { footprintOf } from '../contract/told-values.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_BALLOONED } from '../pmap/kinds.ts';
import type { Backing } from '../contract/strategy.ts';
import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';

/** What one strategy owns, for its credit. */
export interface CreditOwner {
  readonly id: string;
  readonly kinds: readonly number[];
  readonly claims: readonly ('shared' | 'ballooned')[];
  readonly backings: readonly Backing[];
}

/**
 * Memory each strategy gives back now, in frames that came free: those saved by sharing, and those of the pages in the
 * kinds that it owns, less the frames its storage uses. A page that never had a frame (a balloon takes the guest's
 * untouched pages too) gave none back. Credit goes to the owner of the kind, so no frame is counted twice.
 */
export function creditOf(owner: CreditOwner, memory: HostMemory, pool: FramePool): Pages {
  let credit = 0;
  if (owner.claims.includes('shared')) credit += pool.sharedReferences - pool.sharedFrames;
  for (const { gave } of memory.pmaps) {
    if (owner.claims.includes('ballooned')) credit += gave[KIND_BALLOONED]!;
    for (const kind of owner.kinds) credit += gave[kind]!;
  }
  for (const backing of owner.backings) credit -= footprintOf(owner.id, backing.footprint());
  return toPages(credit);
}

/** Credits of all strategies and the highest each has had. */
export class CreditLedger {
  readonly #owners: readonly CreditOwner[];
  readonly #memory: HostMemory;
  readonly #pool: FramePool;
  readonly #peaks: number[];

  constructor(owners: readonly CreditOwner[], memory: HostMemory, pool: FramePool) {
    this.#owners = owners;
    this.#memory = memory;
    this.#pool = pool;
    this.#peaks = owners.map(() => 0);
  }

  /** Looks now; called between guest batches. */
  sample(): void {
    this.#owners.forEach((owner, i) => {
      this.#peaks[i] = Math.max(this.#peaks[i]!, creditOf(owner, this.#memory, this.#pool));
    });
  }

  now(): Readonly<Record<string, Pages>> {
    return Object.fromEntries(
      this.#owners.map((owner) => [owner.id, creditOf(owner, this.#memory, this.#pool)]),
    );
  }

  peaks(): Readonly<Record<string, Pages>> {
    return Object.fromEntries(this.#owners.map((owner, i) => [owner.id, toPages(this.#peaks[i]!)]));
  }

  /** Forgets the peaks: the measured part of a run begins. */
  reset(): void {
    this.#peaks.fill(0);
    this.sample();
  }
}
