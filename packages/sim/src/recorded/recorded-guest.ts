import type { GuestStatistics, Pages, RandomStream } from '@overbook/core';
import { NS_PER_MS, toGfn, toPages } from '@overbook/core';
import { ACCESS_READ, ACCESS_WRITE } from '@overbook/core/host';
import { ROLE_FILE_CLEAN, ROLE_FILE_DIRTY } from '@overbook/formats/roles';

import type { Batch } from '../engine/batch.ts';
import type { Guest, GuestDriver, GuestPagingCounts, GuestSurroundings } from '../engine/guest.ts';
import type { GuestDisk } from '../engine/guest-disk.ts';
import type { PageWriter } from '../engine/page-writer.ts';
import { shuffle, shuffleEntries } from '../engine/shuffle.ts';
import type { RecordedGuestSpec } from '../guest-spec.ts';
import type { FrameTeller } from '../measure/guest-paging.ts';
import type { BalloonedGuest, TouchCause } from '../result.ts';
import { GuestMemory } from './guest-memory.ts';
import { PageContents } from './page-contents.ts';
import type { RecordedScript } from './recorded-script.ts';
import { requireWorkStart, scriptOf } from './recorded-script.ts';
import type { SegmentPlan } from './segment-plan.ts';
import { ENTRY_PAGE, ENTRY_WRITE } from './segment-plan.ts';

/** Pages that arrive in one batch. */
const ARRIVAL_BATCH = 256;

/**
 * Replays a recording: the same pages touched at the same guest times, whatever the host does to their
 * backing.
 */
export class RecordedGuest implements Guest, GuestDriver {
  readonly kind = 'recorded';
  readonly name: string;
  readonly size: Pages;
  readonly largestBatch: number;
  readonly instructions: number;
  readonly driver: GuestDriver;
  readonly frames: FrameTeller;
  readonly arrive: ((atNs: number, nsPerPage: number) => void) | undefined;
  readonly #spec: RecordedGuestSpec;
  readonly #script: RecordedScript;
  readonly #writer: PageWriter;
  readonly #contents: PageContents;
  readonly #memory: GuestMemory;
  readonly #order: RandomStream | undefined;
  readonly #disk: GuestDisk;
  readonly #costs: GuestSurroundings['costs'];
  readonly #scratch: Uint32Array;
  /** Of the running interval, as a SegmentPlan has them, in the order in which they are touched. */
  readonly #entries: Int32Array;
  /** Word that the running interval's order is drawn from. */
  #orderSeed = 0;
  /** The entries of the running batch are in the batch. */
  #isListed = false;
  /** Snapshot at which rounds begin. */
  readonly #home: number;
  /** Pages still to be put in place: arriving, written by a device, or going back to the first snapshot. */
  #placing: Uint32Array = new Uint32Array(0);
  #placed = 0;
  #placingFromNs = 0;
  #nsPerPage = 0;
  /** True where a device of the guest puts them there. */
  #placingByDevice = false;
  /** True where the running batch has the contents of the snapshot ahead. */
  #settled = false;
  #running = false;
  #segment = 0;
  #interval = 0;
  #devicesDone = false;
  #roundsLeft: number;
  /** Snapshot behind which the next round begins once its memory is as it was there, or -1. */
  #roundStartsAt = -1;
  /** Virtual time at which guest time `#originMs` falls. */
  #originNs = 0;
  #originMs = 0;
  /** Entry of the batch that is being read back from a disk, or -1. */
  #readBack = -1;
  #driverOn = false;
  #stopped = false;
  /** What page-outs have taken since the running fill began, and until when the disk has written them. */
  #outNs = 0;
  #writtenNs = 0;
  /** Major faults of segments that are over. */
  #recordedFaults = 0;

