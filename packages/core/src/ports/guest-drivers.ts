import type { Gfn, Nanoseconds, Pages, VmId } from '../units/page.ts';

/** What a guest's own kernel told about its memory. A value that the guest did not tell is undefined, never 0. */
export interface GuestStatistics {
  /** Pages on the guest's free lists. */
  readonly free?: Pages;
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

/**
 * The cooperative side of guests: what runs inside them. A host without this edge, or a VM without a driver,
 * cannot be ballooned. Every answer may be smaller than what was asked: the guest decides.
 */
export interface GuestDrivers {
  /** True where a balloon driver runs and answers now (a booting guest has none yet). */
  hasDriver(vm: VmId): boolean;
  /** False where no balloon driver will ever run in the VM; asked while the host is composed. Absent: one may. */
  mayHaveDriver?(vm: VmId): boolean;
  /** Last statistics, or undefined where the guest tells none. */
  statistics(vm: VmId): GuestStatistics | undefined;
  /**
   * The guest allocates and pins up to `count` pages for the balloon and writes their numbers to `into`.
   * The guest picks: free pages, then clean cache, then what it pages out to its own swap.
   * @returns how many it gave; fewer when it cannot or will not.
   */
  inflate(vm: VmId, count: number, into: Uint32Array): number;
  /**
   * The guest gets `count` pages back from its balloon; their numbers are written to `into`. @returns how
   * many.
   */
  deflate(vm: VmId, count: number, into: Uint32Array): number;
  /**
   * Free pages the guest reports as unused without giving them up (virtio-balloon free page reporting). Reported
   * pages may be dropped by the host and read as zero when touched again. A page is told once for as long as it
   * stays free.
   * @param order only pages of whole aligned blocks of 2^order free pages (Linux reports blocks of 2 MiB, order 9)
   * @returns how many were written to `into`.
   */
  reportFree(vm: VmId, count: number, into: Uint32Array, order: number): number;
}

/** True for a page that must stay as it is for now, e.g. under device I/O. */
export type IsPinned = (vm: VmId, gfn: Gfn) => boolean;
