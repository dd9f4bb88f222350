import type { Gfn, Mfn, Nanoseconds, Pages, VmId } from '../units/page.ts';
import type { RandomStream } from './random.ts';
import type { Template } from './template.ts';

/** In place of a frame where none can be had. Compare with `=== NO_FRAME`: what is left is an Mfn. */
export const NO_FRAME = -1;

/** A virtual machine as a strategy sees it. */
export interface VmFacts {
  readonly id: VmId;
  readonly name: string;
  /** Configured memory: gfns run from 0 to size - 1. */
  readonly size: Pages;
  readonly reservation: Pages;
  /** Most machine memory the VM may hold; `size` when unlimited. */
  readonly limit: Pages;
  readonly shares: number;
  /** Its salt (sched.mem.pshare.salt), where it was given one. */
  readonly salt?: string;
  /** What its memory holds before its guest runs; absent: zeros. */
  readonly template?: Template;
  /** False: none of its pages may be shared, neither with other VMs nor within it (sched.mem.pshare.enable). */
  readonly sharing?: boolean;
}

/**
 * The mapping tables, as strategies may use them. A page has exactly one backing at a time, named by a kind:
 * core's `untouched`, `mapped`, `shared` and `ballooned`, or one that a strategy brings. Every method that
 * changes a backing also drops cached translations and keeps the counters. A host that cannot enumerate pages
 * does not bind PAGES.
 */
export interface PageService {
  readonly vms: readonly VmFacts[];
  /** Kind of backing of one page (core's are the KIND_ constants, a strategy's own are in `self.kinds`). */
  kind(vm: VmId, gfn: Gfn): number;
  /** Frame, slot or index behind the page, 28 bits; its meaning belongs to the kind. */
  payload(vm: VmId, gfn: Gfn): number;
  /** The machine frame of a mapped or shared page. Other kinds throw. */
  frame(vm: VmId, gfn: Gfn): Mfn;
  /** Pages of that kind in the VM, now. O(1). */
  count(vm: VmId, kind: number): Pages;
  /** Machine memory charged to the VM: mapped pages and its part of shared frames, in whole pages rounded up. */
  consumed(vm: VmId): Pages;

  /**
   * Accessed bits of the strategy's own: what it clears, nobody else misses, and what others clear it still sees.
   * Composition only: ask once, in `create`.
   */
  accessedBits(): AccessedBits;
  /**
   * Pages of a kind from `from` on, ascending, as many as `into` holds: a walk over a VM without a call for every page.
   * @returns how many were written to `into`; fewer than it holds where the VM ends
   */
  walk(vm: VmId, kind: number, from: number, into: Uint32Array): number;
  /** True when the guest wrote the page since the bit was last cleared. */
  dirty(vm: VmId, gfn: Gfn): boolean;
  clearDirty(vm: VmId, gfn: Gfn): void;
  /**
   * True when a 2 MiB mapping covers the page. Whatever takes such a page breaks the mapping into 512 small ones
   * first; a strategy that would rather leave large pages whole asks here.
   */
  isLarge(vm: VmId, gfn: Gfn): boolean;
  /** True while the page is in a fault: it must not be taken. */
  pinned(vm: VmId, gfn: Gfn): boolean;
  /**
   * A random private page of the VM, or -1 after `tries` draws without one. It is mapped: the last
   * page on a shared frame becomes private by it.
   */
  randomMapped(vm: VmId, random: RandomStream, tries: number): number;

