import type { KindWatcher } from '../ports/kind-watcher.ts';
import type { Meter } from '../ports/meter.ts';
import type { PageService, VmFacts } from '../ports/page-service.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import type { KindTable } from '../pmap/kinds.ts';
import {
  FIRST_PLUGIN_KIND,
  KIND_BALLOONED,
  KIND_MAPPED,
  KIND_SHARED,
  KIND_UNTOUCHED,
} from '../pmap/kinds.ts';
import {
  BITS_SAMPLED,
  BITS_UNTOUCHED,
  BITS_UNWRITTEN,
  BIT_ACCESSED,
  BIT_DIRTY,
  BIT_LARGE,
} from '../pmap/pmap.ts';
import type { Pmap } from '../pmap/pmap.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Backing } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Mfn, Nanoseconds, Pages, VmId } from '../units/page.ts';
import { toGfn, toMfn, toNs, toPages } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';
import { FrameSupply } from './frame-supply.ts';
import type { FrameSource, HostMemoryParts } from './host-memory-parts.ts';
import { checkFault, checkInstall, checkInstallShared } from './check-fault.ts';
import { KeptCopies } from './kept-copies.ts';
import { LargePages } from './large-pages.ts';
import { Origin } from './origin.ts';
import { NO_PAGE, PageLooks } from './page-looks.ts';
import { PoolLimits } from './pool-limits.ts';
import { SomeStalled } from './some-stalled.ts';
import type { VmEvents } from './vm-events.ts';
import { goesOn, noEvents } from './vm-events.ts';

export type { FrameSource, HostMemoryParts } from './host-memory-parts.ts';

/**
 * The mapping tables of a host and everything that changes them: faults from below, mechanisms from above.
 * All changes of a page's backing go through here, so that frames, reference counts, counters and cached
 * translations agree always.
 */
export class HostMemory extends PageLooks implements PageService {
  readonly events: readonly VmEvents[];
  /** VMs that are powered off: they have no page touched. */
  readonly poweredOff: ReadonlySet<VmId>;
  /** What resource pools let their VMs hold together. */
  readonly poolLimits: PoolLimits;
  /** Large mappings, where the pool has large frames. */
  readonly large: LargePages | undefined;
  readonly #pool: FramePool;
  readonly #store: PageStore;
  readonly #kinds: KindTable;
  readonly #backings: (Backing | undefined)[];
  readonly #meter: Meter;
  readonly #translation: CachedTranslations | undefined;
  readonly #ended: Set<VmId>;
  readonly #watcher: KindWatcher | undefined;
  /** What untouched pages hold, by VM; undefined for a VM that begins with zeros. */
  readonly #origins: readonly (Origin | undefined)[];
  readonly supply: FrameSupply;
  readonly someStalled = new SomeStalled();
  /** Made with the first copy that is kept. */
  #copies: KeptCopies | undefined;
  /** Whether that fault is about to write. */
  #writing = false;

