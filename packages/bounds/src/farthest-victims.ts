import type { FutureService, Gfn, PageService, VmId } from '@overbook/core';
import { KIND_MAPPED, KIND_SHARED, toGfn } from '@overbook/core';
import type { Victims } from '@overbook/hostswap';

import { Tournament } from './tournament.ts';

/** In place of the next access of a page that is no candidate. */
const NO_CANDIDATE = -1;

/** What is known of one VM's pages. */
interface Pages {
  /** Next access of each page, negated: the largest is the one that comes first. */
  readonly soonest: Tournament;
  /** Next access of each page that may be taken, or NO_CANDIDATE. */
  readonly farthest: Tournament;
}

/**
 * Belady's rule (IBM Systems Journal 5(2), 1966): take the page whose next access is farthest in the future. What is
 * known of a page is looked up again when an access that was ahead is over: a page that was touched is in memory, and
 * its next access is another one.
 */
export class FarthestVictims implements Victims {
  readonly #pages: PageService;
  readonly #future: FutureService;
  /** By VM; undefined where nothing was asked since power-on. */
  readonly #known: (Pages | undefined)[];

  constructor(pages: PageService, future: FutureService) {
    this.#pages = pages;
    this.#future = future;
    this.#known = pages.vms.map(() => undefined);
  }

  next(vm: VmId, shared: boolean): number {
    const known = this.#known[vm];
    if (known === undefined) this.#known[vm] = this.#survey(vm, undefined);
    else this.#passTime(vm, known);
    const page = this.#take(vm);
    if (page >= 0) return page;
    // A page may have come back untouched, or have been left alone on a shared frame.
    if (this.#pages.count(vm, KIND_MAPPED) > 0 || this.#pages.lastOnShared() > 0) {
      this.#survey(vm, this.#known[vm]);
      const found = this.#take(vm);
      if (found >= 0) return found;
    }
    return shared ? this.#farthestShared(vm) : -1;
  }

  /** One that a fault is about stays out until it has been touched. */
  spare(vm: VmId, page: Gfn): void {
    if (this.#pages.pinned(vm, page)) return;
    this.#known[vm]!.farthest.set(page, this.#future.nextAccess(vm, page));
  }

  poweredOff(vm: VmId): void {
    this.#known[vm] = undefined;
  }

  /** Accesses that were ahead are over: their pages have other next ones. */
  #passTime(vm: VmId, { soonest, farthest }: Pages): void {
    const now = this.#future.now(vm);
    while (-soonest.largest < now) {
      const page = soonest.where();
      const next = this.#future.nextAccess(vm, toGfn(page));
      soonest.set(page, -next);
      farthest.set(page, next);
    }
  }

  /** The candidate of the farthest next access; those that have left memory since are candidates no more. */
  #take(vm: VmId): number {
    const { farthest } = this.#known[vm]!;
    while (farthest.largest !== NO_CANDIDATE) {
      const page = farthest.where();
      farthest.set(page, NO_CANDIDATE);
      if (this.#mayGo(vm, toGfn(page))) return page;
    }
    return -1;
  }

  /** True for a private page; the last page on a shared frame becomes one. */
  #mayGo(vm: VmId, page: Gfn): boolean {
    const kind = this.#pages.kind(vm, page);
    if (kind === KIND_MAPPED) return !this.#pages.pinned(vm, page);
    if (kind !== KIND_SHARED || this.#pages.pinned(vm, page)) return false;
    if (this.#pages.references(this.#pages.frame(vm, page)) > 1) return false;
    this.#pages.unshare(vm, page);
    return true;
  }

  /** Looks at every page. @param into what was known before, to be written anew */
  #survey(vm: VmId, into: Pages | undefined): Pages {
    const { size } = this.#pages.vms[vm]!;
    const known = into ?? {
      soonest: new Tournament(size, -Infinity),
      farthest: new Tournament(size, NO_CANDIDATE),
    };
    for (let page = 0; page < size; page++) {
      const next = this.#future.nextAccess(vm, toGfn(page));
      const kind = this.#pages.kind(vm, toGfn(page));
      known.soonest.set(page, -next);
      known.farthest.set(page, kind === KIND_MAPPED || kind === KIND_SHARED ? next : NO_CANDIDATE);
    }
    return known;
  }

  /** Among pages that share their frame with others; a walk over all, where a VM has no other page left. */
  #farthestShared(vm: VmId): number {
    const { size } = this.#pages.vms[vm]!;
    let farthest = -1;
    let its = -1;
    for (let page = 0; page < size; page++) {
      if (this.#pages.kind(vm, toGfn(page)) !== KIND_SHARED || this.#pages.pinned(vm, toGfn(page))) continue;
      const next = this.#future.nextAccess(vm, toGfn(page));
      if (next <= its) continue;
      farthest = page;
      its = next;
    }
    return farthest;
  }
}
