/** From Linux's /proc/kpageflags (one u64 per page frame) to role bytes, by the rule that recordings use. */
import {
  ROLE_ACTIVE,
  ROLE_ANONYMOUS,
  ROLE_BALLOON,
  ROLE_FILE_CLEAN,
  ROLE_FILE_DIRTY,
  ROLE_FREE,
  ROLE_KERNEL,
  ROLE_MAPPED,
  ROLE_NONE,
  ROLE_PAGE_TABLE,
  ROLE_REFERENCED,
  ROLE_RESERVED,
  ROLE_SHARED_MEMORY,
  ROLE_SLAB,
  ROLE_UNEVICTABLE,
  ROLE_ZERO_PAGE,
} from './role.ts';

// Bits of include/uapi/linux/kernel-page-flags.h. RESERVED is bit 32 (kernel-page-flags.h), so bit 0 of the high word.
const REFERENCED = 1 << 2;
const UPTODATE = 1 << 3;
const DIRTY = 1 << 4;
const LRU = 1 << 5;
const ACTIVE = 1 << 6;
const SLAB = 1 << 7;
const WRITEBACK = 1 << 8;
const BUDDY = 1 << 10;
const MMAP = 1 << 11;
const ANON = 1 << 12;
const SWAPBACKED = 1 << 14;
const UNEVICTABLE = 1 << 18;
const NOPAGE = 1 << 20;
const OFFLINE = 1 << 23;
const ZERO_PAGE = 1 << 24;
const PGTABLE = 1 << 26;
const RESERVED_HIGH = 1;

/** The role byte of one page from the low and high word of its flags. */
export function roleOf(low: number, high: number): number {
  if (low & NOPAGE) return ROLE_NONE;
  if (low & BUDDY) return ROLE_FREE;
  if (low & OFFLINE) return ROLE_BALLOON;
  if (low & ZERO_PAGE) return ROLE_ZERO_PAGE;
  if (low & SLAB) return ROLE_SLAB;
  if (low & PGTABLE) return ROLE_PAGE_TABLE;
  if (low & ANON) return ROLE_ANONYMOUS | lruFlags(low);
  const uptodateAndMapped = (low & (UPTODATE | MMAP)) === (UPTODATE | MMAP);
  if (low & LRU || uptodateAndMapped) return fileRole(low) | lruFlags(low);
  return high & RESERVED_HIGH ? ROLE_RESERVED : ROLE_KERNEL;
}

function fileRole(low: number): number {
  if (low & SWAPBACKED) return ROLE_SHARED_MEMORY;
  return low & (DIRTY | WRITEBACK) ? ROLE_FILE_DIRTY : ROLE_FILE_CLEAN;
}

function lruFlags(low: number): number {
  return (
    (low & REFERENCED ? ROLE_REFERENCED : 0) |
    (low & ACTIVE ? ROLE_ACTIVE : 0) |
    (low & MMAP ? ROLE_MAPPED : 0) |
    (low & UNEVICTABLE ? ROLE_UNEVICTABLE : 0)
  );
}
