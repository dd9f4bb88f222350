import type { FramePool } from '../frames/frame-pool.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { VmMemory } from '../pmap/vm-memory.ts';
import { BITS_SAMPLED, BIT_COLD, BIT_LARGE } from '../pmap/vm-memory.ts';
import type { Meter } from '../ports/meter.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Gfn, Pages, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, gfn, mfn } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';

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
interface Tables {
  readonly memories: readonly VmMemory[];
  consumed(vm: VmId): Pages;
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
    this.#counts = tables.memories.map(() => ({ filled: 0, broken: 0, formed: 0 }));
    this.#decided = tables.memories.map(
      (memory) => new Uint8Array(Math.ceil(memory.size / LARGE_PAGE_PAGES)),
    );
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
  fill(memory: VmMemory, page: Gfn): boolean {
    const region = page >>> 9;
    const decided = this.#decided[memory.id]!;
    if (decided[region] !== 0) return false;
    decided[region] = 1;
    const first = region * LARGE_PAGE_PAGES;
    if (!this.fills || first + LARGE_PAGE_PAGES > memory.size || memory.blocked) return false;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) if (memory.entries[first + i] !== 0) return false;
    if (!this.#mayTake(memory, LARGE_PAGE_PAGES)) return false;
    const frame = this.#pool.takeLarge(memory.base + first);
    if (frame < 0) return false;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
      this.#store.zero(mfn(frame + i));
      memory.set(first + i, KIND_MAPPED, frame + i);
      // Other sampled pages stay untouched: only the faulting page was touched.
      memory.bits[first + i] = BIT_LARGE | (memory.bits[first + i]! & BITS_SAMPLED);
    }
    // The page in the fault is the one that was touched.
    memory.touches?.put(page);
    this.#meter.spend('zeroPage', LARGE_PAGE_PAGES - 1);
    this.#counts[memory.id]!.filled++;
    return true;
  }

  /** Breaks the large mapping over a page, which must have one, into 512 small pages on the same frames. */
  breakAt(memory: VmMemory, page: Gfn): void {
    const first = page - (page & (LARGE_PAGE_PAGES - 1));
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) memory.bits[first + i]! &= ~BIT_LARGE;
    this.#invalidate(memory, first);
    this.#meter.spend('breakLargePage');
    this.#counts[memory.id]!.broken++;
    this.#broken?.push(memory.id, first);
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
  watch(memory: VmMemory, first: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) memory.bits[first + i]! |= BIT_COLD;
    this.#invalidate(memory, first);
  }

  /** Breaks a region's large mapping, e.g. a cold one whose small pages may be shared. @returns false: it had none */
  break(vm: VmId, region: number): boolean {
    const memory = this.#tables.memories[vm]!;
    const first = region * LARGE_PAGE_PAGES;
    if (first >= memory.size || (memory.bits[first]! & BIT_LARGE) === 0) return false;
    this.breakAt(memory, gfn(first));
    return true;
  }

  /**
   * Makes a region large again. Every page of it must be mapped; up to `maxShared` of them may be on shared frames
   * and get private copies (ESX: LPage.MaxSharedPages). Where the frames lie together already nothing is copied.
   * Pages in other kinds are not brought back: touch them first to get that.
   */
  form(vm: VmId, region: number, maxShared = 0): FormAnswer {
    const memory = this.#tables.memories[vm]!;
    const first = region * LARGE_PAGE_PAGES;
    if (first + LARGE_PAGE_PAGES > memory.size) return 'outside the VM';
    if ((memory.bits[first]! & BIT_LARGE) !== 0) return 'already large';
    const shared = sharedPages(memory, first);
    if (shared < 0) return 'not mapped whole';
    if (shared > maxShared) return 'too many shared pages';
    for (let i = 0; i < LARGE_PAGE_PAGES; i++)
      if (this.#tables.pinned(vm, gfn(first + i))) return 'in a fault';
    if (shared === 0 && lieTogether(memory, first)) {
      // As much work as breaking: 512 entries looked at, one flush.
      this.#meter.spend('breakLargePage');
      this.#formed(memory, first);
      return 'in place';
    }
    if (shared > 0 && !this.#mayTake(memory, shared)) return 'over its limit';
    const frame = this.#pool.takeLarge(memory.base + first);
    if (frame < 0) return 'no free large frame';
    this.#move(memory, first, frame);
    this.#meter.spend('formLargePage');
    this.#formed(memory, first);
    return 'copied';
  }

  /**
   * Regions of a VM that `form` would accept, given a free frame: not large, mapped whole, at most `maxShared`
   * pages shared. @param into gets their numbers, ascending @returns how many. O(pages of the VM)
   */
  candidates(vm: VmId, into: Uint32Array, maxShared = 0): number {
    const memory = this.#tables.memories[vm]!;
    let found = 0;
    for (
      let first = 0;
      first + LARGE_PAGE_PAGES <= memory.size && found < into.length;
      first += LARGE_PAGE_PAGES
    ) {
      if ((memory.bits[first]! & BIT_LARGE) !== 0) continue;
      const shared = sharedPages(memory, first);
      if (shared >= 0 && shared <= maxShared) into[found++] = first / LARGE_PAGE_PAGES;
    }
    return found;
  }

  /** Recounts large mappings from the tables. */
  verify(fail: (promise: string, numbers: string) => never): void {
    for (const memory of this.#tables.memories) {
      let large = 0;
      for (let first = 0; first < memory.size; first += LARGE_PAGE_PAGES) {
        const end = Math.min(first + LARGE_PAGE_PAGES, memory.size);
        let marked = 0;
        for (let page = first; page < end; page++) if ((memory.bits[page]! & BIT_LARGE) !== 0) marked++;
        if (marked === 0) continue;
        large++;
        if (marked !== LARGE_PAGE_PAGES || sharedPages(memory, first) !== 0 || !lieTogether(memory, first))
          fail(
            'a large mapping is 512 private pages in order',
            `pages from ${first} of VM ${memory.id}, ${marked} marked`,
          );
      }
      const { now } = this.counts(memory.id);
      if (large !== now) fail('large mappings are counted', `VM ${memory.id}: ${large} found, ${now} kept`);
    }
  }

  #mayTake(memory: VmMemory, more: number): boolean {
    return memory.limit >= memory.size || this.#tables.consumed(memory.id) + more <= memory.limit;
  }

  #move(memory: VmMemory, first: number, frame: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
      const page = first + i;
      const old = mfn(memory.payload(page));
      const wasShared = memory.kind(page) === KIND_SHARED;
      this.#store.copy(old, mfn(frame + i));
      memory.set(page, KIND_MAPPED, frame + i);
      if (wasShared) this.#pool.dropReference(old);
      else this.#pool.give(old);
    }
  }

  #formed(memory: VmMemory, first: number): void {
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) memory.bits[first + i]! |= BIT_LARGE;
    this.#invalidate(memory, first);
    this.#counts[memory.id]!.formed++;
  }

  #invalidate(memory: VmMemory, first: number): void {
    if (this.#translation === undefined) return;
    for (let i = 0; i < LARGE_PAGE_PAGES; i++) this.#translation.invalidate(memory.id, gfn(first + i));
  }
}

/** Shared pages of a region whose pages all have frames, or -1 if some do not. */
function sharedPages(memory: VmMemory, first: number): number {
  let shared = 0;
  for (let i = 0; i < LARGE_PAGE_PAGES; i++) {
    const kind = memory.kind(first + i);
    if (kind === KIND_SHARED) shared++;
    else if (kind !== KIND_MAPPED) return -1;
  }
  return shared;
}

/** True where a region's frames are one 2 MiB frame, in order. */
function lieTogether(memory: VmMemory, first: number): boolean {
  const frame = memory.payload(first);
  if (frame % LARGE_PAGE_PAGES !== 0) return false;
  for (let i = 1; i < LARGE_PAGE_PAGES; i++) if (memory.payload(first + i) !== frame + i) return false;
  return true;
}
