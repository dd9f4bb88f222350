import type { KindWatcher } from '../ports/kind-watcher.ts';
import type { Meter } from '../ports/meter.ts';
import type { PageOrder, PageService, VmFacts } from '../ports/page-service.ts';
import type { RandomStream } from '../ports/random.ts';
import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_SHARED } from '../frames/frame-pool.ts';
import type { KindTable } from '../pmap/kinds.ts';
import {
  FIRST_PLUGIN_KIND,
  KIND_BALLOONED,
  KIND_MAPPED,
  KIND_SHARED,
  KIND_UNTOUCHED,
} from '../pmap/kinds.ts';
import { TouchLog } from '../pmap/touch-log.ts';
import {
  BITS_UNTOUCHED,
  BITS_UNWRITTEN,
  BIT_ACCESSED,
  BIT_DIRTY,
  BIT_LARGE,
  BIT_UNWRITTEN,
  VmMemory,
} from '../pmap/vm-memory.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Backing } from '../contract/strategy.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Mfn, Nanoseconds, Pages, VmId } from '../units/page.ts';
import { gfn as toGfn, mfn as toMfn, ns, pages } from '../units/page.ts';
import type { CachedTranslations } from './cached-translations.ts';
import { checkFault } from './fault-promises.ts';
import { FramePromises } from './frame-promises.ts';
import type { FrameSource, HostMemoryParts } from './host-memory-parts.ts';
import { LargePages } from './large-pages.ts';
import { LoggedOrder } from './logged-order.ts';
import type { VmEvents } from './vm-events.ts';
import { noEvents } from './vm-events.ts';

export type { FrameSource, HostMemoryParts } from './host-memory-parts.ts';

/** Times that direct reclaim is asked for one frame. */
const DIRECT_TRIES = 3;

/**
 * The mapping tables of a host and everything that changes them: faults from below, mechanisms from above.
 * All changes of a page's backing go through here, so that frames, reference counts, counters and cached
 * translations agree always.
 */
export class HostMemory implements PageService {
  readonly vms: readonly VmFacts[];
  readonly memories: readonly VmMemory[];
  readonly events: readonly VmEvents[];
  /** VMs that are powered off: they have no page touched. */
  readonly poweredOff: ReadonlySet<VmId>;
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
  #source: FrameSource | undefined;
  /** Host-wide number of the page in a fault, or -1. Faults do not nest. */
  #pinned = -1;
  /** When the frame taken last is usable. */
  #readyAt: Nanoseconds = ns(0);
  readonly #promises: FramePromises;

  constructor(parts: HostMemoryParts) {
    this.vms = parts.vms;
    this.#pool = parts.pool;
    this.#store = parts.store;
    this.#kinds = parts.kinds;
    this.#backings = parts.backings;
    this.#meter = parts.meter;
    this.#translation = parts.translation;
    this.#watcher = parts.watcher;
    let base = 0;
    this.memories = parts.vms.map((vm) => {
      const memory = new VmMemory(vm.id, vm.size, base);
      memory.limit = vm.limit;
      base += vm.size;
      return memory;
    });
    this.events = parts.vms.map(noEvents);
    this.#promises = new FramePromises(parts.pool, parts.vms.length);
    this.#ended = new Set();
    this.poweredOff = this.#ended;
    this.large = parts.pool.largeFrames ? new LargePages(parts, this) : undefined;
  }

  /** Called once, by the composition root. */
  setFrameSource(source: FrameSource): void {
    this.#source = source;
  }

  // ——— faults

