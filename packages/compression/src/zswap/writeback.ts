import type { Nanoseconds, VmId } from '@overbook/core';
import { toNs, toVmId } from '@overbook/core';

import type { ZsStore } from '../zsmalloc/zs-store.ts';

/** Entries that may be passed over or fail before a run of the work ends (MAX_RECLAIM_RETRIES). */
const FAILURES_MAX = 16;
/** Assumed: writes that are under way at once, the depth of a SATA queue. */
const WRITES_AT_ONCE = 32;

/**
 * Linux's shrink_worker (mm/zswap.c): takes the oldest entry of one VM after the other and writes it to the swap
 * device, until the pool is as small as it is to be, or until 16 entries were passed over or could not go. Every page
 * that a full pool refuses asks for a run. In Linux a run that only passes entries over ends before the next page
 * comes; here time stands still while pages are refused, so their runs are made up for together.
 */
export class Writeback {
  readonly #store: ZsStore;
  readonly #secondChance: boolean;
  readonly #target: () => number;
  readonly #writtenAt: () => Nanoseconds;
  #next = 0;
  #isUnderWay = false;
  #failures = 0;
  #mayFail = 0;
  #written = 0;
  #refused = 0;

  /**
   * @param secondChance an entry is passed over once before it may go
   * @param target frames that the pool is to have
   * @param writtenAt when what was handed on last is written
   */
  constructor(store: ZsStore, secondChance: boolean, target: () => number, writtenAt: () => Nanoseconds) {
    this.#store = store;
    this.#secondChance = secondChance;
    this.#target = target;
    this.#writtenAt = writtenAt;
  }

  /** Pages written back (written_back_pages). */
  get written(): number {
    return this.#written;
  }

  /** Entries that could not go (reject_reclaim_fail). */
  get refused(): number {
    return this.#refused;
  }

  /** A page was refused. While writes are under way, all that ask get one more run. */
  ask(): void {
    this.#mayFail = (this.#isUnderWay ? this.#failures : this.#mayFail) + FAILURES_MAX;
  }

  /** As many pages as are written at once. @returns when to go on; undefined when this is over */
  part(at: Nanoseconds): Nanoseconds | undefined {
    this.#isUnderWay = true;
    for (let written = 0; written < WRITES_AT_ONCE;) {
      const goesOn = this.#store.pool.frames > this.#target() && this.#failures < this.#mayFail;
      const vm = goesOn ? this.#nextVm() : -1;
      if (vm < 0) {
        this.#failures = this.#mayFail = 0;
        this.#isUnderWay = false;
        return undefined;
      }
      if (this.#tryOldest(toVmId(vm), at)) written++;
      else this.#failures++;
    }
    return toNs(Math.max(at, this.#writtenAt()));
  }

  /** The oldest page of a VM goes at once. @returns false where it could not; it is the newest then */
  writeOldest(vm: VmId, at: Nanoseconds): boolean {
    const { pages: kept } = this.#store.entries[vm]!;
    const entry = kept.oldest();
    if (this.#store.handOn(vm, entry, at)) {
      this.#written++;
      return true;
    }
    this.#refused++;
    kept.renew(entry);
    return false;
  }

  #tryOldest(vm: VmId, at: Nanoseconds): boolean {
    const { pages: kept } = this.#store.entries[vm]!;
    const entry = kept.oldest();
    if (!this.#secondChance || kept.wasPassed(entry)) return this.writeOldest(vm, at);
    kept.pass(entry);
    return false;
  }

  /** The next VM that has a page in the pool; -1 when none has. */
  #nextVm(): number {
    const { entries } = this.#store;
    for (let i = 0; i < entries.length; i++) {
      const vm = (this.#next + i) % entries.length;
      if (entries[vm]!.pages.oldest() < 0) continue;
      this.#next = (vm + 1) % entries.length;
      return vm;
    }
    return -1;
  }
}
