import { LogHistogram } from './log-histogram.ts';

/** Waits of one guest: how many, how long, the longest, and their distribution. */
export class StallRecord {
  count = 0;
  totalNs = 0;
  worstNs = 0;
  /** Entry k: waits of at least 2^k and less than 2^(k+1) microseconds; entry 0 also shorter ones. */
  readonly byLog2Us: number[] = [];
  /** In nanoseconds. */
  readonly lengths = new LogHistogram();

  add(waitNs: number): void {
    this.count++;
    this.totalNs += waitNs;
    if (waitNs > this.worstNs) this.worstNs = waitNs;
    this.lengths.add(waitNs);
    const us = Math.min(Math.floor(waitNs / 1000), 0x7fffffff);
    const slot = us < 2 ? 0 : 31 - Math.clz32(us);
    while (this.byLog2Us.length <= slot) this.byLog2Us.push(0);
    this.byLog2Us[slot]!++;
  }
}
