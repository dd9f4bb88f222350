import type { GuestStatistics, RandomStream, VmId } from '@overbook/core';
import { toPages } from '@overbook/core';

import type { GuestRecord } from './guest-record.ts';

/**
 * How a guest's balloon driver behaves: it gives what it can; gives a few pages a call; runs but gives nothing; gives
 * up to a maximum and no more; or is not there.
 */
export type DriverMode = 'gives' | 'slow' | 'stuck' | 'maximum' | 'none';

/** Pages a slow driver moves in one call, and pages at which one with a maximum stops. */
const SLOW_PAGES = 3;
const MAXIMUM_PAGES = 8;
/** Pages that the guest's kernel keeps for itself whatever the balloon wants. */
const WATERMARK_PAGES = 8;

/**
 * A guest small enough to be obviously right: every page is free, in use, clean cache, in a balloon or in a block that
 * it gave up. It touches what it uses and its cache, takes free pages when it needs more and drops cache when there
 * are none.
 */
export class ModelGuest {
  readonly vm: VmId;
  readonly size: number;
  /** May change while the guest runs: drivers are loaded, hang and come back. */
  driver: DriverMode;
  /** The page that it reads or writes just now, or -1: its kernel has locked it, and gives it to nobody. */
  accessing = -1;
  #free: number[];
  readonly #used: number[] = [];
  readonly #cache: number[] = [];
  #balloon: { readonly owner: string; readonly page: number }[] = [];
  readonly #unplugged: { readonly owner: string; readonly first: number; readonly order: number }[] = [];
  /** 1 for a free page that was reported to the host since it became free. */
  readonly #reported: Uint8Array;
  readonly #record: GuestRecord;

  constructor(vm: VmId, size: number, driver: DriverMode, record: GuestRecord) {
    this.vm = vm;
    this.size = size;
    this.driver = driver;
    this.#record = record;
    this.#free = Array.from({ length: size }, (_, i) => size - 1 - i);
    this.#reported = new Uint8Array(size);
  }

  get inBalloon(): number {
    return this.#balloon.length;
  }

  /** A page that the guest uses or caches, or -1. */
  anyHeld(random: RandomStream): number {
    const held = this.#used.length + this.#cache.length;
    if (held === 0) return -1;
    const at = random.below(held);
    return at < this.#used.length ? this.#used[at]! : this.#cache[at - this.#used.length]!;
  }

  anyUsed(random: RandomStream): number {
    return this.#used.length === 0 ? -1 : this.#used[random.below(this.#used.length)]!;
  }

