import type { LruLists } from '@overbook/core/internals';

import { ACTIVE_ANON, ACTIVE_FILE, INACTIVE_ANON, INACTIVE_FILE } from './lru-kinds.ts';
import type { OsCounters } from './os-counters.ts';
import type { PageFrames } from './page-frames.ts';
import type { ReclaimBalance } from './reclaim-balance.ts';
import type { SwapArea } from './swap-area.ts';

/** Pages that reclaim works on at a time (Linux SWAP_CLUSTER_MAX). */
const CLUSTER = 32;
/** Reclaim begins with this part of a list, 2^-12 of it (Linux DEF_PRIORITY). */
const PRIORITY = 12;

/** How a frame is taken from its owner. Both say whether it is free now. */
export interface Evictions {
  /** To the swap device. */
  pageOut(frame: number): boolean;
  /** From the page cache. */
  drop(frame: number): boolean;
}

/** What the scan looks at. */
export interface Scanned {
  readonly frames: PageFrames;
  readonly lists: LruLists;
  readonly balance: ReclaimBalance;
  readonly swap: SwapArea;
  readonly counters: OsCounters;
}

/** Page reclaim (mm/vmscan.c): the inactive lists give pages up, those in use get a second chance. */
export class PageReclaim {
  readonly #frames: PageFrames;
  readonly #lists: LruLists;
  readonly #balance: ReclaimBalance;
  readonly #swap: SwapArea;
  readonly #counters: OsCounters;
  readonly #evictions: Evictions;

  constructor({ frames, lists, balance, swap, counters }: Scanned, evictions: Evictions) {
    this.#frames = frames;
    this.#lists = lists;
    this.#balance = balance;
    this.#swap = swap;
    this.#counters = counters;
    this.#evictions = evictions;
  }

  /**
   * Frees about a cluster of frames (shrink_lruvec): looks at ever larger parts of the lists until enough is free.
   * @returns how many it freed, 0 when there is nothing left
   */
  shrink(): number {
    let freed = 0;
    const mayTrim = this.#balance.takeTrim();
    for (let priority = PRIORITY; priority >= 0 && freed < CLUSTER; priority--) {
      this.#deactivate(ACTIVE_FILE, INACTIVE_FILE);
      if (this.#swap.free > 0) this.#deactivate(ACTIVE_ANON, INACTIVE_ANON);
      const trim = mayTrim && this.#part(INACTIVE_FILE, priority, 1) > 0;
      const last = priority === 0;
      const anonPart = trim || this.#swap.free === 0 ? 0 : last ? 1 : this.#balance.anonPart;
      const file = this.#part(INACTIVE_FILE, priority, last ? 1 : 1 - anonPart);
      const anon = this.#part(INACTIVE_ANON, priority, anonPart);
      freed += this.#shrinkList(INACTIVE_FILE, file, CLUSTER - freed);
      freed += this.#shrinkList(INACTIVE_ANON, anon, CLUSTER - freed);
    }
    return freed;
  }

  #part(list: number, priority: number, part: number): number {
    return Math.floor((this.#lists.length[list]! / 2 ** priority) * part);
  }

  /** Inactive lists are kept at least as long as the active ones (inactive_is_low below 1 GiB: ratio 1). */
  #deactivate(active: number, inactive: number): void {
    const { length } = this.#lists;
    for (let i = 0; i < CLUSTER && length[active]! > length[inactive]!; i++) {
      const frame = this.#lists.oldest(active);
      this.#frames.accessed[frame] = 0;
      this.#lists.put(frame, inactive);
    }
  }

  #shrinkList(list: number, most: number, goal: number): number {
    let freed = 0;
    for (let scanned = 0; scanned < most && freed < goal; scanned++) {
      const frame = this.#lists.oldest(list);
      if (frame < 0) break;
      this.#counters.scanned++;
      if (this.#secondChance(frame, list)) continue;
      const gone = list === INACTIVE_ANON ? this.#evictions.pageOut(frame) : this.#evictions.drop(frame);
      if (gone) freed++;
      else this.#lists.put(frame, list);
    }
    return freed;
  }

  /**
   * page_check_references: touched anonymous pages and program code become active at once; other file pages at the
   * second time, and stay before.
   */
  #secondChance(frame: number, list: number): boolean {
    const { accessed, referenced, executable } = this.#frames;
    if (accessed[frame] === 0) return false;
    accessed[frame] = 0;
    const activate = list === INACTIVE_ANON || executable[frame] === 1 || referenced[frame] === 1;
    referenced[frame] = activate ? 0 : 1;
    this.#lists.put(frame, activate ? list + 1 : list);
    return true;
  }
}
