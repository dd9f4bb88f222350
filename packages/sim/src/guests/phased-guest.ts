import type { GuestStatistics, Pages, RandomStream } from '@overbook/core';
import { FILL_OTHER, NS_PER_MS, OverbookError, toGfn, toPages } from '@overbook/core';
import { ACCESS_READ, ACCESS_WRITE } from '@overbook/core/host';

import type { Batch } from '../engine/batch.ts';
import type { Guest, GuestDriver, GuestSurroundings } from '../engine/guest.ts';
import type { GuestDisk } from '../engine/guest-disk.ts';
import type { PageWriter } from '../engine/page-writer.ts';
import { NO_FRAME } from '../engine/workload.ts';
import type { PhasedGuestSpec } from '../guest-spec.ts';
import { FreeReport } from './free-report.ts';
import type { PhasedPages } from './phased-contents.ts';
import { PRIVATE_CONTENT, layOutContents } from './phased-contents.ts';
import { PhasedMemory } from './phased-memory.ts';

/** Length of a step of the schedule. Chosen: short beside a second, so that memory moves smoothly. */
const STEP_MS = 250;
/** Part of a step in which the guest is busy; the rest absorbs waits, so that the schedule keeps its times. */
const BUSY_PART = 0.5;
const TOUCH_EVERY_MS = 10_000;
const LOAD_MS = 10_000;
const WRITE_PERCENT = 50;
const COMPRESSED_BYTES = 4096;

/**
 * A guest whose use of memory follows a schedule (synthetic): at power-on it may zero all of its memory as Windows
 * does, then it loads contents of given sorts, then it keeps the first so many of its pages in use, as many as the
 * schedule says. What is in use is touched once in `touchEveryMs`; of private pages a part is written.
 *
 * Its balloon driver answers once zeroing is done, and not before `driverFromMs`. It gives free pages first, then the
 * pages that are furthest from use, which the guest pages out or drops; a later touch of such a page waits for the
 * guest's own disk. The guest is taken to have swap for all of them.
 */
export class PhasedGuest implements Guest, GuestDriver {
  readonly kind = 'phased';
  readonly name: string;
  readonly size: Pages;
  readonly largestBatch: number;
  readonly instructions: number;
  readonly driver: GuestDriver | undefined;
  readonly #spec: PhasedGuestSpec;
  readonly #writer: PageWriter;
  readonly #draw: RandomStream;
  readonly #disk: GuestDisk;
  readonly #costs: GuestSurroundings['costs'];
  readonly #layout: PhasedPages;
  readonly #memory: PhasedMemory;
  readonly #places: Uint32Array;
  readonly #stepMs: number;
  readonly #stepNs: number;
  readonly #reported: FreeReport;
  readonly #counters = { loaded: 0, reread: 0, guestSwapIns: 0, zeroed: 0, outOfMemory: 0 };
  #startNs = 0;
  #step = 0;
  #stepsLeft: number;
  #batch: Batch | undefined;
  /** Entry before which nothing changes any more. */
  #done = 0;
  /** Next frame to zero at boot; next page of those in use to touch. */
  #zeroed = 1;
  #cursor = 0;
  #phase: PhasedGuestSpec['phases'][number] | undefined;
  /** The running batch zeroes at boot: its frames are free already. */
  #booting = false;
  /** Pages of a program that ended, to be zeroed, next one first. */
  #freed: number[] = [];
  /** Entries of the batch from here on are pages to be zeroed and freed. */
  #freeing = 0;

  constructor(spec: PhasedGuestSpec, around: GuestSurroundings) {
    this.#spec = spec;
    this.name = spec.name;
    this.size = spec.size;
    this.#writer = around.writer;
    this.#draw = around.random.stream(`guest/${spec.name}/writes`);
    this.#disk = around.disk;
    this.#costs = around.costs;
    this.#layout = layOutContents(spec.name, spec.contents, spec.compressedBytes ?? COMPRESSED_BYTES);
    const used = this.#layout.content.length;
    checkPhases(spec, used);
    this.#memory = new PhasedMemory(spec.size, used);
    this.#places = new Uint32Array(used);
    this.#reported = new FreeReport(spec.size);
    this.#stepMs = spec.stepMs ?? STEP_MS;
    this.#stepNs = this.#stepMs * NS_PER_MS;
    this.#stepsLeft = Math.ceil(spec.untilMs / this.#stepMs);
    this.largestBatch = this.#largestStep(used);
    this.instructions = this.#stepsLeft * this.#instructionsPerStep();
    if (spec.driver === true) this.driver = this;
  }

