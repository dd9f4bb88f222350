import type { AccessedBits, Gfn, PageOrder, PageService, RandomStream, VmId } from '@overbook/core';
import { KIND_MAPPED, KIND_SHARED, toGfn } from '@overbook/core';

/** Draws for a page that fits before they are walked one by one. */
const DRAWS = 64;

/** Proposes pages to swap out, one at a time. */
export interface Victims {
  /**
   * A mapped page of the VM. Where there is none and `shared` allows it, a page that shares its frame with others. -1
   * when there is none to propose.
   */
  next(vm: VmId, shared: boolean): number;
  /** The page was proposed and stays: it may be proposed again later. */
  spare(vm: VmId, page: Gfn): void;
  /** What is remembered of the VM's pages ends. */
  poweredOff(vm: VmId): void;
  /** A page that is in memory again was not touched: it came along with another. */
  broughtAhead?(vm: VmId, page: Gfn): void;
  /** What it counts, for the strategy's counters, and of one VM. */
  counters?(): Readonly<Record<string, number>>;
  vmCounters?(vm: VmId): Readonly<Record<string, number>>;
}

/**
 * Any page with a frame of its own alike (Waldspurger, OSDI 2002, §3.3: random, to avoid pathological interference
 * with the guest); where that is wanted, any shared page too.
 */
export class RandomVictims implements Victims {
  readonly #pages: PageService;
  readonly #random: RandomStream;
  readonly #shared: boolean;

  /** @param shared pages that share a frame are victims like all others, whatever else there is */
  constructor(pages: PageService, random: RandomStream, shared: boolean) {
    this.#pages = pages;
    this.#random = random;
    this.#shared = shared;
  }

  next(vm: VmId, shared: boolean): number {
    const page = this.#shared ? this.#draw(vm) : this.#pages.randomMapped(vm, this.#random, DRAWS);
    if (page >= 0) return page;
    const own = this.#walk(vm, this.#shared);
    return own < 0 && shared && !this.#shared ? this.#walk(vm, true) : own;
  }

  spare(): void {
    // The next draw does not remember this one.
  }

  poweredOff(): void {
    // Nothing is remembered.
  }

  #draw(vm: VmId): number {
    const { size } = this.#pages.vms[vm]!;
    for (let i = 0; i < DRAWS; i++) {
      const page = toGfn(this.#random.below(size));
      if (this.#fits(vm, page, true)) return page;
    }
    return -1;
  }

  /** Few pages fit: take the first one from a random place on. */
  #walk(vm: VmId, shared: boolean): number {
    const { size } = this.#pages.vms[vm]!;
    const among = shared || this.#pages.lastOnShared() > 0 ? this.#pages.count(vm, KIND_SHARED) : 0;
    if (this.#pages.count(vm, KIND_MAPPED) + among === 0) return -1;
    const start = this.#random.below(size);
    for (let i = 0; i < size; i++) {
      const page = toGfn((start + i) % size);
      if (this.#fits(vm, page, shared)) return page;
    }
    return -1;
  }

  #fits(vm: VmId, page: Gfn, shared: boolean): boolean {
    const kind = this.#pages.kind(vm, page);
    if ((kind !== KIND_MAPPED && kind !== KIND_SHARED) || this.#pages.pinned(vm, page)) return false;
    if (kind === KIND_MAPPED) return true;
    if (this.#pages.references(this.#pages.frame(vm, page)) > 1) return shared;
    this.#pages.unshare(vm, page);
    return true;
  }
}

/** The page at the head of an order: by last touch that is LRU, by arrival FIFO. */
export class OldestVictims implements Victims {
  readonly #order: PageOrder;

  constructor(order: PageOrder) {
    this.#order = order;
  }

  next(vm: VmId, shared: boolean): number {
    return this.#order.takeOldest(vm, shared);
  }

  spare(vm: VmId, page: Gfn): void {
    this.#order.putNewest(vm, page);
  }

  poweredOff(): void {
    // The order is core's.
  }
}

/**
 * The clock (Corbató 1969): pages in order of arrival; the hand clears the use bit of one that was used since it last
 * passed, and that page goes to the end. Loading a page uses it, so the hand passes it once before it can go. Without
 * that first chance this is FIFO-reinsertion, which cache simulators call Clock too.
 */
export class ClockVictims implements Victims {
  readonly #pages: PageService;
  readonly #order: PageOrder;
  readonly #bits: AccessedBits;
  /** By VM, 1 for a page that the hand has passed since it was loaded; undefined where loading does not count. */
  readonly #passed: readonly Uint8Array[] | undefined;

  /** @param loadingUses the use bit of a page is set when it is loaded */
  constructor(pages: PageService, order: PageOrder, loadingUses: boolean) {
    this.#pages = pages;
    this.#order = order;
    this.#bits = pages.accessedBits();
    this.#passed = loadingUses ? pages.vms.map(({ size }) => new Uint8Array(size)) : undefined;
  }

  next(vm: VmId, shared: boolean): number {
    const passed = this.#passed?.[vm];
    for (;;) {
      const page = this.#order.takeOldest(vm, shared);
      if (page < 0) return page;
      const isUsed = passed?.[page] === 0 || this.#bits.accessed(vm, toGfn(page));
      // One that shares its frame was turned over already, and is returned where nothing else is left.
      if (!isUsed || this.#pages.kind(vm, toGfn(page)) === KIND_SHARED) {
        if (passed !== undefined) passed[page] = 0;
        return page;
      }
      if (passed !== undefined) passed[page] = 1;
      this.#bits.clear(vm, toGfn(page));
      this.#order.putNewest(vm, toGfn(page));
    }
  }

  spare(vm: VmId, page: Gfn): void {
    this.#order.putNewest(vm, page);
  }
  poweredOff(vm: VmId): void {
    this.#passed?.[vm]!.fill(0);
  }
}
