import type {
  Backing,
  Gfn,
  Mfn,
  Nanoseconds,
  Pages,
  Resolved,
  Self,
  ShrinkRequest,
  Strategy,
  StrategyPlugin,
  Victim,
  VmId,
} from '@overbook/core';
import {
  BLOCKED,
  DEMOTE,
  FRAMES,
  PAGES,
  PAGE_STORE,
  defineStrategy,
  toGfn,
  toMfn,
  toNs,
  toPages,
  NO_FRAME,
  done,
} from '@overbook/core';

import { noOptions } from './kit-swap.ts';

const needs = { pages: PAGES, frames: FRAMES, store: PAGE_STORE, demote: DEMOTE };
const KIND = 'kit-cached';
const CAPACITY_PAGES = 6;

interface Cached {
  readonly vm: VmId;
  readonly page: Gfn;
}

/**
 * A cache that saves nothing: it keeps a few victims whole, in frames of its own, and hands the oldest on. What it
 * is good for is to show whether another strategy takes over what a cache hands on.
 */
class KitCache implements Strategy {
  readonly backings: Readonly<Record<string, Backing>>;
  readonly #deps: Resolved<typeof needs>;
  readonly #kind: number;
  /** By frame, oldest first. */
  readonly #cached = new Map<number, Cached>();

  constructor(deps: Resolved<typeof needs>, self: Self) {
    this.#deps = deps;
    this.#kind = self.kinds[KIND]!;
    this.backings = {
      [KIND]: {
        fault: (vm, page, own, at) => this.#fault(vm, page, toMfn(own), at),
        release: (_vm, _page, own) => this.#free(toMfn(own)),
        peek: (_vm, _page, own, into) => deps.store.copy(toMfn(own), into),
        footprint: () => toPages(this.#cached.size),
      },
    };
  }

  rescue({ vm, gfn: page, mfn: frame, at }: Victim): boolean {
    if (this.#cached.size >= CAPACITY_PAGES && !this.#handOn(at)) return false;
    const own = this.#deps.frames.takeOwn();
    if (own === NO_FRAME) return false;
    this.#deps.store.copy(frame, own);
    this.#deps.pages.evict(vm, page, this.#kind, own);
    this.#cached.set(own, { vm, page });
    return true;
  }

  shrink({ vm, frames, at }: ShrinkRequest): Pages {
    let freed = 0;
    while (freed < frames && this.#handOn(at, vm)) freed++;
    return toPages(freed);
  }

  /** The oldest page, or the oldest of one VM. */
  #handOn(at: Nanoseconds, of?: VmId): boolean {
    for (const [own, { vm, page }] of this.#cached) {
      if (of !== undefined && vm !== of) continue;
      if (!this.#deps.demote.demote(vm, toGfn(page), toMfn(own), at)) return false;
      this.#free(toMfn(own));
      return true;
    }
    return false;
  }

  #fault(vm: VmId, page: Gfn, own: Mfn, at: Nanoseconds): Nanoseconds {
    const { frames, store, pages: table } = this.#deps;
    const frame = frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    store.copy(own, frame);
    table.install(vm, page, frame);
    this.#free(own);
    return done(at, frames.readyAt, toNs(0));
  }

  #free(own: Mfn): void {
    this.#cached.delete(own);
    this.#deps.frames.giveOwn(own);
  }
}

/** The kit's cache, as a plugin: company for strategies that take over pages. */
export const kitCache: StrategyPlugin<typeof needs, typeof noOptions> = defineStrategy({
  id: 'kit-cache',
  contract: 2,
  title: 'Keeps a few victims uncompressed and passes the oldest on: a companion for kit hosts',
  options: noOptions,
  needs,
  kinds: [KIND],
  create: (deps, _options, self) => new KitCache(deps, self),
});
