import type { AccessedBits, Gfn, PageLists, PageService, VmId } from '@overbook/core';
import { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, PAGES_PER_MIB, toGfn } from '@overbook/core';

import type { Victims } from './victims.ts';

const INACTIVE = 0;
const ACTIVE = 1;
const LISTS = 2;

/** Pages that Linux looks at in one go (SWAP_CLUSTER_MAX). */
const CLUSTER = 32;
const PAGES_PER_GIB = 1024 * PAGES_PER_MIB;

/** The fault that mapped the page has set the accessed bit of its mapping; core's bit does not count that one. */
const YOUNG = 1;
/** PG_referenced: the page was found accessed once while inactive, or was active before. */
const REFERENCED = 2;

/** What is remembered of one VM. */
interface Memory {
  /** By page, YOUNG and REFERENCED. */
  readonly flags: Uint8Array;
  /** By page that was taken, the age at that time + 1 (a shadow entry); 0 = none. */
  readonly shadows: Uint32Array;
  /** Evictions and activations so far (nonresident_age). */
  age: number;
  /** Pages looked at since the active list was last. */
  looked: number;
  /** Pages came back within the working set since the active list was last looked at. */
  refaulted: boolean;
  refaults: number;
}

/**
 * Linux's reclaim of anonymous memory, as QEMU's guest memory is (6.1, mm/vmscan.c, mm/workingset.c): two lists a VM.
 *
 *   first touch, or a page that was away for long ──► inactive ──► oldest, not accessed: taken
 *                                                      ▲    │ accessed, once: goes round; twice: active
 *                         inactive is low: oldest ─────┘    ▼
 *   a page that came back soon ────────────────────► active
 *
 * New pages start inactive (since 5.9). "Soon" is the refault distance: no more evictions and activations since it was
 * taken than there are active pages. Every page is looked at in whole clusters of 32.
 */
export class ActiveInactiveVictims implements Victims {
  readonly #pages: PageService;
  readonly #bits: AccessedBits;
  readonly #lists: readonly PageLists[];
  readonly #memory: readonly Memory[];
  /** Of all VMs, those that were powered off too. */
  #refaults = 0;
  #activations = 0;