  /**
   * mapped → a strategy's own kind. The frame goes back to the pool.
   * @param writtenAt when a device has written the page (SwapDevice.write): until then the frame counts as freed, and
   * whoever needs it waits. Absent: it is usable at once, or when the receipt says so
   * @returns frames freed (1).
   */
  evict(vm: VmId, gfn: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): Pages;
  /**
   * The last step of a fault: a strategy's kind → mapped on `mfn`, which it took with FrameService.take; or of bringing
   * back a page that nobody waits for, on a frame of FrameService.takeAhead.
   */
  install(vm: VmId, gfn: Gfn, mfn: Mfn): void;
  /**
   * The last step of a fault that only reads: a strategy's kind → shared on `keeper`, a shared frame of the right
   * content or one that the strategy keeps (FrameService.keepShared). Takes no frame. A page that is about to be
   * written is refused.
   */
  installShared(vm: VmId, gfn: Gfn, keeper: Mfn): void;
  /**
   * After `install`: the strategy keeps what it brought back, so that the page can leave again to the same payload
   * without being saved, as long as its guest has not written it (Linux's swap cache). When that cannot be any more,
   * the host calls the kind's `release`. The page's dirty bit is clear from here on.
   */
  keepCopy(vm: VmId, gfn: Gfn, kind: number, payload: number): void;
  /** Payload of the copy of that kind that is as the page is now: `evict` to it as it is. -1 when there is none. */
  copyOf(vm: VmId, gfn: Gfn, kind: number): number;
  /** The copy of a page, if it has one, is given up: `release` is called. */
  dropCopy(vm: VmId, gfn: Gfn): void;
  /**
   * untouched → a strategy's own kind, before the guest has run (Strategy.poweredOn): the strategy answers for what
   * the page holds from now on, its template's content where it has one. Later than that it throws.
   */
  attach(vm: VmId, gfn: Gfn, kind: number, payload: number): void;
  /**
   * A strategy's kind → the same or another kind, of this or another strategy: a slot moved.
   * @param writtenAt when a device has written what was taken over (Strategy.accept): until then the frames that its
   * giver gives back are not usable
   */
  relocate(vm: VmId, gfn: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): void;

  /** mapped → shared with one reference: the frame becomes read-only for its guest. */
  makeShared(vm: VmId, gfn: Gfn): Mfn;
  /** mapped → shared on `keeper`, a shared or kept frame of equal content. @returns frames freed (1). */
  merge(vm: VmId, gfn: Gfn, keeper: Mfn): Pages;
  /** True for a read-only shared frame that has at least one reference. */
  isShared(mfn: Mfn): boolean;
  /** References to a frame: 0 free, 1 private, any number for a shared one. */
  references(mfn: Mfn): number;
  /** Pages of all VMs that are the last on a shared frame (`references` is 1): taking one frees a frame. O(1). */
  lastOnShared(): Pages;
  /** shared, and the last on its frame → mapped: as private as before it was shared. A page in a fault throws. */
  unshare(vm: VmId, gfn: Gfn): void;
  /**
   * shared → mapped, with the same content: the last page on its frame keeps it, another gets a copy on a frame of its
   * own, for which memory may be reclaimed. Not for faults.
   * @returns false when no frame could be had: the page is shared as before
   */
  makePrivate(vm: VmId, gfn: Gfn, at: Nanoseconds): boolean;

  /** Any kind → ballooned: the guest gave the page. What backed it is released. @returns frames freed. */
  balloon(vm: VmId, gfn: Gfn): Pages;
  /** ballooned, or a kind of the role `unplugged` → untouched: the guest has it back; a touch gets a zeroed frame. */
  unballoon(vm: VmId, gfn: Gfn): void;

  /**
   * Any kind → a strategy's own kind, with no content carried over: the guest does not need it (it reported the page
   * free), or the strategy has saved it already (a shared page). What backed it is released. A page in a fault throws.
   * @param writtenAt as in `evict`
   * @returns frames freed.
   */
  drop(vm: VmId, gfn: Gfn, kind: number, payload: number, writtenAt?: Nanoseconds): Pages;

  /** Pages oldest first, by when they were mapped. Tracking starts with the first call (composition only). */
  byArrival(): PageOrder;
  /** Pages oldest first, by their last touch; costs a log entry per touch. Composition only. */
  byLastTouch(): PageOrder;
  /**
   * Lists of the strategy's own, of each VM, for the pages that have a frame: one that gets a frame goes to the head of
   * the list that `startsOn` says, and one that gives it up is on none. One that comes to be shared keeps its place.
   * Composition only.
   * @param count lists of each VM @param startsOn the list of a page, and the kind that it has come from
   * @returns the lists of each VM
   */
  lists(count: number, startsOn: (vm: VmId, gfn: Gfn, was: number) => number): readonly PageLists[];
}

/** Pages on numbered lists between which their owner moves them; every page is on one at most. */
export interface PageLists {
  /** Pages on each list. */
  readonly length: Readonly<Float64Array>;
  /** List of a page, or -1. */
  listOf(page: number): number;
  /** Puts a page at the head of a list, from wherever it was. */
  put(page: number, list: number): void;
  /** Takes a page off its list. */
  remove(page: number): void;
  /** Oldest page of a list, or -1. */
  oldest(list: number): number;
}