  /**
   * One access that the hardware cannot complete alone (VmMemory.touchMany stopped at it), or any access.
   * @returns when it completes: `at` where it need not wait; BLOCKED when it must be tried again later
   */
  access(vm: VmId, page: Gfn, write: boolean, at: Nanoseconds): Nanoseconds {
    const memory = this.memories[vm]!;
    if (memory.stopped) {
      this.events[vm]!.blocked++;
      return BLOCKED;
    }
    const kind = memory.kind(page);
    let completion = at;
    if (kind === KIND_MAPPED || (kind === KIND_SHARED && !write)) {
      memory.touches?.put(page);
      memory.bits[page]! |= BIT_ACCESSED;
    } else {
      this.#pinned = memory.base + page;
      try {
        completion = this.#fault(memory, page, kind, at);
      } finally {
        this.#pinned = -1;
      }
      if (completion === BLOCKED) {
        this.events[vm]!.blocked++;
        return BLOCKED;
      }
    }
    // The faulting access itself leaves the accessed bit clear: the bit says "touched again since it was mapped",
    // which is what second-chance policies mean by it.
    const bits = memory.bits[page]!;
    memory.bits[page] = write ? (bits & ~BITS_UNWRITTEN) | BIT_DIRTY : bits & ~BITS_UNTOUCHED;
    return completion;
  }

  #fault(memory: VmMemory, page: Gfn, kind: number, at: Nanoseconds): Nanoseconds {
    const events = this.events[memory.id]!;
    if (kind === KIND_SHARED) return this.#breakCow(memory, page, at);
    if (kind === KIND_UNTOUCHED && this.large !== undefined && this.large.fill(memory, page)) {
      events.firstTouches++;
      this.#meter.spend('firstTouch');
      return at;
    }
    if (kind === KIND_UNTOUCHED || kind === KIND_BALLOONED) {
      const frame = this.takeFrame(memory.id, memory.base + page, at);
      if (frame < 0) return BLOCKED;
      memory.set(page, KIND_MAPPED, frame);
      memory.bits[page]! &= BIT_UNWRITTEN;
      if (kind === KIND_BALLOONED) events.balloonPops++;
      else events.firstTouches++;
      // The ordinary price of a first touch is the same on an idle host: CPU time, but no stall.
      this.#meter.spend('firstTouch');
      return this.#readyAt;
    }
    const backing = this.#backings[kind]!;
    const behind = memory.payload(page);
    const completion = backing.fault(memory.id, page, behind, at);
    checkFault(this.#kinds.owner(kind), { memory, page, kind, at, completion });
    if (completion === BLOCKED) return BLOCKED;
    events.faults[kind]!++;
    events.waitNs[kind]! += completion - at;
    this.#watcher?.touched(memory.id, page, kind, behind);
    return completion;
  }

