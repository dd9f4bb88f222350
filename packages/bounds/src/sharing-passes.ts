import type { Gfn, Mfn, PageService, Resolved, Strategy, Victim, VmId } from '@overbook/core';
import { CLOCK, FRAMES, KIND_MAPPED, PAGES, PAGE_STORE, SALTS, toGfn, toVmId } from '@overbook/core';
import type { Subscription } from 'rxjs';
import { interval } from 'rxjs';
import type { output } from 'zod';

import type { Content } from './known-frames.ts';
import { KnownFrames } from './known-frames.ts';
import type { equalPagesOptions } from './options.ts';

/** What equal-pages asks of a host. */
export const equalPagesNeeds = {
  pages: PAGES,
  frames: FRAMES,
  store: PAGE_STORE,
  salts: SALTS,
  clock: CLOCK,
};

type Deps = Resolved<typeof equalPagesNeeds>;
type Options = output<typeof equalPagesOptions>;

/**
 * Sharing that knows every content: at every pass all equal pages of a sharing domain come to be on one frame, at no
 * cost. Between passes a page is shared where it would else be swapped out.
 */
export class SharingPasses implements Strategy {
  readonly #deps: Deps;
  readonly #pages: PageService;
  readonly #everyMs: number;
  /** Pages of all VMs are numbered through: here each VM begins. */
  readonly #bases: readonly number[];
  readonly #known: KnownFrames;
  readonly #buffer = new Uint32Array(4096);
  #merged = 0;
  #rescued = 0;

  constructor(deps: Deps, { everyMs, salting }: Options) {
    let pages = 0;
    this.#deps = deps;
    this.#pages = deps.pages;
    this.#everyMs = everyMs;
    this.#bases = deps.pages.vms.map(({ size }) => (pages += size) - size);
    this.#known = new KnownFrames(deps.frames.total);
    deps.salts.setMode(salting);
  }

  start(): Subscription {
    return interval(this.#everyMs, this.#deps.clock.scheduler).subscribe(() => this.#pass());
  }

  rescue({ vm, gfn, mfn }: Victim): boolean {
    if (this.#pages.vms[vm]!.sharing === false || !this.#share(vm, gfn, mfn, this.#contentOf(vm, mfn)))
      return false;
    this.#rescued++;
    return true;
  }

  counters(): Readonly<Record<string, number>> {
    return { merged: this.#merged, rescued: this.#rescued };
  }

  /** Looks at every private page. What is as it was in the last pass was the first of its content, and is still. */
  #pass(): void {
    const buffer = this.#buffer;
    this.#known.compare(this.#deps.store);
    for (const { id, sharing } of this.#pages.vms) {
      if (sharing === false) continue;
      const base = this.#bases[id]!;
      for (let from = 0, count = buffer.length; count === buffer.length; from = buffer[count - 1]! + 1) {
        count = this.#pages.walk(id, KIND_MAPPED, from, buffer);
        for (let i = 0; i < count; i++) {
          const gfn = toGfn(buffer[i]!);
          const frame = this.#pages.frame(id, gfn);
          if (!this.#known.isNoted(frame, base + gfn)) this.#look(id, gfn, frame);
        }
      }
    }
  }

  #look(vm: VmId, gfn: Gfn, frame: Mfn): void {
    const content = this.#contentOf(vm, frame);
    if (this.#share(vm, gfn, frame, content)) this.#merged++;
    else this.#known.note(frame, this.#bases[vm]! + gfn, content);
  }

  #contentOf(vm: VmId, frame: Mfn): Content {
    const { store, salts } = this.#deps;
    return { lo: store.hashLo(frame) >>> 0, hi: store.hashHi(frame) >>> 0, domain: salts.domain(vm) };
  }

  /** Puts a private page on a frame of equal content. @returns false where none is known, or a fault is about it */
  #share(vm: VmId, gfn: Gfn, frame: Mfn, content: Content): boolean {
    const pages = this.#pages;
    if (pages.pinned(vm, gfn)) return false;
    this.#known.forget(frame);
    for (let other = this.#known.find(content); other !== -1; other = this.#known.find(content)) {
      const keeper = this.#deps.store.equal(other, frame) ? this.#keeperOn(other) : -1;
      if (keeper !== -1) {
        pages.merge(vm, gfn, keeper);
        return true;
      }
      // Freed, or written since: whose frame it is now, the next pass finds out.
      this.#known.forget(other);
    }
    return false;
  }

  /** The frame as a shared one; -1 where it is no guest page's any more, or its page is in a fault. */
  #keeperOn(frame: Mfn): Mfn | -1 {
    const pages = this.#pages;
    if (pages.isShared(frame)) return frame;
    const page = this.#known.pageOf(frame);
    const vm = toVmId(this.#bases.findLastIndex((base) => base <= page));
    const gfn = toGfn(page - this.#bases[vm]!);
    const isIts = pages.kind(vm, gfn) === KIND_MAPPED && pages.frame(vm, gfn) === frame;
    return isIts && !pages.pinned(vm, gfn) ? pages.makeShared(vm, gfn) : -1;
  }
}
