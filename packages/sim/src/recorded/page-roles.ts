// hot
import { ACCESS_WRITE } from '@overbook/core/host';
import {
  ROLE_ANONYMOUS,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_MASK,
  ROLE_SHARED_MEMORY,
} from '@overbook/formats/roles';

import type { PageContents } from './page-contents.ts';

/** Pages that only swap can take: anonymous memory and tmpfs. */
export function isSwappable(role: number): boolean {
  return role === ROLE_ANONYMOUS || role === ROLE_SHARED_MEMORY;
}

/**
 * What the guest's kernel uses each recorded page for, between snapshots too. Assumed, as roles are known at
 * snapshots only: a page keeps the role of the snapshot behind until it is written, from its last write on it
 * has that of the snapshot ahead, in between it is in use (kernel); anonymous memory ahead is anonymous from
 * its first write on; a page that is free at the snapshot ahead is free from its last touch on.
 */
export class PageRoles {
  /** Role byte of each page now. */
  readonly now: Uint8Array;
  readonly #ahead: Uint8Array;
  /** Interval + 1 in which each page was last written while it was free. */
  readonly #allocated: Uint32Array;
  readonly #contents: PageContents;

  constructor(pages: number, contents: PageContents) {
    this.now = new Uint8Array(pages);
    this.#ahead = new Uint8Array(pages);
    this.#allocated = new Uint32Array(pages);
    this.#contents = contents;
  }

  /** Stands at a snapshot with another one ahead, or at the end of a recording with the same. */
  stand(behind: Uint8Array, ahead: Uint8Array): void {
    this.#ahead.set(ahead);
    this.now.set(behind);
    for (let page = 0; page < ahead.length; page++) {
      if (ahead[page] === ROLE_FREE && !this.#contents.isTouchedAhead(page)) this.now[page] = ROLE_FREE;
    }
  }

  /** An interval touches pages. `changed` hears of each page whose role byte became another. */
  touch(
    pages: Uint32Array,
    accesses: Uint8Array,
    count: number,
    interval: number,
    changed: (page: number, was: number, is: number) => void,
  ): void {
    const { now } = this;
    for (let i = 0; i < count; i++) {
      const page = pages[i]!;
      const was = now[page]!;
      if (was === ROLE_FREE && accesses[i] === ACCESS_WRITE) this.#allocated[page] = interval + 1;
      const is = this.#after(page, accesses[i]!, interval, was);
      if (is === was) continue;
      now[page] = is;
      changed(page, was, is);
    }
  }

  /** True where the page was free before this interval wrote it: its old content is not needed. */
  wasAllocatedIn(page: number, interval: number): boolean {
    return this.#allocated[page] === interval + 1;
  }

  #after(page: number, kind: number, interval: number, was: number): number {
    const ahead = this.#ahead[page]!;
    if (ahead === ROLE_FREE && this.#contents.isLastTouch(page, interval)) return ROLE_FREE;
    if (kind !== ACCESS_WRITE) return was;
    const settled = this.#contents.isLastWrite(page, interval) || isSwappable(ahead & ROLE_MASK);
    return settled ? ahead : ROLE_KERNEL;
  }
}
