import type { FailCheck } from '../contract/contract-promise.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BITS_SAMPLED, BIT_COLD, BIT_LARGE } from '../pmap/pmap.ts';
import type { Meter } from '../ports/meter.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Gfn, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGfn, toMfn } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';
import type { LimitedTables } from './pool-limits.ts';
import { mayHold } from './pool-limits.ts';

/** Large mappings of one VM, in regions of 512 pages, since power-on. */
export interface LargePageCounts {
  /** Regions on a 2 MiB frame now: filled + formed − broken. */
  readonly now: number;
  /** Regions backed whole at their first touch. */
  readonly filled: number;
  readonly broken: number;
  /** Regions made large again, in place or by copying. */
  readonly formed: number;
}

/**
 * What came of making a region large: `in place` (its frames lay together already), `copied` (512 pages moved to
 * a free 2 MiB frame), or why not.
 */
export type FormAnswer =
  | 'in place'
  | 'copied'
  | 'already large'
  | 'outside the VM'
  | 'in a fault'
  | 'not mapped whole'
  | 'too many shared pages'
  | 'over its limit'
  | 'no free large frame';

/** What large mappings need of the mapping tables they belong to. */
interface Tables extends LimitedTables {
  pinned(vm: VmId, page: Gfn): boolean;
}

interface Parts {
  readonly pool: FramePool;
  readonly store: PageStore;
  readonly meter: Meter;
  readonly translation?: CachedTranslations | undefined;
}

interface Counts {
  filled: number;
  broken: number;
  formed: number;
}

/**
 * 2 MiB mappings: 512 guest pages, from a multiple of 512 on, in order on 512 frames from a multiple
 * of 512 on. Each is 512 ordinary private pages whose BIT_LARGE is set, so everything that looks at pages works
 * on them unchanged; whatever takes one of them out breaks the mapping first. Large pages are not shared until
 * they are broken (VMware: VEE 2015; KB 1020524).
 */
export class LargePages {
  readonly #tables: Tables;
  readonly #pool: FramePool;
  readonly #store: PageStore;
  readonly #meter: Meter;
  readonly #translation: CachedTranslations | undefined;
  readonly #counts: readonly Counts[];
  /** Per VM and region: 1 once a first touch has decided about it. */
  readonly #decided: readonly Uint8Array[];
  /** False while the host breaks large pages: first touches then bring small ones. */
  fills = true;
  /** Regions broken since they were last taken, as VM and first page, if a listener wants them. */
  #broken: number[] | undefined;

  constructor(parts: Parts, tables: Tables) {
    this.#tables = tables;
    this.#pool = parts.pool;
    this.#store = parts.store;
    this.#meter = parts.meter;
    this.#translation = parts.translation;
    this.#counts = tables.pmaps.map(() => ({ filled: 0, broken: 0, formed: 0 }));
    this.#decided = tables.pmaps.map((pmap) => new Uint8Array(Math.ceil(pmap.size / LARGE_PAGE_PAGES)));
  }

  /** The VM is powered on: the first touch of each region decides anew. */
  powerOn(vm: VmId): void {
    this.#decided[vm]!.fill(0);
  }

  counts(vm: VmId): LargePageCounts {
    const { filled, broken, formed } = this.#counts[vm]!;
    return { now: filled + formed - broken, filled, broken, formed };
  }

  /**
   * First touch of a page: backs its whole region by a zeroed 2 MiB frame if the region is untouched, the VM may
   * hold 512 pages more, and a whole frame is free without reclaim. A region is asked once, at its first touch;
   * later only `form` makes it large. @returns false: back the page alone
   */
  fill(pmap: Pmap, page: Gfn): boolean {
    const region = page >>> 9;
    const decided = this.#decided[pmap.id]!;
    if (decided[region] !== 0) return false;
    decided[region] = 1;
    const first = region * LARGE_PAGE_PAGES;
    if (!this.fills || first + LARGE_PAGE_PAGES > pmap.size || pmap.blocked) return false;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) if (pmap.entries[first + i] !== 0) return false;
    if (!mayHold(this.#tables, pmap.id, LARGE_PAGE_PAGES)) return false;
    const frame = this.#pool.takeLarge(pmap.hostPage(first));
    if (frame < 0) return false;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
      this.#store.zero(toMfn(frame + i));
      pmap.set(first + i, KIND_MAPPED, frame + i);
      // Other sampled pages stay untouched: only the faulting page was touched.
      pmap.bits[first + i] = BIT_LARGE | (pmap.bits[first + i]! & BITS_SAMPLED);
      if (pmap.young !== undefined) pmap.young[first + i] = 0;
    }
    // The page in the fault is the one that was touched.
    pmap.touches?.put(page);
    this.#meter.spend('zeroPage', LARGE_PAGE_PAGES - 1);
    this.#counts[pmap.id]!.filled++;
    return true;
  }

