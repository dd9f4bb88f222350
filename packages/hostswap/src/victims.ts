import type { Gfn, PageOrder, PageService, RandomStream, VmId } from '@overbook/core';
import { KIND_MAPPED, KIND_SHARED, gfn } from '@overbook/core';

/** Draws for a page that fits before they are walked one by one. */
const DRAWS = 64;

/** Proposes pages to swap out, one at a time. */
export interface Victims {
  /** A page of the VM that stands on a frame, or -1 when there is none to propose. */
  next(vm: VmId): number;
  /** The page was proposed and stays: it may be proposed again later. */
  spare(vm: VmId, page: Gfn): void;
}

/**
 * Any mapped page alike (Waldspurger, OSDI 2002, §3.3: random, to avoid pathological interference with the
 * guest); where that is wanted, any shared page too.
 */
export class RandomVictims implements Victims {
  readonly #pages: PageService;
  readonly #random: RandomStream;
  readonly #shared: boolean;

  constructor(pages: PageService, random: RandomStream, shared: boolean) {
    this.#pages = pages;
    this.#random = random;
    this.#shared = shared;
  }

  next(vm: VmId): number {
    const page = this.#shared ? this.#draw(vm) : this.#pages.randomMapped(vm, this.#random, DRAWS);
    return page >= 0 ? page : this.#walk(vm);
  }

  spare(): void {
    // The next draw does not remember this one.
  }

  #draw(vm: VmId): number {
    const { size } = this.#pages.vms[vm]!;
    for (let i = 0; i < DRAWS; i++) {
      const page = gfn(this.#random.below(size));
      if (this.#fits(vm, page)) return page;
    }
    return -1;
  }

  /** Few pages are mapped: take the first one from a random place on. */
  #walk(vm: VmId): number {
    const { size } = this.#pages.vms[vm]!;
    const candidates =
      this.#pages.count(vm, KIND_MAPPED) + (this.#shared ? this.#pages.count(vm, KIND_SHARED) : 0);
    if (candidates === 0) return -1;
    const start = this.#random.below(size);
    for (let i = 0; i < size; i++) {
      const page = gfn((start + i) % size);
      if (this.#fits(vm, page)) return page;
    }
    return -1;
  }

  #fits(vm: VmId, page: Gfn): boolean {
    const kind = this.#pages.kind(vm, page);
    return (kind === KIND_MAPPED || (this.#shared && kind === KIND_SHARED)) && !this.#pages.pinned(vm, page);
  }
}

/** The page at the head of an order: by last touch that is LRU, by arrival FIFO. */
export class OldestVictims implements Victims {
  readonly #order: PageOrder;

  constructor(order: PageOrder) {
    this.#order = order;
  }

  next(vm: VmId): number {
    return this.#order.takeOldest(vm);
  }

  spare(vm: VmId, page: Gfn): void {
    this.#order.putNewest(vm, page);
  }
}

/**
 * Second chance: pages in order of arrival; one touched since its last turn goes to the end instead (Corbató
 * 1969).
 */
export class ClockVictims implements Victims {
  readonly #pages: PageService;
  readonly #order: PageOrder;

  constructor(pages: PageService, order: PageOrder) {
    this.#pages = pages;
    this.#order = order;
  }

  next(vm: VmId): number {
    for (;;) {
      const page = this.#order.takeOldest(vm);
      if (page < 0 || !this.#pages.accessed(vm, gfn(page))) return page;
      this.#pages.clearAccessed(vm, gfn(page));
      this.#order.putNewest(vm, gfn(page));
    }
  }

  spare(vm: VmId, page: Gfn): void {
    this.#order.putNewest(vm, page);
  }
}