  constructor(spec: RecordedGuestSpec, around: GuestSurroundings) {
    const script = scriptOf(spec.recording);
    this.#spec = spec;
    this.#script = script;
    this.name = spec.name;
    this.size = sizeOf(spec);
    this.largestBatch = script.largestBatch;
    this.#writer = around.writer;
    this.#costs = around.costs;
    this.#order = around.order === 'shuffled' ? around.random.stream(`guest/${spec.name}/order`) : undefined;
    this.#disk = around.disk;
    this.#contents = new PageContents(script);
    const freeFrom = around.random.stream(`guest/${spec.name}/free-list`).below(spec.recording.pages);
    this.#memory = new GuestMemory(spec.recording.pages, this.size, spec.guestSwap ?? 0, freeFrom, {
      writeOut: (frame) => this.#writeOut(frame),
    });
    this.frames = { roleOf: (frame) => this.#memory.roleOf(frame) };
    this.#scratch = new Uint32Array(spec.recording.pages);
    this.#entries = new Int32Array(script.largestBatch);
    this.#home = spec.start === 'work-start' ? requireWorkStart(script, spec.name) : 0;
    this.#roundsLeft = spec.repeat ?? 1;
    this.instructions = this.#countInstructions();
    this.driver = this;
    this.arrive =
      spec.start === 'work-start' ? (atNs, nsPerPage) => this.#arrive(atNs, nsPerPage) : undefined;
  }

  start(atNs: number): void {
    this.#running = true;
    this.#originNs = atNs;
    if (this.arrive === undefined) this.#standAt(this.#home);
    this.#originMs = this.#script.recording.snapshots[this.#home]!.guestMs;
    this.#enter(this.#home);
  }

  next(batch: Batch): boolean {
    if (this.#stopped) return false;
    if (this.#placed < this.#placing.length) return this.#place(batch);
    if (!this.#running) {
      // What arrives is complete: its guest has booted.
      this.#driverOn = this.#spec.driver !== false;
      return false;
    }
    for (;;) {
      const segment = this.#script.segments[this.#segment];
      if (this.#roundStartsAt >= 0) {
        this.#enter(this.#roundStartsAt);
        this.#roundStartsAt = -1;
      } else if (segment === undefined) {
        if (!this.#again()) return false;
        if (this.#placing.length > 0) return this.#place(batch);
      } else if (this.#interval < segment.to) {
        return this.#replay(batch);
      } else if (this.#devicesDone) {
        this.#recordedFaults += this.#faultsOf(this.#segment);
        this.#enter(this.#segment + 1);
      } else {
        this.#devicesDone = true;
        if (this.#planDeviceWrites()) return this.#place(batch);
      }
    }
  }

  serve(batch: Batch): boolean {
    if (this.#isListed) return false;
    const { entries, starts, writes } = this.#script.plan(this.#segment);
    const index = this.#indexOf(this.#interval - 1);
    const { frames } = this.#memory;
    if (!this.#writer.touchAll(entries, starts[index]!, starts[index + 1]!, frames)) {
      this.list(batch);
      return false;
    }
    const from = writes.starts[index]!;
    const to = writes.starts[index + 1]!;
    this.#contents.writeAll(this.#writer, writes.entries.subarray(from, to), this.#interval - 1, frames);
    batch.writes = to - from;
    return true;
  }

  /** Puts the entries of the batch that `next` began into it, where they are not there yet. */
  list(batch: Batch): void {
    if (this.#isListed) return;
    this.#isListed = true;
    this.#expand(batch, this.#script.plan(this.#segment), this.#indexOf(this.#interval - 1));
    this.#locate(batch);
  }

  wrote(batch: Batch, from: number, to: number): void {
    const { gfns, pages } = batch;
    const contents = this.#contents;
    const writer = this.#writer;
    if (this.#settled) {
      for (let i = from; i < to; i++) contents.writeAhead(writer, gfns[i]!, pages[i]!);
      return;
    }
    if (from === this.#readBack) {
      this.#readBack = -1;
      contents.restore(writer, gfns[from]!, pages[from]!);
      return;
    }
    const entries = this.#entries;
    const interval = this.#interval - 1;
    for (let i = from; i < to; i++) {
      const entry = entries[i]!;
      if ((entry & ENTRY_WRITE) === 0) continue;
      contents.write(writer, gfns[i]!, entry, interval);
    }
  }

  fill(batch: Batch, index: number): number {
    const page = batch.pages[index]!;
    this.#outNs = 0;
    this.#writtenNs = 0;
    const frame = this.#memory.bring(page);
    if (frame < 0) return -1;
    batch.gfns[index] = frame;
    const cost = this.#memory.broughtBack(page);
    if (cost === 'nothing') {
      this.#memory.tally.diskNs += this.#writtenNs;
      return this.#writtenNs;
    }
    if (batch.accesses[index] !== ACCESS_WRITE) {
      batch.accesses[index] = ACCESS_WRITE;
      this.#readBack = index;
    }
    const { guestDiskRead, guestSwapIn } = this.#costs;
    const waitNs = this.#disk.read(cost === 'reread' ? guestDiskRead : guestSwapIn, this.#writtenNs);
    this.#memory.tally.diskNs += waitNs;
    return waitNs;
  }

  /**
   * The guest swaps a page out. An access that needs its frame waits for the guest's own work, for the host where that
   * has to bring the page first, and until the disk has written it. What the balloon's thread swaps out, no access
   * waits for, but what is read later waits behind it.
   */
  #writeOut(frame: number): boolean {
    const hostNs = this.#writer.deviceRead(frame);
    if (hostNs < 0) return false;
    this.#outNs += hostNs + this.#costs.guestSwapOut.ns;
    this.#writtenNs = this.#disk.write(this.#outNs);
    return true;
  }

  cause(batch: Batch, index: number): TouchCause {
    if (this.#settled) return this.#placingByDevice ? 'device write' : 'use';
    if (index === this.#readBack) return 'device write';
    const isNew = batch.accesses[index] === ACCESS_WRITE && this.#memory.wasAllocated(batch.pages[index]!);
    return isNew ? 'overwrite' : 'use';
  }

  stop(): void {
    this.#stopped = true;
    this.#driverOn = false;
  }

  // ——— the driver's side

  get present(): boolean {
    return this.#driverOn;
  }

  statistics(): GuestStatistics {
    return this.#memory.statistics();
  }

  inflate(count: number, into: Uint32Array, owner: string): number {
    return this.#memory.inflate(count, into, owner, (frame) => this.#writer.gave(frame));
  }

  deflate(count: number, into: Uint32Array, owner: string): number {
    return this.#memory.deflate(count, into, owner);
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#memory.deflatePages(pages, into, owner);
  }

  reportFree(count: number, into: Uint32Array, order: number): number {
    const reported = this.#memory.report(count, into, order);
    for (let i = 0; i < reported; i++) this.#writer.reportedFree(toGfn(into[i]!));
    return reported;
  }

  resetCounters(): void {
    this.#memory.tally.measure();
  }

  verify(): void {
    this.#memory.verify();
  }

  /** Major faults are those of the recorded guest up to the snapshot behind, and what it had to read again since. */
  paging(): GuestPagingCounts {
    const { managed, tally } = this.#memory;
    const { guestSwapIns, guestSwapOuts, reread } = tally;
    const again = reread[ROLE_FILE_CLEAN]! + reread[ROLE_FILE_DIRTY]!;
    return {
      managed,
      majorFaults: this.#recordedFaults + again + guestSwapIns,
      swapTraffic: guestSwapIns + guestSwapOuts,
    };
  }

  balloon(): BalloonedGuest {
    return this.#memory.tally.result();
  }

  // ——— the recording

  #arrive(atNs: number, nsPerPage: number): void {
    this.#standAt(this.#home);
    this.#placing = this.#script.arrivingPages.slice();
    if (this.#order !== undefined) {
      shuffle(
        this.#placing,
        new Uint8Array(this.#placing.length),
        this.#placing.length,
        this.#order.uint32(),
      );
    }
    this.#placed = 0;
    this.#placingFromNs = atNs;
    this.#nsPerPage = nsPerPage;
  }

  #standAt(snapshot: number): void {
    const { role } = this.#script.recording.snapshots[snapshot]!;
    this.#contents.standAt(snapshot);
    this.#memory.snapshot(role, role);
  }

  /** Begins the segment behind a snapshot. */
  #enter(snapshot: number): void {
    const { segments, workStart, recording } = this.#script;
    this.#segment = snapshot;
    const segment = segments[snapshot];
    if (segment !== undefined) this.#contents.enter(segment);
    const { role } = recording.snapshots[snapshot]!;
    if (segment === undefined) this.#memory.snapshot(role, role);
    else this.#memory.snapshot(this.#script.plan(snapshot).roles, recording.snapshots[snapshot + 1]!.role);
    if (snapshot >= workStart && this.#spec.driver !== false) this.#driverOn = true;
    if (segment === undefined) return;
    this.#interval = segment.from;
    this.#devicesDone = false;
  }

  /** Major faults that the recorded guest counted in a segment; 0 where its snapshots do not tell. */
  #faultsOf(segment: number): number {
    const { snapshots } = this.#script.recording;
    const from = snapshots[segment]!.vmstat?.['pgmajfault'];
    const to = snapshots[segment + 1]!.vmstat?.['pgmajfault'];
    return from === undefined || to === undefined ? 0 : to - from;
  }

  #replay(batch: Batch): true {
    const { recording } = this.#script;
    const interval = this.#interval++;
    const { trace, endMs } = recording;
    const plan = this.#script.plan(this.#segment);
    const index = this.#indexOf(interval);
    this.#orderSeed = this.#order?.uint32() ?? 0;
    this.#isListed = false;
    batch.count = plan.starts[index + 1]! - plan.starts[index]!;
    batch.startNs = this.#timeOf(interval === 0 ? 0 : endMs[interval - 1]!);
    batch.instructions = trace.instructions[interval]!;
    batch.busyNs = Math.round(batch.instructions * this.#costs.instruction.ns);
    this.#settled = false;
    const isOrdered = plan.ordered[index] === 1;
    if (isOrdered) this.list(batch);
    this.#memory.touchInterval(plan, index, isOrdered ? this.#entries : undefined);
    return true;
  }

  /** Index in its segment's plan of an interval of the running segment. */
  #indexOf(interval: number): number {
    return interval - this.#script.segments[this.#segment]!.from;
  }

  /** The pages of an interval of the segment, in the order that the seed draws. */
  #expand(batch: Batch, { entries: planned, starts }: SegmentPlan, index: number): void {
    const entries = this.#entries;
    const { pages, accesses } = batch;
    const first = starts[index]!;
    const count = starts[index + 1]! - first;
    entries.set(planned.subarray(first, first + count));
    if (this.#order !== undefined) shuffleEntries(entries, count, this.#orderSeed);
    for (let i = 0; i < count; i++) {
      pages[i] = entries[i]! & ENTRY_PAGE;
      accesses[i] = (entries[i]! & ENTRY_WRITE) === 0 ? ACCESS_READ : ACCESS_WRITE;
    }
  }

  #planDeviceWrites(): boolean {
    const { snapshot } = this.#script.segments[this.#segment]!;
    const { deviceWrites } = this.#script.plan(this.#segment);
    this.#plan(deviceWrites, this.#timeOf(this.#script.recording.snapshots[snapshot]!.guestMs));
    this.#placingByDevice = true;
    return deviceWrites.length > 0;
  }

  /** After the last snapshot: back to the one where rounds begin, if there is a round left. */
  #again(): boolean {
    if (--this.#roundsLeft <= 0) return false;
    const { snapshots } = this.#script.recording;
    const first = Math.max(this.#home, this.#script.workStart);
    const home = new PageContents(this.#script);
    home.standAt(first);
    const count = this.#contents.differing(home, this.#scratch);
    const endNs = this.#timeOf(snapshots[snapshots.length - 1]!.guestMs);
    this.#plan(this.#scratch.slice(0, count), endNs);
    this.#standAt(first);
    this.#originNs = endNs;
    this.#originMs = snapshots[first]!.guestMs;
    this.#roundStartsAt = first;
    return true;
  }

  #plan(pages: Uint32Array, atNs: number): void {
    this.#placing = pages;
    this.#placed = 0;
    this.#placingFromNs = atNs;
    this.#nsPerPage = 0;
    this.#placingByDevice = false;
  }

  #place(batch: Batch): true {
    const count = Math.min(ARRIVAL_BATCH, this.#placing.length - this.#placed);
    batch.pages.set(this.#placing.subarray(this.#placed, this.#placed + count));
    batch.accesses.fill(ACCESS_WRITE, 0, count);
    batch.count = count;
    batch.startNs = Math.round(this.#placingFromNs + this.#placed * this.#nsPerPage);
    batch.busyNs = 0;
    batch.instructions = 0;
    this.#placed += count;
    this.#settled = true;
    this.#isListed = true;
    this.#memory.touch(batch.pages, batch.count);
    this.#locate(batch);
    return true;
  }

  /** Finds the frames of the batch's pages. */
  #locate(batch: Batch): void {
    if (!this.#memory.moved) return;
    batch.separate();
    batch.holeCount = this.#memory.place(batch.pages, batch.count, batch.gfns, batch.holes);
  }

  #timeOf(guestMs: number): number {
    return this.#originNs + (guestMs - this.#originMs) * NS_PER_MS;
  }

  #countInstructions(): number {
    const { segments, recording, workStart } = this.#script;
    const { instructions } = recording.trace;
    let sum = 0;
    for (let round = 0; round < this.#roundsLeft; round++) {
      const from = round === 0 ? this.#home : Math.max(this.#home, workStart);
      for (const segment of segments.slice(from)) {
        for (let i = segment.from; i < segment.to; i++) sum += instructions[i]!;
      }
    }
    return sum;
  }
}

function sizeOf({ size, recording }: RecordedGuestSpec): Pages {
  return toPages(Math.max(size ?? 0, recording.pages));
}
