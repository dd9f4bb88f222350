import {
  ROLE_ANONYMOUS,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_MASK,
  ROLE_SHARED_MEMORY,
} from '@overbook/formats/roles';

/** Pages that only swap can take: anonymous memory and tmpfs. */
export function isSwappable(role: number): boolean {
  return role === ROLE_ANONYMOUS || role === ROLE_SHARED_MEMORY;
}

/**
 * Role byte after a touch that changes it: a write, or the last touch of a page that is free at the snapshot ahead. (A
 * write that is the last touch is the last write too.)
 * @param ahead role byte at the snapshot ahead
 */
export function roleAfter(ahead: number, write: boolean, isLastWrite: boolean): number {
  return !write || isLastWrite || isSwappable(ahead & ROLE_MASK) ? ahead : ROLE_KERNEL;
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
  #ahead: Uint8Array;
  /** Interval in which each page was last written while it was free, 0 = never. */
  readonly #allocated: Uint32Array;

  constructor(pages: number) {
    this.now = new Uint8Array(pages);
    this.#ahead = this.now;
    this.#allocated = new Uint32Array(pages);
  }

  /** Stands at a snapshot with another one ahead, or at the end of a recording with the same. */
  stand(now: Uint8Array, ahead: Uint8Array): void {
    this.now.set(now);
    this.#ahead = ahead;
  }

  /** An interval does to a page what changes its role, or allocates it. @returns its role byte from now on */
  touch(page: number, write: boolean, isLastWrite: boolean, interval: number): number {
    if (write && this.now[page] === ROLE_FREE) this.#allocated[page] = interval;
    return (this.now[page] = roleAfter(this.#ahead[page]!, write, isLastWrite));
  }

  /** True where the page was free before this interval wrote it: its old content is not needed. */
  wasAllocatedIn(page: number, interval: number): boolean {
    return this.#allocated[page] === interval;
  }
}