  start(atNs: number): void {
    this.#startNs = atNs;
  }

  next(batch: Batch): boolean {
    if (this.#stepsLeft-- <= 0) return false;
    this.#batch = batch;
    this.#done = 0;
    batch.separate();
    batch.holeGfn = 0;
    batch.count = 0;
    const atMs = this.#step * this.#stepMs;
    this.#booting = this.#isZeroing;
    if (this.#booting) this.#zeroFrames(batch);
    else this.#use(batch, atMs);
    batch.startNs = this.#startNs + this.#step * this.#stepNs;
    batch.instructions = this.#instructionsPerStep();
    batch.busyNs = this.#stepNs * BUSY_PART;
    this.#step++;
    return true;
  }

  wrote(batch: Batch, from: number, to: number): void {
    const { gfns, accesses, pages } = batch;
    const { content, table, zero } = this.#layout;
    const bytes = this.#spec.compressedBytes ?? COMPRESSED_BYTES;
    this.#done = to;
    for (let i = from; i < to; i++) {
      if (accesses[i] !== ACCESS_WRITE) continue;
      if (i >= this.#freeing) {
        this.#writer.write(gfns[i]!, table, zero);
        this.#zeroWritten(gfns[i]!, pages[i]!);
        continue;
      }
      const number = content[pages[i]!]!;
      if (number === PRIVATE_CONTENT) this.#writer.writePrivate(gfns[i]!, bytes, FILL_OTHER);
      else this.#writer.write(gfns[i]!, table, number);
    }
  }

  #zeroWritten(frame: number, page: number): void {
    if (page === NO_PAGE) {
      if (!this.#booting) this.#memory.give(frame);
    } else if (this.#memory.frames[page] !== 0) {
      this.#memory.release(page);
    }
  }

  /** A page without a frame: a free one, else the frame of the page that is furthest from use. */
  fill(batch: Batch, index: number): number {
    const page = batch.pages[index]!;
    this.#done = index;
    const before = this.#memory.wasLost(page);
    if (!this.#memory.place(page, (lost) => this.#unplace(lost))) {
      this.#counters.outOfMemory++;
      return NO_FRAME;
    }
    batch.gfns[index] = this.#memory.frames[page]!;
    batch.accesses[index] = ACCESS_WRITE;
    if (!before) {
      this.#counters.loaded++;
      return 0;
    }
    const isPrivate = this.#layout.content[page] === PRIVATE_CONTENT;
    this.#counters[isPrivate ? 'guestSwapIns' : 'reread']++;
    return this.#disk.read(isPrivate ? this.#costs.guestSwapIn : this.#costs.guestDiskRead);
  }

  stop(): void {
    this.#stepsLeft = 0;
  }

  os(): Readonly<Record<string, number>> {
    const { active, freeFrames, resident, ballooned } = this.#memory;
    return { ...this.#counters, active, free: freeFrames, resident, ballooned };
  }

  verify(): void {
    this.#memory.verify();
  }

  // ——— driver

  get present(): boolean {
    return !this.#isZeroing && this.#stepsLeft > 0;
  }

  statistics(): GuestStatistics {
    const { freeFrames, idle } = this.#memory;
    return { free: toPages(freeFrames), available: toPages(freeFrames + idle) };
  }

  inflate(count: number, into: Uint32Array, owner: string): number {
    const given = this.#memory.inflate(count, into, owner, (lost) => this.#unplace(lost));
    for (let i = 0; i < given; i++) this.#writer.gave(toGfn(into[i]!));
    return given;
  }

  deflate(count: number, into: Uint32Array, owner: string): number {
    return this.#hasBack(this.#memory.deflate(count, into, owner, this.#spec.zeroesFreed === true), into);
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#hasBack(
      this.#memory.deflatePages(pages, into, owner, this.#spec.zeroesFreed === true),
      into,
    );
  }

  unplug(order: number, blocks: number, into: Uint32Array, owner: string): number {
    const given = this.#memory.unplug(order, blocks, into, owner);
    for (let i = 0; i < given; i++)
      for (let frame = into[i]!; frame < into[i]! + 2 ** order; frame++) this.#writer.gave(toGfn(frame));
    return given;
  }

  plug(order: number, first: number, owner: string): boolean {
    if (!this.#memory.plug(order, first, owner, this.#spec.zeroesFreed === true)) return false;
    for (let frame = first; frame < first + 2 ** order; frame++) this.#reported.forget(frame);
    return true;
  }

  #hasBack(returned: number, into: Uint32Array): number {
    for (let i = 0; i < returned; i++) this.#reported.forget(into[i]!);
    return returned;
  }

  reportFree(count: number, into: Uint32Array, order: number): number {
    return this.#reported.tell((visit) => this.#memory.eachFree(visit), count, into, order, this.#writer);
  }

  // ——— schedule

  get #isZeroing(): boolean {
    return (this.#spec.zeroMs ?? 0) > 0 && this.#zeroed < this.size;
  }

  /** Boot: every frame is written with zeros, one after the other. */
  #zeroFrames(batch: Batch): void {
    const count = Math.min(this.#perStep(this.size, this.#spec.zeroMs!), this.size - this.#zeroed);
    this.#freeing = 0;
    for (let i = 0; i < count; i++) {
      batch.pages[i] = NO_PAGE;
      batch.gfns[i] = this.#zeroed + i;
      batch.accesses[i] = ACCESS_WRITE;
    }
    batch.count = count;
    this.#zeroed += count;
    this.#counters.zeroed += count;
  }

  #use(batch: Batch, atMs: number): void {
    const phase = this.#phaseAt(atMs);
    this.#freeing = batch.pages.length;
    if (phase !== this.#phase) this.#enter(phase);
    this.#touchActive(batch);
    this.#load(batch, atMs);
    this.#zeroFreed(batch);
  }

  /** Pages that a phase no longer uses stay idle; when a program ends, all its pages are freed. */
  #enter(phase: PhasedGuestSpec['phases'][number] | undefined): void {
    const active = phase?.active ?? 0;
    this.#phase = phase;
    this.#cursor = Math.min(this.#cursor, active);
    this.#memory.setActive(active);
    if (phase?.ends !== true) return;
    for (let page = active; page < this.#layout.content.length; page++) {
      if (this.#memory.frames[page] === 0 || this.#layout.content[page] !== PRIVATE_CONTENT) continue;
      if (this.#spec.zeroesFreed === true) this.#freed.push(page);
      else this.#memory.release(page);
    }
  }

  #touchActive(batch: Batch): void {
    const { touchEveryMs = TOUCH_EVERY_MS, writePercent = WRITE_PERCENT } = this.#spec;
    const { content } = this.#layout;
    const { active } = this.#memory;
    const count = Math.min(active, this.#perStep(active, touchEveryMs));
    for (let i = 0; i < count; i++) {
      if (this.#cursor >= active) this.#cursor = 0;
      const page = this.#cursor++;
      const writes = content[page] === PRIVATE_CONTENT && this.#draw.below(100) < writePercent;
      this.#put(batch, page, writes ? ACCESS_WRITE : ACCESS_READ);
    }
  }

  /** Contents come in after boot; later, where `fillsFree` says so, free memory is filled again. */
  #load(batch: Batch, atMs: number): void {
    const used = this.#layout.content.length;
    const { loads = used, loadMs = LOAD_MS, zeroMs = 0, fillsFree = 0 } = this.#spec;
    if (atMs < zeroMs + loadMs) {
      const until = Math.ceil((loads * (atMs - zeroMs + this.#stepMs)) / loadMs);
      this.#loadUpTo(batch, Math.min(loads, until), loads);
    } else if (fillsFree > 0) {
      const room = Math.min(Math.ceil((fillsFree * this.#stepMs) / 1000), this.#memory.freeFrames);
      this.#loadUpTo(batch, used, room);
    }
  }

  #loadUpTo(batch: Batch, end: number, most: number): void {
    for (
      let left = most, page = this.#memory.nextAbsent(this.#memory.active);
      page < end && left > 0;
      left--
    ) {
      this.#put(batch, page, ACCESS_WRITE);
      page = this.#memory.nextAbsent(page + 1);
    }
  }

  #zeroFreed(batch: Batch): void {
    this.#freeing = batch.count;
    const { touchEveryMs = TOUCH_EVERY_MS } = this.#spec;
    const most = this.#perStep(this.size, touchEveryMs);
    for (let left = Math.min(this.#memory.dirtyFrames, most); left > 0; left--) {
      const at = batch.count++;
      batch.pages[at] = NO_PAGE;
      batch.gfns[at] = this.#memory.takeDirty();
      batch.accesses[at] = ACCESS_WRITE;
      this.#counters.zeroed++;
    }
    for (const page of this.#freed.splice(0, most)) {
      if (page < this.#memory.active || this.#memory.frames[page] === 0) continue;
      this.#put(batch, page, ACCESS_WRITE);
      this.#counters.zeroed++;
    }
  }

  #put(batch: Batch, page: number, kind: number): void {
    const at = batch.count++;
    batch.pages[at] = page;
    batch.gfns[at] = this.#memory.frames[page]!;
    batch.accesses[at] = kind;
    this.#places[page] = at;
  }

  /** A page lost its frame: the running batch must find it another. */
  #unplace(page: number): void {
    const batch = this.#batch!;
    const at = this.#places[page]!;
    if (at >= this.#done && at < batch.count && batch.pages[at] === page) batch.gfns[at] = 0;
  }

  #phaseAt(atMs: number): PhasedGuestSpec['phases'][number] | undefined {
    let now: PhasedGuestSpec['phases'][number] | undefined;
    for (const phase of this.#spec.phases) if (phase.atMs <= atMs) now = phase;
    return now;
  }

  #perStep(count: number, overMs: number): number {
    return Math.ceil((count * this.#stepMs) / Math.max(overMs, this.#stepMs));
  }

  #instructionsPerStep(): number {
    return Math.round((this.#stepNs * BUSY_PART) / this.#costs.instruction.ns);
  }

  #largestStep(used: number): number {
    const { zeroMs = 0, loadMs = LOAD_MS, fillsFree = 0, touchEveryMs = TOUCH_EVERY_MS } = this.#spec;
    const touched = this.#perStep(used, touchEveryMs);
    const loaded = Math.max(
      loadMs > 0 ? this.#perStep(used, loadMs) : 0,
      Math.ceil((fillsFree * this.#stepMs) / 1000),
    );
    const zeroed = 2 * this.#perStep(this.size, touchEveryMs);
    return Math.max(touched + 2 * loaded + zeroed + 2, zeroMs > 0 ? this.#perStep(this.size, zeroMs) : 0);
  }
}

/** Page of a batch entry that is a frame and no page of the schedule. */
const NO_PAGE = 0xffffffff;

function checkPhases(spec: PhasedGuestSpec, used: number): void {
  const bad = (what: string, mend: string): never => {
    throw new OverbookError('OVB_PHASES_INVALID', `guest ${spec.name}`, what, mend);
  };
  // Frame 0 belongs to the firmware.
  if (used > spec.size - 1)
    bad(
      `its contents are ${used} pages, but its memory has ${spec.size - 1}`,
      'Give fewer contents or more memory.',
    );
  const most = Math.max(0, ...spec.phases.map(({ active }) => active));
  if (most > used)
    bad(`${most} pages should be in use, but it has contents for ${used}`, 'Give more contents.');
  if (spec.phases.some(({ atMs }, i) => i > 0 && atMs < spec.phases[i - 1]!.atMs))
    bad('its phases are not in order of time', 'Sort them.');
}