  /**
   * A guest writes to a shared frame: copy first, then let the write land.
   *   before  gfn 3 ─┐             after  gfn 3 ──► mfn 90 (private copy, about to be written)
   *           gfn 7 ─┴► mfn 41 (2)        gfn 7 ──► mfn 41 (1 reference left, still read-only)
   * The last reference needs no copy: its frame becomes private again.
   */
  #breakCow(memory: VmMemory, page: Gfn, at: Nanoseconds): Nanoseconds {
    const shared = toMfn(memory.payload(page));
    this.events[memory.id]!.cowBreaks++;
    let completion = at;
    if (this.#pool.references(shared) === 1) {
      this.#pool.unshare(shared, memory.base + page);
      memory.set(page, KIND_MAPPED, shared);
      completion = ns(at + this.#meter.spend('minorFault'));
    } else {
      const copy = this.takeFrame(memory.id, memory.base + page, at);
      if (copy < 0) {
        this.events[memory.id]!.cowBreaks--;
        return BLOCKED;
      }
      // Reclaim inside takeFrame may have dropped the other references; the frame itself cannot go while we hold one.
      this.#store.copy(shared, toMfn(copy));
      memory.set(page, KIND_MAPPED, copy);
      this.#pool.dropReference(shared);
      completion = ns(this.#readyAt + this.#meter.spend('cowBreak'));
    }
    memory.bits[page]! &= BIT_UNWRITTEN;
    this.#translation?.invalidate(memory.id, page);
    return completion;
  }

  /**
   * Sees that there is a frame for the fault of a page that a strategy keeps, before that fault begins: what must be
   * written first is waited for here, and the device is asked for the page when its frame is there, not ahead of time.
   * No other VM gets that frame meanwhile. @returns when the fault can begin; BLOCKED when it must be tried again later
   */
  prepareFault(vm: VmId, page: Gfn, at: Nanoseconds): Nanoseconds {
    const memory = this.memories[vm]!;
    const kind = memory.kind(page);
    // A VM that is stopped or blocked hears so from its access.
    if (kind < FIRST_PLUGIN_KIND || memory.stopped || memory.blocked) return at;
    this.#readyAt = at;
    if (!this.#hasFrame(memory, at)) {
      this.events[vm]!.blocked++;
      return BLOCKED;
    }
    if (this.#readyAt > at) {
      this.#promises.make(vm);
      this.events[vm]!.waitNs[kind]! += this.#readyAt - at;
    }
    return this.#readyAt;
  }

  #hasFrame(memory: VmMemory, at: Nanoseconds): boolean {
    const { id, limit, size } = memory;
    if (limit < size && this.consumed(id) >= limit && !this.#reclaimDirectly(id, at)) return false;
    for (let tries = 0; tries < DIRECT_TRIES; tries++) {
      if (this.#promises.spare(id) > 0) return true;
      if (!this.#reclaimDirectly(id, at)) return false;
    }
    return this.#promises.spare(id) > 0;
  }

  /**
   * A zeroed frame for a guest page; reclaims when there is none, or when the VM is at its limit. Sets `readyAt`.
   * @returns the frame or -1
   */
  takeFrame(vm: VmId, page: number, at: Nanoseconds): number {
    const memory = this.memories[vm]!;
    this.#readyAt = at;
    if (memory.blocked) return -1;
    if (!this.#hasFrame(memory, at)) return -1;
    const frame = this.#pool.takePrivate(page);
    this.#promises.end(vm);
    this.#store.zero(toMfn(frame));
    return frame;
  }

  /** A frame for the page in the fault that is going on, for a strategy's handler. */
  takeFaultFrame(vm: VmId, at: Nanoseconds): number {
    if (this.#pinned < 0) throw new Error('FrameService.take is for faults: no page is in a fault now');
    return this.takeFrame(vm, this.#pinned, at);
  }

  /** When the frame that takeFrame returned last is usable. */
  get readyAt(): Nanoseconds {
    return this.#readyAt;
  }

  #reclaimDirectly(vm: VmId, at: Nanoseconds): boolean {
    const ready = this.#source?.directReclaim(vm, at) ?? BLOCKED;
    if (ready === BLOCKED) return false;
    if (ready > this.#readyAt) this.#readyAt = ready;
    return true;
  }

  // ——— looking

  kind(vm: VmId, page: Gfn): number {
    return this.memories[vm]!.kind(page);
  }

  payload(vm: VmId, page: Gfn): number {
    return this.memories[vm]!.payload(page);
  }

  frame(vm: VmId, page: Gfn): Mfn {
    const memory = this.memories[vm]!;
    const kind = memory.kind(page);
    if (kind !== KIND_MAPPED && kind !== KIND_SHARED) {
      throw new Error(`page ${page} of VM ${vm} has no frame: it is ${this.#kinds.names[kind]!}`);
    }
    return toMfn(memory.payload(page));
  }

  count(vm: VmId, kind: number): Pages {
    return pages(this.memories[vm]!.counts[kind]!);
  }

  /**
   * Mapped pages and the VM's part of shared frames. A shared page is charged the host's mean share of a
   * frame, so that the sum over VMs is what the frames are; the exact split by reference count needs a walk
   * (counters do it).
   */
  consumed(vm: VmId): Pages {
    const counts = this.memories[vm]!.counts;
    const shared = counts[KIND_SHARED]!;
    if (shared === 0) return pages(counts[KIND_MAPPED]!);
    return pages(
      counts[KIND_MAPPED]! + Math.ceil((shared * this.#pool.sharedFrames) / this.#pool.sharedReferences),
    );
  }

  accessed(vm: VmId, page: Gfn): boolean {
    return (this.memories[vm]!.bits[page]! & BIT_ACCESSED) !== 0;
  }

  clearAccessed(vm: VmId, page: Gfn): void {
    this.memories[vm]!.bits[page]! &= ~BIT_ACCESSED;
    this.#translation?.invalidate(vm, page);
  }

  dirty(vm: VmId, page: Gfn): boolean {
    return (this.memories[vm]!.bits[page]! & BIT_DIRTY) !== 0;
  }

  clearDirty(vm: VmId, page: Gfn): void {
    this.memories[vm]!.bits[page]! &= ~BIT_DIRTY;
    this.#translation?.invalidate(vm, page);
  }

  isLarge(vm: VmId, page: Gfn): boolean {
    return (this.memories[vm]!.bits[page]! & BIT_LARGE) !== 0;
  }

  pinned(vm: VmId, page: Gfn): boolean {
    return this.#pinned === this.memories[vm]!.base + page;
  }

  randomMapped(vm: VmId, random: RandomStream, tries: number): number {
    const memory = this.memories[vm]!;
    for (let i = 0; i < tries; i++) {
      const page = random.below(memory.size);
      const kind = memory.kind(page);
      if ((kind !== KIND_MAPPED && kind !== KIND_SHARED) || this.#pinned === memory.base + page) continue;
      if (kind === KIND_SHARED && this.#pool.references(toMfn(memory.payload(page))) > 1) continue;
      if (kind === KIND_SHARED) this.unshare(vm, toGfn(page));
      return page;
    }
    return -1;
  }

  isShared(frame: Mfn): boolean {
    return this.#pool.use(frame) === FRAME_SHARED;
  }

  references(frame: Mfn): number {
    return this.#pool.references(frame);
  }

  lastOnShared(): Pages {
    return pages(this.#pool.lastOnShared);
  }

  byArrival(): PageOrder {
    const logs = this.memories.map((memory) => (memory.arrivals ??= new TouchLog(memory.size)));
    return new LoggedOrder(logs, this);
  }

  byLastTouch(): PageOrder {
    const logs = this.memories.map((memory) => (memory.touches ??= new TouchLog(memory.size)));
    return new LoggedOrder(logs, this);
  }

  // ——— mechanisms

  evict(vm: VmId, page: Gfn, kind: number, payload: number): Pages {
    const memory = this.#mapped(vm, page, 'evict');
    this.#kinds.checkOwn(kind, payload);
    const frame = toMfn(memory.payload(page));
    this.#leave(memory, page, kind, payload);
    this.#pool.give(frame);
    return pages(1);
  }

  install(vm: VmId, page: Gfn, frame: Mfn): void {
    const memory = this.memories[vm]!;
    memory.set(page, KIND_MAPPED, frame);
    memory.bits[page]! &= BIT_UNWRITTEN;
    this.#translation?.invalidate(vm, page);
  }

  relocate(vm: VmId, page: Gfn, kind: number, payload: number): void {
    const memory = this.memories[vm]!;
    if (memory.kind(page) < FIRST_PLUGIN_KIND)
      throw new Error(`page ${page} of VM ${vm} is core's: relocate moves strategies' pages`);
    this.#kinds.checkOwn(kind, payload);
    const entered = memory.kind(page) !== kind;
    memory.set(page, kind, payload);
    if (entered) this.#entered(memory, page, kind);
  }

  makeShared(vm: VmId, page: Gfn): Mfn {
    const memory = this.#mapped(vm, page, 'makeShared');
    const frame = toMfn(memory.payload(page));
    this.#pool.share(frame);
    this.#leave(memory, page, KIND_SHARED, frame);
    return frame;
  }

  merge(vm: VmId, page: Gfn, keeper: Mfn): Pages {
    const memory = this.#mapped(vm, page, 'merge');
    if (!this.isShared(keeper)) throw new Error(`frame ${keeper} is not shared: makeShared its page first`);
    const frame = toMfn(memory.payload(page));
    this.#pool.addReference(keeper);
    this.#leave(memory, page, KIND_SHARED, keeper);
    this.#pool.give(frame);
    return pages(1);
  }

  unshare(vm: VmId, page: Gfn): void {
    const memory = this.memories[vm]!;
    const frame = toMfn(memory.payload(page));
    if (memory.kind(page) !== KIND_SHARED || this.#pool.references(frame) !== 1)
      throw new Error(`unshare: page ${page} of VM ${vm} is not the last on a shared frame`);
    if (this.pinned(vm, page)) throw new Error(`unshare: page ${page} of VM ${vm} is in a fault`);
    this.#pool.unshare(frame, memory.base + page);
    memory.set(page, KIND_MAPPED, frame);
    // The cached translation is read-only: the next write would fault for nothing.
    this.#translation?.invalidate(vm, page);
  }

  balloon(vm: VmId, page: Gfn): Pages {
    return this.drop(vm, page, KIND_BALLOONED, 0);
  }

  unballoon(vm: VmId, page: Gfn): void {
    const memory = this.memories[vm]!;
    if (memory.kind(page) === KIND_BALLOONED) memory.set(page, KIND_UNTOUCHED, 0);
  }

  /** Any kind → a kind without content; what backed the page is released. @returns frames freed. */
  drop(vm: VmId, page: Gfn, kind: number, payload: number): Pages {
    const memory = this.memories[vm]!;
    const was = memory.kind(page);
    const before = this.#pool.free;
    if (was === kind) return pages(0);
    if (this.pinned(vm, page)) throw new Error(`page ${page} of VM ${vm} is in a fault`);
    const behind = memory.payload(page);
    this.#leave(memory, page, kind, payload);
    if (was === KIND_MAPPED) this.#pool.give(toMfn(behind));
    else if (was === KIND_SHARED) this.#pool.dropReference(toMfn(behind));
    else if (was >= FIRST_PLUGIN_KIND) this.#backings[was]!.release(vm, page, behind);
    return pages(this.#pool.free - before);
  }

  /** Content of any page into a scratch frame, nothing changed: for checks and the host's own reads. */
  peek(vm: VmId, page: Gfn, into: Mfn): void {
    const memory = this.memories[vm]!;
    const kind = memory.kind(page);
    if (kind === KIND_MAPPED || kind === KIND_SHARED) this.#store.copy(toMfn(memory.payload(page)), into);
    else if (kind === KIND_UNTOUCHED || kind === KIND_BALLOONED) this.#store.zero(into);
    else this.#backings[kind]!.peek(vm, page, memory.payload(page), into);
  }

  /** The VM ends: everything it held is released. @returns frames freed. */
  powerOff(vm: VmId): Pages {
    this.#ended.add(vm);
    this.#promises.end(vm);
    const memory = this.memories[vm]!;
    memory.blocked = false;
    memory.stopped = false;
    if (memory.counts[KIND_UNTOUCHED] === memory.size) return pages(0);
    const before = this.#pool.free;
    for (let page = 0; page < memory.size; page++) this.drop(vm, toGfn(page), KIND_UNTOUCHED, 0);
    return pages(this.#pool.free - before);
  }

  /** The VM begins, with no page touched. */
  powerOn(vm: VmId): void {
    this.#ended.delete(vm);
  }

  /** What a VM is configured with from now on: everybody who was given the VM sees it. */
  configure(vm: VmId, facts: Pick<VmFacts, 'shares' | 'reservation' | 'limit'>): void {
    const { shares, reservation, limit } = facts;
    Object.assign(this.vms[vm]!, { shares, reservation, limit });
    this.memories[vm]!.limit = limit;
  }

  #mapped(vm: VmId, page: Gfn, what: string): VmMemory {
    const memory = this.memories[vm]!;
    if (memory.kind(page) !== KIND_MAPPED) {
      throw new Error(
        `${what}: page ${page} of VM ${vm} is ${this.#kinds.names[memory.kind(page)]!}, not mapped`,
      );
    }
    if (this.#pinned === memory.base + page)
      throw new Error(`${what}: page ${page} of VM ${vm} is in a fault`);
    return memory;
  }

  #leave(memory: VmMemory, page: Gfn, kind: number, payload: number): void {
    if (this.large !== undefined && (memory.bits[page]! & BIT_LARGE) !== 0) this.large.breakAt(memory, page);
    memory.set(page, kind, payload);
    this.#entered(memory, page, kind);
    this.#translation?.invalidate(memory.id, page);
  }

  #entered(memory: VmMemory, page: Gfn, kind: number): void {
    this.events[memory.id]!.entered[kind]!++;
    if (kind >= FIRST_PLUGIN_KIND) this.#watcher?.entered(memory.id, page, kind);
  }
}
