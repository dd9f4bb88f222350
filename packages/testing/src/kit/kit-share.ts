import type { Gfn, Mfn, Resolved, Strategy, StrategyPlugin, VmFacts, VmId } from '@overbook/core';
import { CLOCK, KIND_MAPPED, METER, PAGES, PAGE_STORE, SALTS, defineStrategy, toGfn } from '@overbook/core';
import type { Subscription } from 'rxjs';
import { interval } from 'rxjs';

import { noOptions } from './kit-swap.ts';

/** What the kit's sharing asks of a host. */
export const kitShareNeeds = { pages: PAGES, store: PAGE_STORE, salts: SALTS, clock: CLOCK, meter: METER };

const SCAN_MS = 1000;

/** A page that others may be merged with, as it was when it was looked at. */
interface Candidate {
  readonly vm: VmId;
  readonly page: Gfn;
  readonly frame: Mfn;
}

/**
 * The smallest sharing that is right: every scan starts from nothing, looks at every mapped page and merges it with
 * the first one of equal content in its sharing domain. Slow, and plain enough to be judged by eye.
 */
class KitShare implements Strategy {
  readonly #deps: Resolved<typeof kitShareNeeds>;
  readonly #domain: (vm: VmId) => number;
  readonly #allowed: (vm: VmFacts) => boolean;
  #shared = 0;

  constructor(
    deps: Resolved<typeof kitShareNeeds>,
    domain: (vm: VmId) => number,
    allowed: (vm: VmFacts) => boolean,
  ) {
    this.#allowed = allowed;
    this.#deps = deps;
    this.#domain = domain;
  }

  start(): Subscription {
    return interval(SCAN_MS, this.#deps.clock.scheduler).subscribe(() => this.#scan());
  }

  counters(): Readonly<Record<string, number>> {
    return { shared: this.#shared };
  }

  #scan(): void {
    const { pages } = this.#deps;
    const seen = new Map<string, Candidate>();
    for (const facts of pages.vms) {
      if (!this.#allowed(facts)) continue;
      const { id, size } = facts;
      for (let page = 0; page < size; page++) {
        if (pages.kind(id, toGfn(page)) === KIND_MAPPED && !pages.pinned(id, toGfn(page)))
          this.#look(seen, id, toGfn(page));
      }
    }
  }

  #look(seen: Map<string, Candidate>, vm: VmId, page: Gfn): void {
    const { pages, store, meter } = this.#deps;
    const frame = pages.frame(vm, page);
    meter.spend('hashPage');
    const key = `${this.#domain(vm)} ${store.hashLo(frame)} ${store.hashHi(frame)}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, { vm, page, frame });
    } else if (store.equal(first.frame, frame)) {
      const keeper = pages.isShared(first.frame) ? first.frame : pages.makeShared(first.vm, first.page);
      pages.merge(vm, page, keeper);
      this.#shared++;
    }
  }
}

/**
 * @param domain sharing domain of a VM; a right one asks SALTS
 * @param allowed whether a VM's pages may be shared; a right one asks the VM's `sharing`
 */
export function makeKitShare(
  deps: Resolved<typeof kitShareNeeds>,
  domain: (vm: VmId) => number,
  allowed: (vm: VmFacts) => boolean = ({ sharing }) => sharing !== false,
): Strategy {
  return new KitShare(deps, domain, allowed);
}

/** The kit's own page sharing, as a plugin: what broken copy-on-write is shown with. */
export const kitShare: StrategyPlugin<typeof kitShareNeeds, typeof noOptions> = defineStrategy({
  id: 'kit-share',
  contract: 2,
  title: 'Shares equal pages of VMs with one salt, scanning everything every second',
  options: noOptions,
  needs: kitShareNeeds,
  claims: ['shared'],
  create: (deps) => makeKitShare(deps, (vm) => deps.salts.domain(vm)),
});