  constructor(pages: PageService) {
    this.#pages = pages;
    this.#bits = pages.accessedBits();
    this.#memory = pages.vms.map(({ size }) => ({
      flags: new Uint8Array(size),
      shadows: new Uint32Array(size),
      age: 0,
      looked: 0,
      refaulted: false,
      refaults: 0,
    }));
    this.#lists = pages.lists(LISTS, (vm, page, was) => this.#startsOn(vm, page, was));
  }

  next(vm: VmId, shared: boolean): number {
    if (this.#pages.count(vm, KIND_MAPPED) > 0 || this.#pages.lastOnShared() > 0) {
      const own = this.#scan(vm, false);
      if (own >= 0) return own;
    }
    return shared ? this.#scan(vm, true) : -1;
  }

  /** It stays in memory: back to the head of its list, as a page that could not be isolated. */
  spare(vm: VmId, page: Gfn): void {
    this.#memory[vm]!.shadows[page] = 0;
    if (this.#lists[vm]!.listOf(page) >= 0) this.#lists[vm]!.put(page, INACTIVE);
  }

  /** No access has mapped it. */
  broughtAhead(vm: VmId, page: Gfn): void {
    this.#memory[vm]!.flags[page]! &= ~YOUNG;
  }

  poweredOff(vm: VmId): void {
    const memory = this.#memory[vm]!;
    memory.flags.fill(0);
    memory.shadows.fill(0);
    memory.refaulted = false;
    memory.age = 0;
    memory.looked = 0;
    memory.refaults = 0;
  }

  /** In pages since power-on, by Linux's names in /proc/vmstat. */
  counters(): Readonly<Record<string, number>> {
    return {
      activePages: this.#lists.reduce((all, { length }) => all + length[ACTIVE]!, 0),
      workingsetRefaults: this.#refaults,
      workingsetActivations: this.#activations,
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    return { refaults: this.#memory[vm]!.refaults };
  }

  /** @returns the oldest inactive page that nobody accessed; -1 when none can be taken */
  #scan(vm: VmId, shared: boolean): number {
    const lists = this.#lists[vm]!;
    const memory = this.#memory[vm]!;
    // Nothing is accessed meanwhile: within four rounds every page was found unaccessed, unless it may not be taken.
    let left = 4 * (lists.length[INACTIVE]! + lists.length[ACTIVE]!) + CLUSTER;
    for (; left > 0; left--) {
      if (memory.looked % CLUSTER === 0) this.#age(lists, memory, vm);
      memory.looked++;
      const page = lists.oldest(INACTIVE);
      // Only the active list is left, and one page of it may be: the next look ages it.
      if (page < 0) memory.looked = 0;
      if (page < 0 && lists.length[ACTIVE] === 0) return -1;
      if (page < 0) continue;
      if (!this.#mayGo(vm, toGfn(page), shared)) lists.put(page, INACTIVE);
      else if (!this.#secondChance(lists, memory, vm, toGfn(page))) {
        memory.shadows[page] = ++memory.age;
        return page;
      }
    }
    return -1;
  }

  /**
   * folio_check_references of Linux since 5.9: accessed once it goes round, accessed again it becomes active. @returns
   * true for a page that was accessed
   */
  #secondChance(lists: PageLists, memory: Memory, vm: VmId, page: Gfn): boolean {
    const flags = memory.flags[page]!;
    memory.flags[page] = 0;
    if ((flags & YOUNG) === 0 && !this.#bits.accessed(vm, page)) return false;
    this.#bits.clear(vm, page);
    memory.flags[page] = REFERENCED;
    if ((flags & REFERENCED) === 0) lists.put(page, INACTIVE);
    else this.#activate(lists, memory, page);
    return true;
  }

  #activate(lists: PageLists, memory: Memory, page: number): void {
    lists.put(page, ACTIVE);
    memory.age++;
  }

  /** Where too few pages are inactive, or some had to come back, a cluster becomes so (shrink_active_list). */
  #age(lists: PageLists, memory: Memory, vm: VmId): void {
    const { length } = lists;
    if (!memory.refaulted && !isInactiveLow(length[INACTIVE]!, length[ACTIVE]!)) return;
    memory.refaulted = false;
    for (let i = 0; i < CLUSTER && length[ACTIVE]! > 0; i++) {
      const page = lists.oldest(ACTIVE);
      this.#bits.clear(vm, toGfn(page));
      memory.flags[page]! &= ~YOUNG;
      lists.put(page, INACTIVE);
    }
  }

  /** List of a page that has got a frame. */
  #startsOn(vm: VmId, page: Gfn, was: number): number {
    const memory = this.#memory[vm]!;
    const shadow = memory.shadows[page]!;
    memory.shadows[page] = 0;
    memory.flags[page] = YOUNG;
    if (shadow === 0 || was <= KIND_BALLOONED) return INACTIVE;
    memory.refaults++;
    this.#refaults++;
    if (memory.age - (shadow - 1) > this.#lists[vm]!.length[ACTIVE]!) return INACTIVE;
    memory.age++;
    this.#activations++;
    memory.refaulted = true;
    return ACTIVE;
  }

  /** Private pages, or what `shared` allows; the last page on a shared frame becomes private. */
  #mayGo(vm: VmId, page: Gfn, shared: boolean): boolean {
    if (this.#pages.pinned(vm, page)) return false;
    if (this.#pages.kind(vm, page) !== KIND_SHARED) return true;
    if (this.#pages.references(this.#pages.frame(vm, page)) > 1) return shared;
    const { flags, shadows } = this.#memory[vm]!;
    const before = flags[page]!;
    // Becoming private put it on the list anew; it is looked at where it was.
    this.#pages.unshare(vm, page);
    flags[page] = before;
    shadows[page] = 0;
    return true;
  }
}

/** inactive_is_low: the larger the memory, the smaller the part that has to be inactive. */
export function isInactiveLow(inactive: number, active: number): boolean {
  const gib = Math.floor((inactive + active) / PAGES_PER_GIB);
  const ratio = gib > 0 ? Math.floor(Math.sqrt(10 * gib)) : 1;
  return inactive * ratio < active;
}