/**
 * Which pages a guest touched, as one strategy sees it. The access that maps a page leaves its bit clear: set, it says
 * "touched again since".
 */
export interface AccessedBits {
  /** True when the guest touched the page after it was mapped or since this strategy last cleared the bit. */
  accessed(vm: VmId, gfn: Gfn): boolean;
  /** Clears the bit (and drops the cached translation, so that the next touch sets it again). */
  clear(vm: VmId, gfn: Gfn): void;
  /**
   * Finds the touched pages of [from, to) and clears their bits, until `into` is full.
   * @returns how many were written to `into`, ascending
   */
  takeAccessed(vm: VmId, from: number, to: number, into: Uint32Array): number;
}

/**
 * Pages of each VM that have a frame, private or shared, in an order, oldest first. One that comes to be shared keeps
 * its place.
 */
export interface PageOrder {
  /**
   * Takes the oldest private page out of the order and returns it: it is mapped (the last page on a
   * shared frame becomes private by it). Pages that share their frame go to the end of the order, since taking one
   * frees nothing; with `shared`, the oldest of them is returned when there is no other. -1 when there is none.
   */
  takeOldest(vm: VmId, shared?: boolean): number;
  /** Puts a page in as the newest. */
  putNewest(vm: VmId, gfn: Gfn): void;
}

/** Machine frames for a strategy's own storage and for faults. Each strategy gets one that counts in its name. */
export interface FrameService {
  /** Free frames, the reserve included, and those that a device is still writing. */
  readonly free: number;
  readonly total: number;
  /**
   * A zeroed frame to fill and `install` during a fault. May reclaim; the page in the fault is safe.
   * @returns the frame, or NO_FRAME when none can be had now: answer BLOCKED then.
   */
  take(vm: VmId, at: Nanoseconds): Mfn | typeof NO_FRAME;
  /**
   * A zeroed frame to fill and `install` for a page of the strategy's own kinds that nobody waits for (read-ahead): one
   * that is free beyond the reserve now and written, within the limits of the VM and its pools. Never reclaims.
   * @returns the frame, or NO_FRAME
   */
  takeAhead(vm: VmId, gfn: Gfn): Mfn | typeof NO_FRAME;
  /**
   * When the frame that `take` returned last is really usable: later than `at` if reclaim had to wait for a
   * device.
   */
  readonly readyAt: Nanoseconds;
  /** A frame for the strategy's own books (a compressed cache). May use the reserve. @returns the frame or NO_FRAME. */
  takeOwn(): Mfn | typeof NO_FRAME;
  /** Gives back one of its frames. A frame that it keeps for guests goes when the last page has left it. */
  giveOwn(mfn: Mfn): void;
  /**
   * One of its frames becomes one that guest pages may share (installShared, merge), from none to any number, and
   * is not written any more. With pages on it, it is charged to their VMs like any shared frame; without, it is the
   * strategy's own again and stays until giveOwn.
   */
  keepShared(mfn: Mfn): void;
  /** Frames the strategy holds for itself, kept ones with guest pages on them left out. */
  readonly own: Pages;
}

/** Sharing domains: two pages may share a frame only when their VMs' salts are equal (VMware KB 2080735). */
export interface SaltService {
  /**
   * 0: one domain for all; 1: the VM's salt, or the common domain where it has none; 2 (default): the VM's
   * salt, or a separate domain. An empty salt is a separate domain under 1 and 2.
   */
  setMode(mode: 0 | 1 | 2): void;
  /** Domain of a VM: equal numbers may share. */
  domain(vm: VmId): number;
}

/** Asks the mix's other strategies to keep a page cheaper than its finder would. */
export interface RescueService {
  /** True when some strategy shared or compressed the page: it is no longer mapped. */
  rescue(vm: VmId, gfn: Gfn, at: Nanoseconds): boolean;
}

/**
 * Hands a page on to a strategy further from memory, one that comes later in the mix: a compressed page that must
 * leave its cache goes to swap.
 */
export interface DemoteService {
  /**
   * @param mfn frame that holds the page's content now; the page itself is in the caller's kind
   * @returns true when another strategy took it over: the page is in that strategy's kind.
   */
  demote(vm: VmId, gfn: Gfn, mfn: Mfn, at: Nanoseconds): boolean;
  /** When everything that was handed on so far is written: who hands on a lot does not run ahead of its device. */
  readonly writtenAt: Nanoseconds;
}
