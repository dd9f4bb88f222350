/**
 * What the guest's own kernel said a page was, in one byte: a role in the low four bits, flags above. Taken from
 * /proc/kpageflags (Linux, Documentation/admin-guide/mm/pagemap.rst). Flags are set only for pages on an LRU list.
 */

/** Nothing is known: no kernel yet, or no agent in the guest. */
export const ROLE_NONE = 0;
/** In the buddy allocator. Pages on per-CPU free lists are not: they show as ROLE_KERNEL. */
export const ROLE_FREE = 1;
/** Used by the kernel and nothing more known: vmalloc, stacks, drivers, per-CPU free lists. */
export const ROLE_KERNEL = 2;
/** Kernel image, memory map, firmware. */
export const ROLE_RESERVED = 3;
export const ROLE_SLAB = 4;
export const ROLE_PAGE_TABLE = 5;
export const ROLE_ANONYMOUS = 6;
export const ROLE_FILE_CLEAN = 7;
/** Dirty or under writeback. */
export const ROLE_FILE_DIRTY = 8;
/** Shared memory and tmpfs: backed by swap only. */
export const ROLE_SHARED_MEMORY = 9;
/** Held by a balloon driver (PG_offline). */
export const ROLE_BALLOON = 10;
/** The kernel's own page of zeros. */
export const ROLE_ZERO_PAGE = 11;

/** Low four bits: the role. */
export const ROLE_MASK = 0x0f;
export const ROLE_REFERENCED = 0x10;
/** On the active LRU list. */
export const ROLE_ACTIVE = 0x20;
/** Mapped by at least one process. */
export const ROLE_MAPPED = 0x40;
export const ROLE_UNEVICTABLE = 0x80;

/** Names by role number, as tables print them. */
export const ROLE_NAMES: readonly string[] = [
  'none',
  'free',
  'kernel',
  'reserved',
  'slab',
  'page table',
  'anonymous',
  'file clean',
  'file dirty',
  'shared memory',
  'balloon',
  'zero page',
];

/** True for a byte that the recorder can have written: a known role, and flags only where they have a meaning. */
export function isRole(byte: number): boolean {
  const role = byte & ROLE_MASK;
  const flagged = role >= ROLE_ANONYMOUS && role <= ROLE_SHARED_MEMORY;
  return role <= ROLE_ZERO_PAGE && (flagged || byte === role);
}
