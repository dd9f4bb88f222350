import type { Backing } from '../contract/strategy.ts';
import { KIND_SHIFT, PAYLOAD_MASK } from '../pmap/kinds.ts';
import { BIT_DIRTY } from '../pmap/pmap.ts';
import type { Pmap } from '../pmap/pmap.ts';
import type { Gfn } from '../units/page.ts';

/**
 * Pages in memory of which a strategy has kept what it brought back: as long as the guest has not written one, it can
 * leave again without being saved anew (Linux's swap cache). A copy ends when its page is written and leaves, or
 * leaves otherwise than to it; the strategy is then told to release it.
 */
export class KeptCopies {
  readonly #backings: readonly (Backing | undefined)[];
  /** By VM and page: kind and payload as in the pmap; 0 = none. */
  readonly #entries: readonly Uint32Array[];

  constructor(pmaps: readonly Pmap[], backings: readonly (Backing | undefined)[]) {
    this.#backings = backings;
    this.#entries = pmaps.map(({ size }) => new Uint32Array(size));
  }

  keep(pmap: Pmap, page: Gfn, kind: number, payload: number): void {
    this.drop(pmap, page);
    this.#entries[pmap.id]![page] = ((kind << KIND_SHIFT) | payload) >>> 0;
    pmap.bits[page]! &= ~BIT_DIRTY;
  }

  /** Payload of the copy that is as the page is now; -1 where that kind has none. */
  find(pmap: Pmap, page: Gfn, kind: number): number {
    const entry = this.#entries[pmap.id]![page]!;
    if (entry >>> KIND_SHIFT !== kind || entry === 0 || (pmap.bits[page]! & BIT_DIRTY) !== 0) return -1;
    return entry & PAYLOAD_MASK;
  }

  /** The page leaves memory. @returns true where it goes to its copy, which ends with that */
  leave(pmap: Pmap, page: Gfn, kind: number, payload: number): boolean {
    const isBack = this.find(pmap, page, kind) === payload;
    if (isBack) this.#entries[pmap.id]![page] = 0;
    else this.drop(pmap, page);
    return isBack;
  }

  /** The copy of a page, if it has one, is of no use any more. */
  drop(pmap: Pmap, page: Gfn): void {
    const entry = this.#entries[pmap.id]![page]!;
    if (entry === 0) return;
    this.#entries[pmap.id]![page] = 0;
    this.#backings[entry >>> KIND_SHIFT]!.release(pmap.id, page, entry & PAYLOAD_MASK);
  }
}