  /** Takes a free page, else drops clean cache, for use or as cache. @returns -1 when the guest is full. */
  allocate(as: 'used' | 'cache'): number {
    const page = this.#free.pop() ?? this.#cache.shift() ?? -1;
    if (page < 0) return -1;
    (as === 'used' ? this.#used : this.#cache).push(page);
    this.#reported[page] = 0;
    return page;
  }

  /** The guest frees one page in use: its content is lost to it, and the host is not told. */
  release(random: RandomStream): void {
    if (this.#used.length === 0) return;
    const at = random.below(this.#used.length);
    this.#free.push(this.#used[at]!);
    this.#used[at] = this.#used.at(-1)!;
    this.#used.pop();
  }

  /** The guest's programs end: all that it used and cached is free. */
  releaseAll(): void {
    this.#free.push(...this.#used.splice(0), ...this.#cache.splice(0));
  }

  statistics(): GuestStatistics | undefined {
    if (this.driver === 'none') return undefined;
    return {
      free: toPages(this.#free.length),
      available: toPages(Math.max(0, this.#free.length + this.#cache.length - WATERMARK_PAGES)),
      cache: toPages(this.#cache.length),
      swapped: toPages(0),
    };
  }

  /** A balloon takes pages, free ones first, then clean cache. @returns how many were written to `into` */
  inflate(count: number, into: Uint32Array, owner: string): number {
    const most = Math.min(count, this.#willGive(), into.length);
    let given = 0;
    while (given < most) {
      const page = this.#free.pop() ?? this.#cacheToGive();
      if (page === undefined) break;
      this.#balloon.push({ owner, page });
      this.#record.gaveUp(this.vm, page);
      into[given++] = page;
    }
    return given;
  }

  #cacheToGive(): number | undefined {
    const at = this.#cache.findIndex((page) => page !== this.accessing);
    return at < 0 ? undefined : this.#cache.splice(at, 1)[0];
  }

  /** An owner's balloon gives pages back to the free list, those it took last first. */
  deflate(count: number, into: Uint32Array, owner: string): number {
    const own = this.#balloon.filter((one) => one.owner === owner).reverse();
    return this.#takeBack(own.slice(0, Math.min(count, this.#willTake())), into);
  }

  /** The same, by the numbers of the pages. */
  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    const named = this.#balloon.filter((one) => one.owner === owner && pages.includes(one.page));
    return this.#takeBack(named.slice(0, this.#willTake()), into);
  }

  #takeBack(back: readonly { readonly page: number }[], into: Uint32Array): number {
    const pages = back.slice(0, into.length).map(({ page }) => page);
    const gone = new Set(pages);
    this.#balloon = this.#balloon.filter(({ page }) => !gone.has(page));
    this.#free.push(...pages);
    into.set(pages);
    return pages.length;
  }

  /** Gives up whole aligned blocks that are free, those with the highest numbers first. */
  unplug(order: number, blocks: number, into: Uint32Array, owner: string): number {
    const pages = 2 ** order;
    const free = new Set(this.#free);
    let left = Math.floor(Math.min(this.#willGive(), this.#free.length) / pages);
    let given = 0;
    for (let first = Math.floor(this.size / pages) * pages - pages; first >= 0; first -= pages) {
      if (given === Math.min(blocks, into.length) || left === 0) break;
      const block = pagesFrom(first, pages);
      if (!block.every((page) => free.has(page))) continue;
      for (const page of block) {
        free.delete(page);
        this.#record.gaveUp(this.vm, page);
      }
      this.#unplugged.push({ owner, first, order });
      into[given++] = first;
      left--;
    }
    this.#free = this.#free.filter((page) => free.has(page));
    return given;
  }

  /** Has a block back, as it was unplugged. */
  plug(order: number, first: number, owner: string): boolean {
    const at = this.#unplugged.findIndex(
      (one) => one.owner === owner && one.first === first && one.order === order,
    );
    if (at < 0 || this.#willTake() === 0) return false;
    this.#unplugged.splice(at, 1);
    this.#free.push(...pagesFrom(first, 2 ** order));
    return true;
  }

  #willTake(): number {
    if (this.driver === 'stuck' || this.driver === 'none') return 0;
    return this.driver === 'slow' ? SLOW_PAGES : Infinity;
  }

  /** Tells which free pages the host may drop; each once for as long as it stays free. */
  reportFree(count: number, into: Uint32Array): number {
    if (this.driver === 'none' || this.driver === 'stuck') return 0;
    const most = Math.min(count, into.length);
    let told = 0;
    for (const page of this.#free) {
      if (told === most) break;
      if (this.#reported[page] === 1) continue;
      this.#reported[page] = 1;
      this.#record.gaveUp(this.vm, page);
      into[told++] = page;
    }
    return told;
  }

  #willGive(): number {
    const can = Math.max(0, this.#free.length + this.#cache.length - WATERMARK_PAGES);
    if (this.driver === 'gives') return can;
    if (this.driver === 'slow') return Math.min(can, SLOW_PAGES);
    if (this.driver === 'maximum') return Math.min(can, Math.max(0, MAXIMUM_PAGES - this.#balloon.length));
    return 0;
  }
}

function pagesFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
