/** What a guest kernel counts, in pages or events, since its guest began its work. */
export interface OsCounters {
  /**
   * First touches of anonymous pages, page cache hits by fault, reads of files, and reads of what the cache
   * had lost.
   */
  anonymousFaults: number;
  minorFaults: number;
  fileReads: number;
  fileRefaults: number;
  swapIns: number;
  swapOuts: number;
  /** Clean cache pages dropped. */
  cacheDrops: number;
  /** Pages looked at by reclaim, and times that a process had to reclaim for itself. */
  scanned: number;
  directReclaims: number;
  oomKills: number;
  /** Frames ever taken for page tables. */
  tableFrames: number;
  /**
   * Page-outs of frames that the host had swapped out: it read them in only for the guest to write them
   * again.
   */
  doublePaged: number;
}

export function osCounters(): OsCounters {
  return {
    anonymousFaults: 0,
    minorFaults: 0,
    fileReads: 0,
    fileRefaults: 0,
    swapIns: 0,
    swapOuts: 0,
    cacheDrops: 0,
    scanned: 0,
    directReclaims: 0,
    oomKills: 0,
    tableFrames: 0,
    doublePaged: 0,
  };
}
