import type { Backing, Pages, Resolved, Self, ShrinkRequest, Strategy, Victim, VmId } from '@overbook/core';
import { BLOCKED, PAGE_BYTES, toPages } from '@overbook/core';
import type { Subscription } from 'rxjs';
import type { output } from 'zod';

import { sizeClasses } from '../linux-options.ts';
import type { linuxNeeds } from '../needs.ts';
import { QueuedWork } from '../queued-work.ts';
import { isWord } from '../vm-entries.ts';
import { ZsStore } from '../zsmalloc/zs-store.ts';
import type { ZswapOptions, ZswapRules, zswapTunable } from './options.ts';
import { zswapRules } from './options.ts';
import { PoolLimit } from './pool-limit.ts';
import { Writeback } from './writeback.ts';

type Deps = Resolved<typeof linuxNeeds>;

/** What the strategy counts since power-on, under Linux's names. */
interface Tally {
  zswpout: number;
  zswpin: number;
  reject_compress_poor: number;
  reject_alloc_fail: number;
}

/**
 * Linux's zswap (mm/zswap.c, Documentation/admin-guide/mm/zswap.rst): a compressed cache in front of a swap device. A
 * page about to be swapped out is kept in one pool of the host's memory. A full pool takes no more pages: they go to
 * the device, until writeback in the background, oldest pages first, has made it smaller.
 */
export class Zswap implements Strategy {
  readonly backings: Readonly<Record<'zswapped', Backing>>;
  readonly #deps: Deps;
  readonly #rules: ZswapRules;
  readonly #store: ZsStore;
  readonly #limit: PoolLimit;
  readonly #writeback: Writeback;
  readonly #work: QueuedWork;
  readonly #compactSeconds: number;
  readonly #tally: Tally = { zswpout: 0, zswpin: 0, reject_compress_poor: 0, reject_alloc_fail: 0 };

  constructor(deps: Deps, options: ZswapOptions, { id, kinds }: Self) {
    const { clock, frames, demote } = deps;
    const kind = kinds['zswapped']!;
    this.#deps = deps;
    this.#rules = zswapRules(options);
    this.#compactSeconds = options.compactSeconds;
    this.#limit = new PoolLimit(frames.total, options.maxPoolPercent, options.acceptThresholdPercent);
    this.#store = new ZsStore({
      deps,
      id,
      kind,
      classes: sizeClasses(options),
      compressor: options.compressor,
    });
    this.#writeback = new Writeback(
      this.#store,
      this.#rules.secondChance,
      () => this.#limit.accept,
      () => demote.writtenAt,
    );
    this.#work = new QueuedWork(clock, () => this.#writeback.part(clock.now()));
    this.backings = {
      zswapped: {
        fault: (vm, page, entry, at) => {
          const readyAt = this.#store.refill(vm, page, entry, at);
          if (readyAt !== BLOCKED) this.#tally.zswpin++;
          return readyAt;
        },
        release: (vm, _page, entry) => this.#store.give(vm, entry),
        peek: (vm, _page, entry, into) => this.#store.load(vm, entry, into),
        footprint: () => toPages(this.#store.pool.frames),
      },
    };
  }

  start(): Subscription {
    const { subscription } = this.#work;
    subscription.add(this.#store.compactEvery(this.#compactSeconds, this.#deps.clock));
    return subscription;
  }

  rescue(victim: Victim): boolean {
    const { sameFilled, storesIncompressible } = this.#rules;
    const word = isWord(sameFilled, this.#deps.store, victim.mfn);
    // A bitmap of the swap device has zero pages, whatever becomes of zswap.
    if (word && sameFilled === 'zeros') return this.#keepWord(victim);
    if (!this.#limit.accepts(this.#store.pool.frames)) {
      this.#writeback.ask();
      this.#work.queue();
      return false;
    }
    if (word) return this.#keepWord(victim);
    const bytes = this.#store.compress(victim);
    if (bytes >= PAGE_BYTES && !storesIncompressible) {
      this.#tally.reject_compress_poor++;
      return false;
    }
    if (!this.#store.keep(victim, Math.min(bytes, PAGE_BYTES))) {
      this.#tally.reject_alloc_fail++;
      return false;
    }
    this.#tally.zswpout++;
    return true;
  }

  shrink(request: ShrinkRequest): Pages {
    return this.#store.shrink(request, () => this.#writeback.writeOldest(request.vm, request.at));
  }

  /** A lower maximum stops growth; the pool is full until writeback has made it smaller. */
  tune({ maxPoolPercent, acceptThresholdPercent }: output<typeof zswapTunable>): void {
    this.#limit.set(maxPoolPercent, acceptThresholdPercent);
  }

  counters(): Readonly<Record<string, number>> {
    const { pool, count, sameFilled, bytesKept, wholePages } = this.#store;
    return {
      stored_pages: count,
      pool_total_size: pool.frames * PAGE_BYTES,
      compressed_bytes: bytesKept,
      same_filled_pages: sameFilled,
      stored_incompressible_pages: wholePages,
      ...this.#tally,
      pool_limit_hit: this.#limit.hits,
      written_back_pages: this.#writeback.written,
      reject_reclaim_fail: this.#writeback.refused,
      pages_compacted: this.#store.compacted,
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    return this.#store.vmCounters(vm);
  }

  verify(): void {
    this.#store.verify();
  }

  #keepWord(victim: Victim): boolean {
    this.#store.keepWord(victim);
    this.#tally.zswpout++;
    return true;
  }
}
