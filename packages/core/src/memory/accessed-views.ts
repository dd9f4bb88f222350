import type { Pmap } from '../pmap/pmap.ts';
import { BIT_ACCESSED } from '../pmap/pmap.ts';
import type { AccessedBits } from '../ports/page-service.ts';
import type { Gfn, VmId } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';

/** A byte of marks per page has room for so many views. */
const VIEWS_MAX = 8;

/**
 * The accessed bit, for several who clear it. The hardware has one: whoever clears it notes for all others that the
 * page was touched, as Linux does with `young` beside its idle bits (mm/page_idle.c). With one view there is nothing
 * to note; from the second on a note costs a byte a page.
 */
export class AccessedViews {
  readonly #pmaps: readonly Pmap[];
  readonly #translation: CachedTranslations | undefined;
  #views = 0;

  constructor(pmaps: readonly Pmap[], translation: CachedTranslations | undefined) {
    this.#pmaps = pmaps;
    this.#translation = translation;
  }

  /** @throws Error for the ninth view */
  add(): AccessedBits {
    if (this.#views === VIEWS_MAX) throw new Error(`accessed bits have room for ${VIEWS_MAX} views`);
    const own = 1 << this.#views++;
    if (this.#views > 1) for (const pmap of this.#pmaps) pmap.young ??= new Uint8Array(pmap.size);
    return {
      accessed: (vm, gfn) => {
        const { bits, young } = this.#pmaps[vm]!;
        return (bits[gfn]! & BIT_ACCESSED) !== 0 || (young !== undefined && (young[gfn]! & own) !== 0);
      },
      clear: (vm, gfn) => this.#clear(vm, gfn, own),
      takeAccessed: (vm, from, to, into) => this.#take(vm, from, to, into, own),
    };
  }

  #clear(vm: VmId, page: number, own: number): void {
    const { bits, young } = this.#pmaps[vm]!;
    if (young !== undefined) {
      if ((bits[page]! & BIT_ACCESSED) !== 0) young[page] = (1 << this.#views) - 1;
      young[page]! &= ~own;
    }
    bits[page]! &= ~BIT_ACCESSED;
    this.#translation?.invalidate(vm, page as Gfn);
  }

  #take(vm: VmId, from: number, to: number, into: Uint32Array, own: number): number {
    const { bits, young, size } = this.#pmaps[vm]!;
    const end = Math.min(to, size);
    let taken = 0;
    for (let page = from; page < end && taken < into.length; page++) {
      if ((bits[page]! & BIT_ACCESSED) === 0 && (young === undefined || (young[page]! & own) === 0)) continue;
      this.#clear(vm, page, own);
      into[taken++] = page;
    }
    return taken;
  }
}
