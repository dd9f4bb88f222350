import type { Backing, Pages, Resolved, Self, ShrinkRequest, Strategy, Victim, VmId } from '@overbook/core';
import { BLOCKED, PAGE_BYTES, toPages } from '@overbook/core';
import type { Subscription } from 'rxjs';
import type { output } from 'zod';

import { sizeClasses } from '../linux-options.ts';
import type { linuxNeeds } from '../needs.ts';
import { isWord } from '../vm-entries.ts';
import { ZsStore } from '../zsmalloc/zs-store.ts';
import type { ZramOptions, zramTunable } from './options.ts';

type Deps = Resolved<typeof linuxNeeds>;

/** What the strategy counts since power-on, under Linux's names where there are any. */
interface Tally {
  pswpout: number;
  pswpin: number;
  failed_writes: number;
  /** Victims that came to a device whose slots were all used. */
  swap_full: number;
  huge_pages_since: number;
  /** Pages that had to make room, in place of a guest that would have ended. */
  handed_on: number;
}

/**
 * Linux's zram as a swap device (drivers/block/zram/zram_drv.c, Documentation/admin-guide/blockdev/zram.rst), of higher
 * priority than the swapper's own: victims go to it while it has slots, then to the other. Nothing leaves it but by a
 * touch: it has no backing device.
 */
export class Zram implements Strategy {
  readonly backings: Readonly<Record<'zram', Backing>>;
  readonly #deps: Deps;
  readonly #store: ZsStore;
  readonly #slots: number;
  readonly #hugeBytes: number;
  readonly #compactSeconds: number;
  readonly #tally: Tally = {
    pswpout: 0,
    pswpin: 0,
    failed_writes: 0,
    swap_full: 0,
    huge_pages_since: 0,
    handed_on: 0,
  };
  #mostFrames: number;

  constructor(deps: Deps, options: ZramOptions, { id, kinds }: Self) {
    const classes = sizeClasses(options);
    this.#deps = deps;
    this.#store = new ZsStore({ deps, id, kind: kinds['zram']!, classes, compressor: options.compressor });
    this.#slots = Math.ceil((deps.frames.total * options.disksizePercent) / 100);
    this.#hugeBytes = classes.hugeBytes;
    this.#compactSeconds = options.compactSeconds;
    this.#mostFrames = this.#limit(options.memLimitPercent);
    this.backings = {
      zram: {
        fault: (vm, page, entry, at) => {
          const readyAt = this.#store.refill(vm, page, entry, at);
          if (readyAt !== BLOCKED) this.#tally.pswpin++;
          return readyAt;
        },
        release: (vm, _page, entry) => this.#store.give(vm, entry),
        peek: (vm, _page, entry, into) => this.#store.load(vm, entry, into),
        footprint: () => toPages(this.#store.pool.frames),
      },
    };
  }

  start(): Subscription {
    return this.#store.compactEvery(this.#compactSeconds, this.#deps.clock);
  }

  rescue(victim: Victim): boolean {
    if (this.#store.count >= this.#slots) {
      this.#tally.swap_full++;
      return false;
    }
    if (isWord(true, this.#deps.store, victim.mfn)) {
      this.#store.keepWord(victim);
      this.#tally.pswpout++;
      return true;
    }
    const bytes = this.#store.compress(victim);
    const isHuge = bytes >= this.#hugeBytes;
    if (!this.#store.keep(victim, isHuge ? PAGE_BYTES : bytes, this.#mostFrames)) {
      this.#tally.failed_writes++;
      return false;
    }
    if (isHuge) this.#tally.huge_pages_since++;
    this.#tally.pswpout++;
    return true;
  }

  /** Linux has no such way out, and would end a process where nothing else is left to take. */
  shrink(request: ShrinkRequest): Pages {
    const { vm, at } = request;
    const { pages: kept } = this.#store.entries[vm]!;
    return this.#store.shrink(request, () => {
      const oldest = kept.oldest();
      if (this.#store.handOn(vm, oldest, at)) {
        this.#tally.handed_on++;
        return true;
      }
      kept.renew(oldest);
      return false;
    });
  }

  /** A lower limit stops growth and drops nothing. */
  tune({ memLimitPercent }: output<typeof zramTunable>): void {
    if (memLimitPercent !== undefined) this.#mostFrames = this.#limit(memLimitPercent);
  }

  counters(): Readonly<Record<string, number>> {
    const { pool, count, sameFilled, bytesKept, wholePages, compacted } = this.#store;
    const { huge_pages_since: hugeSince, ...tally } = this.#tally;
    return {
      orig_data_size: count * PAGE_BYTES,
      compr_data_size: bytesKept,
      mem_used_total: pool.frames * PAGE_BYTES,
      mem_used_max: pool.mostFrames * PAGE_BYTES,
      same_pages: sameFilled,
      pages_compacted: compacted,
      huge_pages: wholePages,
      huge_pages_since: hugeSince,
      ...tally,
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    return this.#store.vmCounters(vm);
  }

  verify(): void {
    this.#store.verify();
    if (this.#store.count > this.#slots)
      throw new Error(`${this.#store.count} pages on a device of ${this.#slots} slots`);
  }

  #limit(percent: number): number {
    return percent === 0 ? Infinity : Math.ceil((this.#deps.frames.total * percent) / 100);
  }
}
