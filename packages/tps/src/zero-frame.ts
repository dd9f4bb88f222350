import type { Gfn, Mfn, PageService, VmId } from '@overbook/core';
import { toMfn } from '@overbook/core';

/**
 * One frame of zeros that many pages are mapped to, read-only, as to Linux's zero page. The frame is that of the first
 * page mapped so, where Linux has one anyway; it goes when the last page has left it, and the next page brings another.
 */
export class ZeroFrame {
  readonly #pages: PageService;
  /** -1: none. It may have been given back since. */
  #frame = -1;

  constructor(pages: PageService) {
    this.#pages = pages;
  }

  /** Pages mapped to it. */
  get count(): number {
    if (this.#frame < 0 || !this.#pages.isShared(toMfn(this.#frame))) return 0;
    return this.#pages.references(toMfn(this.#frame));
  }

  is(frame: number): boolean {
    return frame === this.#frame;
  }

  /** Maps a page of zeros to it, which must be private. @returns the frame where the page's own became it, else -1 */
  map(vm: VmId, page: Gfn): Mfn | -1 {
    if (this.count > 0) {
      this.#pages.merge(vm, page, toMfn(this.#frame));
      return -1;
    }
    const frame = this.#pages.makeShared(vm, page);
    this.#frame = frame;
    return frame;
  }

  /** The frame serves another purpose from now on. */
  forget(frame: Mfn): void {
    if (frame === this.#frame) this.#frame = -1;
  }
}
