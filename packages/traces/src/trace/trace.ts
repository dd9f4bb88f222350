/**
 * A page trace in memory: intervals of execution, and for each the set of pages fetched, read or written in it, as
 * ascending runs of neighbours. What is lost: order and number of accesses inside an interval. Struct of arrays.
 */
import type { Pages } from '@overbook/core/units';

/** What the page numbers of a trace count: pages of one process, or frames of a whole guest. */
export type TraceSpace = 'guest-virtual' | 'guest-physical';

export interface Trace {
  readonly name: string;
  /** What recorded it, in words. */
  readonly source: string;
  readonly space: TraceSpace;
  /** Pages are numbered 0..pages-1, in ascending order of their real numbers. */
  readonly pages: Pages;
  /** Real page number (address / 4096) of each page, ascending; absent when it is the page's own number. */
  readonly pageNumbers?: Float64Array;
  /** Instructions after which the recorder ended an interval; intervals may also end for other reasons. */
  readonly everyInstructions: number;
  readonly intervals: number;
  /** Per interval: instructions in it; exact up to 2^53. */
  readonly instructions: Float64Array;
  /** Per interval: index of its first run; one entry more than intervals. */
  readonly runStart: Uint32Array;
  /** Per run: its first page. Runs ascend and do not overlap within an interval. */
  readonly runFirst: Uint32Array;
  /** Per run: pages in it, at least 1. */
  readonly runCount: Uint32Array;
  /** Per run the strongest access: `ACCESS_FETCH`, `ACCESS_READ` or `ACCESS_WRITE` of core. */
  readonly runKind: Uint8Array;
}
