import type { Gvpn, VmId } from '@overbook/core';
import type { TableFrames, PageTableArena } from '@overbook/core/host';
import { toGvpn } from '@overbook/core';
import { ACCESS_WRITE, GuestPageTable } from '@overbook/core/host';
import type { Trace } from '@overbook/traces';

/** A process: its program's trace, its page tables, and where each of its pages is. */
export class AddressSpace {
  readonly trace: Trace;
  /** Number of the file that its never-written pages come from; processes of one program share it. */
  readonly file: number;
  readonly table: GuestPageTable;
  /** Guest frame of each page; 0 = not mapped (frame 0 is never given out). */
  readonly frames: Uint32Array;
  /** Swap slot + 1 of each page that was paged out; 0 = none. */
  readonly slots: Uint32Array;
  /** 1 where the program never writes the page: it comes from a file. Others are anonymous. */
  readonly fromFile: Uint8Array;
  /** Next interval of the trace. */
  interval = 0;
  /** Anonymous pages it has in memory and in swap: what the OOM killer goes by. */
  anonymous = 0;
  ended = false;

  /** @throws Error when there is no frame for the root of its page tables */
  constructor(vm: VmId, trace: Trace, file: number, frames: TableFrames, arena: PageTableArena) {
    this.trace = trace;
    this.file = file;
    this.table = new GuestPageTable(vm, frames, arena);
    this.frames = new Uint32Array(trace.pages);
    this.slots = new Uint32Array(trace.pages);
    this.fromFile = neverWritten(trace);
  }

  /** Guest-virtual page number of a page of the trace. */
  gvpnOf(page: number): Gvpn {
    return toGvpn(this.trace.pageNumbers?.[page] ?? page);
  }
}

/** Pages that no interval writes. O(runs). */
export function neverWritten(trace: Trace): Uint8Array {
  const only = new Uint8Array(trace.pages).fill(1);
  trace.runKind.forEach((kind, run) => {
    const first = trace.runFirst[run]!;
    if (kind === ACCESS_WRITE) only.fill(0, first, first + trace.runCount[run]!);
  });
  return only;
}