  /** Breaks the large mapping over a page, which must have one, into 512 small pages on the same frames. */
  breakAt(pmap: Pmap, page: Gfn): void {
    const first = page - (page & (LARGE_PAGE_PAGES - 1));
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) pmap.bits[first + i]! &= ~BIT_LARGE;
    this.#invalidate(pmap, first);
    this.#meter.spend('breakLargePage');
    this.#counts[pmap.id]!.broken++;
    this.#broken?.push(pmap.id, first);
  }

  /** From now on broken regions are kept for `takeBroken`. */
  noteBroken(): void {
    this.#broken ??= [];
  }

  get brokenCount(): number {
    return (this.#broken?.length ?? 0) / 2;
  }

  /** Tells every region broken since the last time, oldest first; what breaks meanwhile is for the next time. */
  takeBroken(visit: (vm: number, first: number) => void): void {
    const broken = this.#broken ?? [];
    if (broken.length > 0) this.#broken = [];
    for (let i = 0; i < broken.length; i += 2) visit(broken[i]!, broken[i + 1]!);
  }

  /** Marks a large mapping's pages as untouched from now on; its cached translations go, so that touches show. */
  watch(pmap: Pmap, first: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) pmap.bits[first + i]! |= BIT_COLD;
    this.#invalidate(pmap, first);
  }

  /** Breaks a region's large mapping, e.g. a cold one whose small pages may be shared. @returns false: it had none */
  break(vm: VmId, region: number): boolean {
    const pmap = this.#tables.pmaps[vm]!;
    const first = region * LARGE_PAGE_PAGES;
    if (first >= pmap.size || (pmap.bits[first]! & BIT_LARGE) === 0) return false;
    this.breakAt(pmap, toGfn(first));
    return true;
  }

  /**
   * Makes a region large again. Every page of it must be mapped; up to `maxShared` of them may be on shared frames
   * and get private copies (ESX: LPage.MaxSharedPages). Where the frames lie together already nothing is copied.
   * Pages in other kinds are not brought back: touch them first to get that.
   */
  form(vm: VmId, region: number, maxShared = 0): FormAnswer {
    const pmap = this.#tables.pmaps[vm]!;
    const first = region * LARGE_PAGE_PAGES;
    if (first + LARGE_PAGE_PAGES > pmap.size) return 'outside the VM';
    if ((pmap.bits[first]! & BIT_LARGE) !== 0) return 'already large';
    const shared = sharedPages(pmap, first);
    if (shared < 0) return 'not mapped whole';
    if (shared > maxShared) return 'too many shared pages';
    for (let i = 0; i < LARGE_PAGE_PAGES; i++)
      if (this.#tables.pinned(vm, toGfn(first + i))) return 'in a fault';
    if (shared === 0 && lieTogether(pmap, first)) {
      // As much work as breaking: 512 entries looked at, one flush.
      this.#meter.spend('breakLargePage');
      this.#formed(pmap, first);
      return 'in place';
    }
    if (shared > 0 && !mayHold(this.#tables, pmap.id, shared)) return 'over its limit';
    const frame = this.#pool.takeLarge(pmap.hostPage(first));
    if (frame < 0) return 'no free large frame';
    this.#move(pmap, first, frame);
    this.#meter.spend('formLargePage');
    this.#formed(pmap, first);
    return 'copied';
  }

  /**
   * Regions of a VM that `form` would accept, given a free frame: not large, mapped whole, at most `maxShared`
   * pages shared. @param into gets their numbers, ascending @returns how many. O(pages of the VM)
   */
  candidates(vm: VmId, into: Uint32Array, maxShared = 0): number {
    const pmap = this.#tables.pmaps[vm]!;
    let found = 0;
    for (
      let first = 0;
      first + LARGE_PAGE_PAGES <= pmap.size && found < into.length;
      first += LARGE_PAGE_PAGES
    ) {
      if ((pmap.bits[first]! & BIT_LARGE) !== 0) continue;
      const shared = sharedPages(pmap, first);
      if (shared >= 0 && shared <= maxShared) into[found++] = first / LARGE_PAGE_PAGES;
    }
    return found;
  }

  /** Recounts large mappings from the tables. */
  verify(fail: FailCheck): void {
    for (const pmap of this.#tables.pmaps) {
      let large = 0;
      for (let first = 0; first < pmap.size; first += LARGE_PAGE_PAGES) {
        const end = Math.min(first + LARGE_PAGE_PAGES, pmap.size);
        let marked = 0;
        for (let page = first; page < end; page++) if ((pmap.bits[page]! & BIT_LARGE) !== 0) marked++;
        if (marked === 0) continue;
        large++;
        if (marked !== LARGE_PAGE_PAGES || sharedPages(pmap, first) !== 0 || !lieTogether(pmap, first))
          fail(
            'a large mapping is 512 private pages in order',
            `pages from ${first} of VM ${pmap.id}, ${marked} marked`,
          );
      }
      const { now } = this.counts(pmap.id);
      if (large !== now) fail('large mappings are counted', `VM ${pmap.id}: ${large} found, ${now} kept`);
    }
  }

  #move(pmap: Pmap, first: number, frame: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
      const page = first + i;
      const old = toMfn(pmap.payload(page));
      const wasShared = pmap.kind(page) === KIND_SHARED;
      this.#store.copy(old, toMfn(frame + i));
      pmap.set(page, KIND_MAPPED, frame + i);
      if (wasShared) this.#pool.dropReference(old);
      else this.#pool.give(old);
    }
  }

  #formed(pmap: Pmap, first: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) pmap.bits[first + i]! |= BIT_LARGE;
    this.#invalidate(pmap, first);
    this.#counts[pmap.id]!.formed++;
  }

  #invalidate(pmap: Pmap, first: number): void {
    if (this.#translation === undefined) return;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) this.#translation.invalidate(pmap.id, toGfn(first + i));
  }
}

/** Shared pages of a region whose pages all have frames, or -1 if some do not. */
function sharedPages(pmap: Pmap, first: number): number {
  let shared = 0;
  for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
    const kind = pmap.kind(first + i);
    if (kind === KIND_SHARED) shared++;
    else if (kind !== KIND_MAPPED) return -1;
  }
  return shared;
}

/** True where a region's frames are one 2 MiB frame, in order. */
function lieTogether(pmap: Pmap, first: number): boolean {
  const frame = pmap.payload(first);
  if (frame % LARGE_PAGE_PAGES !== 0) return false;
  for (let i = 1; i < LARGE_PAGE_PAGES; i++) if (pmap.payload(first + i) !== frame + i) return false;
  return true;
}
