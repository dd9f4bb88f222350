import type { Gfn, Nanoseconds, Pages, VmId } from '../units/page.ts';

/** What a guest's own kernel told about its memory. A value that the guest did not tell is undefined, never 0. */
export interface GuestStatistics {
  /** Pages on the guest's free lists. */
  readonly free?: Pages;
  /**
   * Free blocks of 2^order pages by order, each page in one block only (Linux: /proc/buddyinfo). Tells whether blocks
   * can be unplugged or reported; `free` does not.
   */
  readonly freeBlocks?: readonly number[];
  /** Pages the guest could hand out without paging (Linux: MemAvailable). */
  readonly available?: Pages;
  /** Clean and dirty page cache. */
  readonly cache?: Pages;
  /** Pages the guest has swapped out to its own swap, now. */
  readonly swapped?: Pages;
  /** Pages the guest has read from and written to its own swap since it began to count. */
  readonly swapIns?: Pages;
  readonly swapOuts?: Pages;
  /** When it told this; absent where it tells when asked. */
  readonly at?: Nanoseconds;
}

/** What may be asked of guests whoever asks. */
interface GuestAnswers {
  /** True where a balloon driver runs and answers now (a booting guest has none yet). */
  hasDriver(vm: VmId): boolean;
  /** False where no balloon driver will ever run in the VM; asked while the host is composed. Absent: one may. */
  mayHaveDriver?(vm: VmId): boolean;
  /** Last statistics, or undefined where the guest tells none. */
  statistics(vm: VmId): GuestStatistics | undefined;
  /**
   * Free pages the guest reports as unused without giving them up (virtio-balloon free page reporting). Reported
   * pages may be dropped by the host and read as zero when touched again. A page is told once for as long as it
   * stays free.
   * @param order only pages of whole aligned blocks of 2^order free pages (Linux reports blocks of 2 MiB, order 9)
   * @returns how many were written to `into`.
   */
  reportFree(vm: VmId, count: number, into: Uint32Array, order: number): number;
}

/**
 * The cooperative side of guests, as a strategy uses it (the token GUESTS): what the guest gives, it gives to this
 * strategy, and gives back to nobody else. Every answer may be smaller than what was asked: the guest decides. Core
 * holds guests to their word: a page that is not theirs to give, or goes back to another strategy, throws.
 */
export interface GuestService extends GuestAnswers {
  /**
   * The guest allocates and pins up to `count` pages for the strategy's balloon and writes their numbers to `into`.
   * The guest picks: free pages, then clean cache, then what it pages out to its own swap. What was behind them is
   * still there: PageService.balloon takes it.
   * @returns how many it gave; fewer when it cannot or will not.
   */
  inflate(vm: VmId, count: number, into: Uint32Array): number;
  /** The guest gets `count` pages of this balloon back, of its choice. @returns how many were written to `into` */
  deflate(vm: VmId, count: number, into: Uint32Array): number;
  /**
   * The guest gets these pages of this balloon back (a region that is wanted whole again, pages of one node).
   * @returns how many of them it took, written to `into`; 0 where its driver cannot name pages
   */
  deflatePages(vm: VmId, pages: Uint32Array, into: Uint32Array): number;
  /**
   * The guest gives up to `blocks` whole aligned blocks of 2^order pages (virtio-mem, DIMMs, HyperAlloc) and stops
   * using them. What was behind them is still there: PageService.drop takes it, to a kind of the role `unplugged`.
   * @returns how many; the first page of each is written to `into`. 0 where the guest cannot unplug.
   */
  unplug(vm: VmId, order: number, blocks: number, into: Uint32Array): number;
  /**
   * The guest has a block back that `unplug` took, under the same order. Its pages may be touched from now on: take
   * them out of the kind they were dropped to (PageService.unballoon) before. @returns false when it does not want it
   */
  plug(vm: VmId, order: number, first: Gfn): boolean;
}

/**
 * The cooperative side of guests, as a host is given it: what runs inside them. A host without this edge, or a VM
 * without a driver, cannot be ballooned. `owner` is the strategy that asks: each has a balloon of its own, and gets
 * back only what it was given.
 */
export interface GuestDrivers extends GuestAnswers {
  /** See GuestService.inflate. */
  inflate(vm: VmId, count: number, into: Uint32Array, owner: string): number;
  /** See GuestService.deflate. */
  deflate(vm: VmId, count: number, into: Uint32Array, owner: string): number;
  /** See GuestService.deflatePages; absent where drivers cannot name pages (vmw_balloon, virtio-balloon). */
  deflatePages?(vm: VmId, pages: Uint32Array, into: Uint32Array, owner: string): number;
  /** See GuestService.unplug; absent where no guest can. */
  unplug?(vm: VmId, order: number, blocks: number, into: Uint32Array, owner: string): number;
  /** See GuestService.plug. */
  plug?(vm: VmId, order: number, first: Gfn, owner: string): boolean;
}