  constructor(parts: HostMemoryParts) {
    super(parts);
    this.#pool = parts.pool;
    this.#store = parts.store;
    this.#kinds = parts.kinds;
    this.#backings = parts.backings;
    this.#meter = parts.meter;
    this.#translation = parts.translation;
    this.#watcher = parts.watcher;
    this.#origins = parts.vms.map(({ template }) =>
      template === undefined ? undefined : new Origin(template),
    );
    this.events = parts.vms.map(noEvents);
    this.#ended = new Set();
    const consumed = (vm: VmId): number => this.consumed(vm);
    const vms = parts.vms.length;
    this.poolLimits = new PoolLimits(parts.limitedPools ?? [], vms, consumed);
    this.supply = new FrameSupply({ ...parts, limits: this.poolLimits, consumed, vms });
    this.poweredOff = this.#ended;
    this.large = parts.pool.largeFrames ? new LargePages(parts, this) : undefined;
  }

  /** Called once, by the composition root. */
  setFrameSource(source: FrameSource): void {
    this.supply.source = source;
  }

  /**
   * One access that the hardware cannot complete alone (Pmap.touchMany stopped at it), or any access.
   * @returns when it completes: `at` where it need not wait; BLOCKED when it must be tried again later
   */
  access(vm: VmId, page: Gfn, write: boolean, at: Nanoseconds): Nanoseconds {
    const pmap = this.pmaps[vm]!;
    if (pmap.stopped) return this.#block(vm, at);
    const kind = pmap.kind(page);
    let completion = at;
    if (kind === KIND_MAPPED || (kind === KIND_SHARED && !write)) {
      pmap.touches?.put(page);
      pmap.bits[page]! |= BIT_ACCESSED;
    } else {
      this.pinnedPage = pmap.hostPage(page);
      this.#writing = write;
      pmap.ran = true;
      try {
        completion = this.#fault(pmap, page, kind, at, write);
      } finally {
        this.pinnedPage = NO_PAGE;
      }
      if (completion === BLOCKED) return this.#block(vm, at);
      if (completion > at && kind !== KIND_SHARED) this.someStalled.note(at, completion);
    }
    this.#unblock(vm, at);
    // The faulting access itself leaves the accessed bit clear: the bit says "touched again since it was mapped",
    // which is what second-chance policies mean by it.
    const bits = pmap.bits[page]!;
    pmap.bits[page] = write ? (bits & ~BITS_UNWRITTEN) | BIT_DIRTY : bits & ~BITS_UNTOUCHED;
    return completion;
  }

  #fault(pmap: Pmap, page: Gfn, kind: number, at: Nanoseconds, write: boolean): Nanoseconds {
    const events = this.events[pmap.id]!;
    if (kind === KIND_SHARED) return this.#breakCow(pmap, page, at);
    const origin = this.#origins[pmap.id];
    if (
      kind === KIND_UNTOUCHED &&
      this.large !== undefined &&
      origin === undefined &&
      this.large.fill(pmap, page)
    ) {
      events.firstTouches++;
      this.#meter.spend('firstTouch');
      return at;
    }
    if (kind === KIND_UNTOUCHED || this.isAway(kind)) {
      const frame = this.supply.take(pmap, pmap.hostPage(page), at);
      if (frame < 0) return BLOCKED;
      if (origin?.holds(page) === true) {
        origin.load(page, toMfn(frame), this.#store);
        origin.leave(page);
        this.#meter.spend('copyPage');
      }
      const behind = pmap.payload(page);
      pmap.set(page, KIND_MAPPED, frame);
      pmap.mappedAnew(page);
      if (kind === KIND_UNTOUCHED) events.firstTouches++;
      else if (kind === KIND_BALLOONED) events.balloonPops++;
      else {
        events.faults[kind]!++;
        this.#watcher?.touched(pmap.id, page, kind, behind);
      }
      // The ordinary price of a first touch is the same on an idle host: CPU time, but no stall.
      this.#meter.spend('firstTouch');
      events.frameWaitNs += this.supply.readyAt - at;
      return this.supply.readyAt;
    }
    const behind = pmap.payload(page);
    const completion = this.#bringBack(pmap, page, kind, at, write);
    if (completion === BLOCKED) return BLOCKED;
    events.faults[kind]!++;
    events.waitNs[kind]! += completion - at;
    this.#watcher?.touched(pmap.id, page, kind, behind);
    return completion;
  }

  #bringBack(pmap: Pmap, page: Gfn, kind: number, at: Nanoseconds, write: boolean): Nanoseconds {
    const completion = this.#backings[kind]!.fault(pmap.id, page, pmap.payload(page), at, write);
    checkFault(this.#kinds, pmap, page, kind, write, at, completion);
    return completion;
  }

  /**
   * The host itself wants a page back from a strategy's kind; its guest has not touched it. @returns true when it is
   */
  readBack(vm: VmId, page: Gfn, at: Nanoseconds): boolean {
    const pmap = this.pmaps[vm]!;
    const sampled = pmap.bits[page]! & BITS_SAMPLED;
    this.pinnedPage = pmap.hostPage(page);
    this.#writing = false;
    try {
      return this.#bringBack(pmap, page, pmap.kind(page), at, false) !== BLOCKED;
    } finally {
      this.pinnedPage = NO_PAGE;
      pmap.bits[page]! |= sampled;
    }
  }

  /**
   * A guest writes to a shared frame: copy first, then let the write land.
   *   before  gfn 3 ─┐             after  gfn 3 ──► mfn 90 (private copy, about to be written)
   *           gfn 7 ─┴► mfn 41 (2)        gfn 7 ──► mfn 41 (1 reference left, still read-only)
   * The last reference needs no copy: its frame becomes private again.
   */
  #breakCow(pmap: Pmap, page: Gfn, at: Nanoseconds): Nanoseconds {
    const shared = toMfn(pmap.payload(page));
    this.events[pmap.id]!.cowBreaks++;
    let completion = at;
    if (this.#pool.references(shared) === 1 && !this.#pool.isKept(shared)) {
      this.#pool.unshare(shared, pmap.hostPage(page));
      pmap.set(page, KIND_MAPPED, shared);
      completion = toNs(at + this.#meter.spend('minorFault'));
    } else {
      const copy = this.supply.take(pmap, pmap.hostPage(page), at);
      if (copy < 0) {
        this.events[pmap.id]!.cowBreaks--;
        return BLOCKED;
      }
      // Reclaim inside `take` may have dropped the other references; the frame itself cannot go while we hold one.
      this.#store.copy(shared, toMfn(copy));
      pmap.set(page, KIND_MAPPED, copy);
      this.#pool.dropReference(shared);
      this.events[pmap.id]!.frameWaitNs += this.supply.readyAt - at;
      completion = toNs(this.supply.readyAt + this.#meter.spend('cowBreak'));
    }
    pmap.mappedAnew(page);
    this.#translation?.invalidate(pmap.id, page);
    return completion;
  }

  /**
   * Sees that there is a frame for the fault of a page that a strategy keeps, before that fault begins: what must be
   * written first is waited for here, and the device is asked for the page when its frame is there, not ahead of time.
   * No other VM gets that frame meanwhile. @returns when the fault can begin; BLOCKED when it must be tried again later
   */
  prepareFault(vm: VmId, page: Gfn, at: Nanoseconds): Nanoseconds {
    const pmap = this.pmaps[vm]!;
    const kind = pmap.kind(page);
    // A VM that is stopped or blocked hears so from its access.
    if (kind < FIRST_PLUGIN_KIND || pmap.stopped || pmap.blocked) return at;
    if (!this.supply.has(pmap, at)) return this.#block(vm, at);
    this.#unblock(vm, at);
    if (this.supply.readyAt > at) {
      this.supply.promise(vm);
      this.events[vm]!.waitNs[kind]! += this.supply.readyAt - at;
      this.someStalled.note(at, this.supply.readyAt);
    }
    return this.supply.readyAt;
  }

  #block(vm: VmId, at: Nanoseconds): Nanoseconds {
    const events = this.events[vm]!;
    events.blocked++;
    if (events.blockedSinceNs < 0) events.blockedSinceNs = at;
    return BLOCKED;
  }

  #unblock(vm: VmId, at: Nanoseconds): void {
    const since = goesOn(this.events[vm]!, at);
    if (since >= 0) this.someStalled.note(since, at);
  }

  /** A frame for the page in the fault that is going on, for a strategy's handler. */
  takeFaultFrame(vm: VmId, at: Nanoseconds): number {
    if (this.pinnedPage < 0)
      throw new Error('FrameService.take is only for faults, and no page is in a fault now');
    return this.supply.take(this.pmaps[vm]!, this.pinnedPage, at);
  }

  /** When the frame that was taken last is usable. */
  get readyAt(): Nanoseconds {
    return this.supply.readyAt;
  }

  // ——— mechanisms

  evict(vm: VmId, page: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): Pages {
    const pmap = this.#mapped(vm, page, 'evict');
    this.#kinds.checkOwn(kind, payload);
    const frame = toMfn(pmap.payload(page));
    this.#leave(pmap, page, kind, payload);
    this.#pool.give(frame, writtenAt);
    return toPages(1);
  }

  install(vm: VmId, page: Gfn, frame: Mfn): void {
    const pmap = this.pmaps[vm]!;
    checkInstall(this.#kinds, this.#pool, pmap, page, frame);
    pmap.set(page, KIND_MAPPED, frame);
    pmap.mappedAnew(page);
    this.#translation?.invalidate(vm, page);
  }

  installShared(vm: VmId, page: Gfn, keeper: Mfn): void {
    const pmap = this.pmaps[vm]!;
    checkInstallShared(this.#kinds, this.#pool, pmap, page, keeper, this.pinned(vm, page), this.#writing);
    this.#pool.addReference(keeper);
    pmap.set(page, KIND_SHARED, keeper);
    pmap.mappedAnew(page);
    this.events[vm]!.entered[KIND_SHARED]!++;
    this.#translation?.invalidate(vm, page);
  }

  keepCopy(vm: VmId, page: Gfn, kind: number, payload: number): void {
    const pmap = this.pmaps[vm]!;
    this.#kinds.checkOwn(kind, payload);
    if (pmap.kind(page) !== KIND_MAPPED) throw new Error(`keepCopy: page ${page} of VM ${vm} is not mapped`);
    this.#copies ??= new KeptCopies(this.pmaps, this.#backings);
    this.#copies.keep(pmap, page, kind, payload);
    this.#translation?.invalidate(vm, page);
  }

  copyOf(vm: VmId, page: Gfn, kind: number): number {
    return this.#copies?.find(this.pmaps[vm]!, page, kind) ?? -1;
  }

  dropCopy(vm: VmId, page: Gfn): void {
    this.#copies?.drop(this.pmaps[vm]!, page);
  }

  override clearDirty(vm: VmId, page: Gfn): void {
    if (this.dirty(vm, page)) this.dropCopy(vm, page);
    super.clearDirty(vm, page);
  }

  attach(vm: VmId, page: Gfn, kind: number, payload: number): void {
    const pmap = this.pmaps[vm]!;
    if (pmap.ran || this.#ended.has(vm))
      throw new Error(`attach: VM ${vm} ${pmap.ran ? 'has run already' : 'is powered off'}`);
    if (pmap.kind(page) !== KIND_UNTOUCHED || !(kind >= FIRST_PLUGIN_KIND && kind < this.#kinds.names.length))
      throw new Error(
        `attach: page ${page} of VM ${vm} is ${this.#kinds.names[pmap.kind(page)]!}, kind ${kind} asked`,
      );
    this.#leave(pmap, page, kind, payload);
  }

  relocate(vm: VmId, page: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): void {
    const pmap = this.pmaps[vm]!;
    if (pmap.kind(page) < FIRST_PLUGIN_KIND)
      throw new Error(`page ${page} of VM ${vm} is core's: relocate moves strategies' pages`);
    this.#kinds.checkOwn(kind, payload);
    if (writtenAt !== undefined) this.relocatedAt = writtenAt;
    const entered = pmap.kind(page) !== kind;
    pmap.set(page, kind, payload);
    if (entered) this.#entered(pmap, page, kind);
  }

  makeShared(vm: VmId, page: Gfn): Mfn {
    const pmap = this.#mapped(vm, page, 'makeShared');
    const frame = toMfn(pmap.payload(page));
    this.#pool.share(frame);
    this.#leave(pmap, page, KIND_SHARED, frame);
    return frame;
  }

  merge(vm: VmId, page: Gfn, keeper: Mfn): Pages {
    const pmap = this.#mapped(vm, page, 'merge');
    if (!this.isShared(keeper) && !this.#pool.isKept(keeper))
      throw new Error(`frame ${keeper} is not shared: makeShared its page first`);
    const frame = toMfn(pmap.payload(page));
    this.#pool.addReference(keeper);
    this.#leave(pmap, page, KIND_SHARED, keeper);
    this.#pool.give(frame);
    return toPages(1);
  }

  unshare(vm: VmId, page: Gfn): void {
    const pmap = this.pmaps[vm]!;
    const frame = toMfn(pmap.payload(page));
    if (pmap.kind(page) !== KIND_SHARED || this.references(frame) !== 1)
      throw new Error(`unshare: page ${page} of VM ${vm} is not the last on a shared frame`);
    if (this.pinned(vm, page)) throw new Error(`unshare: page ${page} of VM ${vm} is in a fault`);
    this.#pool.unshare(frame, pmap.hostPage(page));
    pmap.set(page, KIND_MAPPED, frame);
    // The cached translation is read-only: the next write would fault for nothing.
    this.#translation?.invalidate(vm, page);
  }

  makePrivate(vm: VmId, page: Gfn, at: Nanoseconds): boolean {
    const pmap = this.pmaps[vm]!;
    if (pmap.kind(page) !== KIND_SHARED)
      throw new Error(`makePrivate: page ${page} of VM ${vm} is not shared`);
    if (this.pinnedPage >= 0) throw new Error('makePrivate: a page is in a fault now');
    const shared = toMfn(pmap.payload(page));
    if (this.references(shared) === 1 && !this.#pool.isKept(shared)) {
      this.unshare(vm, page);
      return true;
    }
    // Reclaim for the copy's frame must not take the very page.
    this.pinnedPage = pmap.hostPage(page);
    let copy: number;
    try {
      copy = this.supply.take(pmap, this.pinnedPage, at);
    } finally {
      this.pinnedPage = NO_PAGE;
    }
    if (copy < 0) return false;
    this.#store.copy(shared, toMfn(copy));
    pmap.set(page, KIND_MAPPED, copy);
    this.#pool.dropReference(shared);
    this.#translation?.invalidate(vm, page);
    return true;
  }

  balloon(vm: VmId, page: Gfn): Pages {
    return this.drop(vm, page, KIND_BALLOONED, 0);
  }

  unballoon(vm: VmId, page: Gfn): void {
    const pmap = this.pmaps[vm]!;
    if (this.isAway(pmap.kind(page))) pmap.set(page, KIND_UNTOUCHED, 0);
  }

  /** Any kind → a kind without content; what backed the page is released. @returns frames freed. */
  drop(vm: VmId, page: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): Pages {
    const pmap = this.pmaps[vm]!;
    const was = pmap.kind(page);
    const before = this.#pool.free;
    if (page >= pmap.size) throw new Error(`page ${page} lies outside VM ${vm} of ${pmap.size} pages`);
    if (kind !== KIND_UNTOUCHED && kind !== KIND_BALLOONED) this.#kinds.checkOwn(kind, payload);
    if (was === kind) return toPages(0);
    if (this.pinned(vm, page)) throw new Error(`page ${page} of VM ${vm} is in a fault`);
    if (this.#ended.has(vm) && kind !== KIND_UNTOUCHED)
      throw new Error(`VM ${vm} is powered off: it has no page to take`);
    const behind = pmap.payload(page);
    this.#leave(pmap, page, kind, payload);
    if (was === KIND_MAPPED) this.#pool.give(toMfn(behind), writtenAt);
    else if (was === KIND_SHARED) this.#pool.dropReference(toMfn(behind), writtenAt);
    else if (was >= FIRST_PLUGIN_KIND) this.#backings[was]?.release(vm, page, behind);
    return toPages(this.#pool.free - before);
  }

  /** Content of any page into a scratch frame, nothing changed: for checks and the host's own reads. */
  peek(vm: VmId, page: Gfn, into: Mfn): void {
    const pmap = this.pmaps[vm]!;
    const kind = pmap.kind(page);
    if (kind === KIND_MAPPED || kind === KIND_SHARED) this.#store.copy(toMfn(pmap.payload(page)), into);
    else if (kind === KIND_UNTOUCHED && this.#origins[vm]?.holds(page) === true)
      this.#origins[vm]!.load(page, into, this.#store);
    else if (kind === KIND_UNTOUCHED || this.isAway(kind)) this.#store.zero(into);
    else this.#backings[kind]!.peek(vm, page, pmap.payload(page), into);
  }

  /** The VM ends: everything it held is released. @returns frames freed. */
  powerOff(vm: VmId): Pages {
    this.#ended.add(vm);
    this.supply.forget(vm);
    const pmap = this.pmaps[vm]!;
    pmap.blocked = false;
    pmap.stopped = false;
    if (pmap.counts[KIND_UNTOUCHED] === pmap.size) return toPages(0);
    const before = this.#pool.free;
    for (let page = 0; page < pmap.size; page++) this.drop(vm, toGfn(page), KIND_UNTOUCHED, 0);
    pmap.bits.fill(0);
    pmap.young?.fill(0);
    return toPages(this.#pool.free - before);
  }

  /** The VM begins, with no page touched. */
  powerOn(vm: VmId): void {
    this.#ended.delete(vm);
    this.pmaps[vm]!.ran = false;
    this.events[vm]!.blockedSinceNs = -1;
    this.#origins[vm]?.reset();
    this.large?.powerOn(vm);
  }

  /** What a VM is configured with from now on: everybody who was given the VM sees it. */
  configure(vm: VmId, facts: Pick<VmFacts, 'shares' | 'reservation' | 'limit'>): void {
    const { shares, reservation, limit } = facts;
    Object.assign(this.facts[vm]!, { shares, reservation, limit });
    this.pmaps[vm]!.limit = limit;
  }

  #mapped(vm: VmId, page: Gfn, what: string): Pmap {
    const pmap = this.pmaps[vm]!;
    if (pmap.kind(page) !== KIND_MAPPED) {
      throw new Error(
        `${what}: page ${page} of VM ${vm} is ${this.#kinds.names[pmap.kind(page)]!}, not mapped`,
      );
    }
    if (this.pinnedPage === pmap.hostPage(page))
      throw new Error(`${what}: page ${page} of VM ${vm} is in a fault`);
    return pmap;
  }

  #leave(pmap: Pmap, page: Gfn, kind: number, payload: number): void {
    if (this.large !== undefined && (pmap.bits[page]! & BIT_LARGE) !== 0) this.large.breakAt(pmap, page);
    this.#origins[pmap.id]?.leave(page);
    if (this.#copies?.leave(pmap, page, kind, payload) === true) this.events[pmap.id]!.unwritten++;
    pmap.set(page, kind, payload);
    this.#entered(pmap, page, kind);
    this.#translation?.invalidate(pmap.id, page);
  }

  #entered(pmap: Pmap, page: Gfn, kind: number): void {
    this.events[pmap.id]!.entered[kind]!++;
    if (kind >= FIRST_PLUGIN_KIND) this.#watcher?.entered(pmap.id, page, kind);
  }
}
