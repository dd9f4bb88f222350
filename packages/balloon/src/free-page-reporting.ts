import type { Backing, Gfn, Nanoseconds, Resolved, Self, Strategy, VmFacts, VmId } from '@overbook/core';
import { BLOCKED, KIND_BALLOONED, KIND_UNTOUCHED, toGfn, toPages, NO_FRAME, done } from '@overbook/core';
import type { Subscription } from 'rxjs';
import { interval } from 'rxjs';
import type { output } from 'zod';

import type { reportingNeeds } from './needs.ts';
import type { freePageReportingOptions } from './options.ts';
import { pagesPerRound } from './report-round.ts';

type Deps = Resolved<typeof reportingNeeds>;
type Options = output<typeof freePageReportingOptions>;

/** What the strategy counts since power-on, in pages. */
interface Tally {
  dropped: number;
  /** Pages told by a guest that does not keep to whole blocks; they stay. */
  scattered: number;
  /** Dropped pages that the guest touched again. */
  touched: number;
}

/**
 * Free page reporting (Linux mm/page_reporting.c, virtio-balloon): the guest tells which pages are on its free lists
 * and keeps them; the host drops their backing. The guest may use such a page at any time and then finds
 * it zero. It costs the guest nothing but that fault, and gives only what the guest has no use for.
 */
export class FreePageReporting implements Strategy {
  readonly backings: Readonly<Record<'reported', Backing>>;
  readonly #deps: Deps;
  readonly #options: Options;
  readonly #kind: number;
  /** Page numbers of one report; grown as guests have more to report. */
  #told = new Uint32Array(0);
  readonly #tally: Tally = { dropped: 0, scattered: 0, touched: 0 };

  constructor(deps: Deps, options: Options, self: Self) {
    this.#deps = deps;
    this.#options = options;
    this.#kind = self.kinds['reported']!;
    this.backings = {
      reported: {
        fault: (vm, page, _payload, at) => this.#fault(vm, page, at),
        release: () => undefined,
        peek: (_vm, _page, _payload, into) => deps.store.zero(into),
        footprint: () => toPages(0),
      },
    };
  }

  start(): Subscription {
    return interval(this.#options.pollMs, this.#deps.clock.scheduler).subscribe(() => {
      for (const vm of this.#deps.pages.vms) if (this.#deps.guests.hasDriver(vm.id)) this.#poll(vm);
    });
  }

  counters(): Readonly<Record<string, number>> {
    const reported = this.#deps.pages.vms.reduce(
      (sum, { id }) => sum + this.#deps.pages.count(id, this.#kind),
      0,
    );
    return { ...this.#tally, reported };
  }

  #poll(vm: VmFacts): void {
    const { guests } = this.#deps;
    const { order } = this.#options;
    const most = this.#options.pagesPerPoll ?? pagesPerRound(vm.size, guests.statistics(vm.id), order);
    if (this.#told.length < most) this.#told = new Uint32Array(most);
    const count = guests.reportFree(vm.id, most, this.#told, order);
    const told = this.#told.subarray(0, count).sort();
    const blockPages = 2 ** order;
    let dropped = 0;
    for (let from = 0, to = 0; from < count; from = to) {
      const block = Math.floor(told[from]! / blockPages);
      while (to < count && Math.floor(told[to]! / blockPages) === block) to++;
      if (this.#isWhole(vm, told.subarray(from, to), block * blockPages)) {
        for (let i = from; i < to; i++) dropped += this.#drop(vm.id, toGfn(told[i]!));
      } else {
        this.#tally.scattered += to - from;
      }
    }
    this.#tally.dropped += dropped;
    this.#deps.meter.spend('reportPage', dropped);
  }

  /** @returns 1 when the page had a backing */
  #drop(vm: VmId, page: Gfn): number {
    const { pages: mapping } = this.#deps;
    const kind = mapping.kind(vm, page);
    if (kind === KIND_UNTOUCHED || kind === KIND_BALLOONED || kind === this.#kind) return 0;
    mapping.drop(vm, page, this.#kind, 0);
    return 1;
  }

  /** True when every page of the block from `first` on was told now or has nothing behind it already. */
  #isWhole(vm: VmFacts, told: Uint32Array, first: number): boolean {
    const end = first + 2 ** this.#options.order;
    if (end > vm.size) return false;
    for (let page = first, at = 0; page < end; page++) {
      if (told[at] === page) {
        at++;
        continue;
      }
      const kind = this.#deps.pages.kind(vm.id, toGfn(page));
      if (kind !== this.#kind && kind !== KIND_UNTOUCHED) return false;
    }
    return true;
  }

  #fault(vm: VmId, page: Gfn, at: Nanoseconds): Nanoseconds {
    const { frames, meter } = this.#deps;
    const frame = frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    // The frame is zeroed already: no one needs a free page's content.
    const { readyAt } = frames;
    this.#deps.pages.install(vm, page, frame);
    this.#tally.touched++;
    return done(at, readyAt, meter.spend('firstTouch'));
  }
}
