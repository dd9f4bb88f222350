import { MAX_KINDS } from '../pmap/kinds.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toNs } from '../units/page.ts';

/** Faults and mechanism events of one VM since power-on, in pages. */
export interface VmEvents {
  firstTouches: number;
  cowBreaks: number;
  /** Touches of pages whose kind a strategy brought, by kind number. */
  faults: Float64Array;
  /** Pages that went into a kind, by kind number. */
  entered: Float64Array;
  /** Of those, pages that went back to a copy that was kept (PageService.keepCopy): nothing was written. */
  unwritten: number;
  /** Time that those touches took, by kind number, in nanoseconds. */
  waitNs: Float64Array;
  /** Touches of ballooned pages: the guest uses what it gave (after a reset, say). */
  balloonPops: number;
  /** Accesses that had to be told BLOCKED. */
  blocked: number;
  /** Time that accesses waited for a frame, blocked or until it was written out, in nanoseconds. */
  frameWaitNs: number;
  /** Since when an access is blocked; -1 while none is. */
  blockedSinceNs: number;
}

/** Of a VM to which nothing has happened yet. */
export function noEvents(): VmEvents {
  return {
    firstTouches: 0,
    cowBreaks: 0,
    faults: new Float64Array(MAX_KINDS),
    entered: new Float64Array(MAX_KINDS),
    unwritten: 0,
    waitNs: new Float64Array(MAX_KINDS),
    balloonPops: 0,
    blocked: 0,
    frameWaitNs: 0,
    blockedSinceNs: -1,
  };
}

/** An access goes on. @returns since when it was blocked; -1 where it was not */
export function goesOn(events: VmEvents, at: Nanoseconds): Nanoseconds {
  const since = events.blockedSinceNs;
  if (since < 0) return toNs(-1);
  events.frameWaitNs += at - since;
  events.blockedSinceNs = -1;
  return toNs(since);
}
