import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_SHARED } from '../frames/frame-pool.ts';
import type { KindTable } from '../pmap/kinds.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_SHIFT } from '../pmap/kinds.ts';
import { LruLists } from '../pmap/lru-lists.ts';
import { TouchLog } from '../pmap/touch-log.ts';
import { BIT_DIRTY, BIT_LARGE, Pmap } from '../pmap/pmap.ts';
import type { AccessedBits, PageLists, PageOrder, VmFacts } from '../ports/page-service.ts';
import type { RandomStream } from '../ports/random.ts';
import type { Gfn, HostPage, Mfn, Pages, VmId } from '../units/page.ts';
import { toGfn, toHostPage, toMfn, toNs, toPages } from '../units/page.ts';
import { AccessedViews } from './accessed-views.ts';
import type { CachedTranslations } from './cached-translations.ts';
import { LoggedOrder } from './logged-order.ts';
import { VmView } from './vm-view.ts';

/** What looking at pages needs. */
interface LooksParts {
  readonly vms: readonly VmFacts[];
  readonly pool: FramePool;
  readonly kinds: KindTable;
  readonly translation?: CachedTranslations | undefined;
}

/** In place of the page in a fault. */
export const NO_PAGE = toHostPage(-1);

/** The part of the mapping tables that looks at pages and changes no backing. */
export abstract class PageLooks {
  /** What plugins are given: follows what VMs are configured with, and cannot be written. */
  readonly vms: readonly VmFacts[];
  /** The same for core itself: a view costs a call for each fact. */
  readonly facts: readonly VmFacts[];
  readonly pmaps: readonly Pmap[];
  readonly #pool: FramePool;
  readonly #kinds: KindTable;
  readonly #translation: CachedTranslations | undefined;
  readonly #accessed: AccessedViews;
  /** When what was relocated last is written, where a device has to. */
  relocatedAt = toNs(0);
  /** The page in a fault, or NO_PAGE. Faults do not nest. */
  protected pinnedPage: HostPage = NO_PAGE;

  constructor(parts: LooksParts) {
    this.facts = parts.vms;
    this.vms = Object.freeze(parts.vms.map((vm) => VmView.of(vm)));
    this.#pool = parts.pool;
    this.#kinds = parts.kinds;
    this.#translation = parts.translation;
    let base = 0;
    this.pmaps = parts.vms.map((vm) => {
      const pmap = new Pmap(vm.id, vm.size, base);
      pmap.limit = vm.limit;
      base += vm.size;
      return pmap;
    });
    this.#accessed = new AccessedViews(this.pmaps, parts.translation);
  }

  kind(vm: VmId, page: Gfn): number {
    return this.pmaps[vm]!.kind(page);
  }

  payload(vm: VmId, page: Gfn): number {
    return this.pmaps[vm]!.payload(page);
  }

  frame(vm: VmId, page: Gfn): Mfn {
    const pmap = this.pmaps[vm]!;
    const kind = pmap.kind(page);
    if (kind !== KIND_MAPPED && kind !== KIND_SHARED) {
      throw new Error(`page ${page} of VM ${vm} has no frame: it is ${this.#kinds.names[kind]!}`);
    }
    return toMfn(pmap.payload(page));
  }

  /** True for a kind of pages that their guest gave up: ballooned or unplugged. */
  isAway(kind: number): boolean {
    return this.#kinds.isAway(kind);
  }

  /** Pages that the guest gave up and leaves alone until it has them back. */
  away(vm: VmId): Pages {
    const { counts } = this.pmaps[vm]!;
    let away = 0;
    for (const kind of this.#kinds.away) away += counts[kind]!;
    return toPages(away);
  }

  count(vm: VmId, kind: number): Pages {
    return toPages(this.pmaps[vm]!.counts[kind]!);
  }

  /**
   * Mapped pages and the VM's part of shared frames. A shared page is charged the host's mean share of a
   * frame, so that the sum over VMs is what the frames are; the exact split by reference count needs a walk
   * (counters do it).
   */
  consumed(vm: VmId): Pages {
    const counts = this.pmaps[vm]!.counts;
    const shared = counts[KIND_SHARED]!;
    if (shared === 0) return toPages(counts[KIND_MAPPED]!);
    return toPages(
      counts[KIND_MAPPED]! + Math.ceil((shared * this.#pool.sharedFrames) / this.#pool.sharedReferences),
    );
  }

  accessedBits(): AccessedBits {
    return this.#accessed.add();
  }

  walk(vm: VmId, kind: number, from: number, into: Uint32Array): number {
    const { entries, size } = this.pmaps[vm]!;
    let found = 0;
    for (let page = from; page < size && found < into.length; page++)
      if (entries[page]! >>> KIND_SHIFT === kind) into[found++] = page;
    return found;
  }

  dirty(vm: VmId, page: Gfn): boolean {
    return (this.pmaps[vm]!.bits[page]! & BIT_DIRTY) !== 0;
  }

  clearDirty(vm: VmId, page: Gfn): void {
    this.pmaps[vm]!.bits[page]! &= ~BIT_DIRTY;
    this.#translation?.invalidate(vm, page);
  }

  isLarge(vm: VmId, page: Gfn): boolean {
    return (this.pmaps[vm]!.bits[page]! & BIT_LARGE) !== 0;
  }

  pinned(vm: VmId, page: Gfn): boolean {
    return this.pinnedPage === this.pmaps[vm]!.hostPage(page);
  }

  randomMapped(vm: VmId, random: RandomStream, tries: number): number {
    const pmap = this.pmaps[vm]!;
    for (let i = 0; i < tries; i++) {
      const page = random.below(pmap.size);
      const kind = pmap.kind(page);
      if ((kind !== KIND_MAPPED && kind !== KIND_SHARED) || this.pinnedPage === pmap.hostPage(page)) continue;
      if (kind === KIND_SHARED && this.references(toMfn(pmap.payload(page))) > 1) continue;
      if (kind === KIND_SHARED) this.unshare(vm, toGfn(page));
      return page;
    }
    return -1;
  }

  isShared(frame: Mfn): boolean {
    return this.#pool.use(frame) === FRAME_SHARED;
  }

  references(frame: Mfn): number {
    const pages = this.#pool.references(frame);
    return this.#pool.isKept(frame) && this.isShared(frame) ? pages + 1 : pages;
  }

  lastOnShared(): Pages {
    return toPages(this.#pool.lastOnShared);
  }

  /** The last page on a shared frame gets it for its own. */
  abstract unshare(vm: VmId, page: Gfn): void;

  byArrival(): PageOrder {
    const logs = this.pmaps.map((pmap) => (pmap.arrivals ??= new TouchLog(pmap.size)));
    return new LoggedOrder(logs, this);
  }

  byLastTouch(): PageOrder {
    const logs = this.pmaps.map((pmap) => (pmap.touches ??= new TouchLog(pmap.size)));
    return new LoggedOrder(logs, this);
  }

  lists(count: number, startsOn: (vm: VmId, page: Gfn, was: number) => number): readonly PageLists[] {
    return this.pmaps.map((pmap) => {
      const lists = new LruLists(pmap.size, count);
      (pmap.kept ??= []).push({ lists, startsOn: (page, was) => startsOn(pmap.id, page, was) });
      return lists;
    });
  }
}
