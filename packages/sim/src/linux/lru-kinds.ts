/** The four lists of Linux's page reclaim (mm/vmscan.c); unevictable pages are on none. */
export const INACTIVE_ANON = 0;
export const ACTIVE_ANON = 1;
export const INACTIVE_FILE = 2;
export const ACTIVE_FILE = 3;
export const LRU_LISTS = 4;
