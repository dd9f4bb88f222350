// hot
/**
 * A piece of guest work between two looks at the host: one interval of a recording or trace, or pages that
 * arrive. Its buffers belong to the virtual processor and are used again for every batch.
 */
export class Batch {
  /** Pages as the guest's own kernel or program numbers them. */
  pages: Uint32Array;
  /** Guest frames behind them; the same array where the guest moves nothing. */
  gfns: Uint32Array;
  /** ACCESS_FETCH, ACCESS_READ or ACCESS_WRITE of each. */
  accesses: Uint8Array;
  count = 0;
  /** Earliest time at which it can begin. */
  startNs = 0;
  /** Time it takes when nothing waits. */
  busyNs = 0;
  instructions = 0;
  /** Entries that write, of a batch that was served whole; -1 = to be counted. */
  writes = -1;
  /** Ascending indexes of entries that have no guest frame now: the guest must find one first. */
  holes: Uint32Array;
  holeCount = 0;
  /** Index into `holes` of the next one not yet filled. */
  nextHole = 0;
  /**
   * Another way to mark entries without a frame: one whose `gfns` is this number. It names a frame that the
   * guest never uses, so that the host never has it mapped; -1 = not used.
   */
  holeGfn = -1;

  constructor(capacity: number) {
    this.pages = new Uint32Array(capacity);
    this.gfns = this.pages;
    this.accesses = new Uint8Array(capacity);
    this.holes = new Uint32Array(0);
  }

  /** Gives `gfns` an array of its own, and room for holes. */
  separate(): void {
    if (this.gfns !== this.pages) return;
    this.gfns = new Uint32Array(this.pages.length);
    this.holes = new Uint32Array(this.pages.length);
  }
}
