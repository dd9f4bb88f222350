import type { ContentTable, GuestStatistics, Pages, RandomStream } from '@overbook/core';
import { FILL_ZERO, toGfn, toPages } from '@overbook/core';
import { ACCESS_FETCH, ACCESS_WRITE } from '@overbook/core/host';
import type { Trace } from '@overbook/traces';
import { expandInterval, largestInterval } from '@overbook/traces/expand';

import type { Batch } from '../engine/batch.ts';
import type {
  Guest,
  GuestDriver,
  GuestPagingCounts,
  GuestProcess,
  GuestSurroundings,
} from '../engine/guest.ts';
import type { GuestDisk } from '../engine/guest-disk.ts';
import type { PageWriter } from '../engine/page-writer.ts';
import { shuffle } from '../engine/shuffle.ts';
import type { VirtualSide } from '../engine/workload.ts';
import { DROPPED, NO_FRAME } from '../engine/workload.ts';
import type { LinuxGuestSpec } from '../guest-spec.ts';
import type { FrameTeller } from '../measure/guest-paging.ts';
import type { TouchCause } from '../result.ts';
import { FreeReport } from '../guests/free-report.ts';
import type { AddressSpace } from './address-space.ts';
import { neverWritten } from './address-space.ts';
import type { GuestHardware } from './guest-kernel.ts';
import { GuestKernel, KILLED } from './guest-kernel.ts';
import { osCounters } from './os-counters.ts';

/** Pages that arrive in one batch. */
const ARRIVAL_BATCH = 256;
/** Compressed size of contents that no trace tells: they do not shrink. */
const UNKNOWN_BYTES = 4096;

/** The one content that every guest knows. */
const ZERO_PAGE: ContentTable = {
  contentKey: 'any',
  codec: 'any',
  keyLo: new Uint32Array(1),
  keyHi: new Uint32Array(1),
  compressedBytes: Uint16Array.of(20),
  fill: Uint8Array.of(FILL_ZERO),
};

/**
 * Programs in a guest with a kernel of its own. Traces tell no contents: what is written, and what is read
 * from a file, equals no other page; a new anonymous page is zero until its program writes it. Pages a
 * program never writes come from its file, which is in the page cache when the guest arrives, as far as it
 * fits. Programs take turns, an interval each; one that has finished gives its memory back.
 */
export class LinuxGuest implements Guest, GuestDriver, GuestHardware {
  readonly kind = 'linux';
  readonly name: string;
  readonly size: Pages;
  readonly largestBatch: number;
  readonly instructions: number;
  readonly driver: GuestDriver;
  readonly frames: FrameTeller;
  readonly swapOutNs: number;
  readonly virtual: VirtualSide | undefined;
  /** Guest-virtual page number of each entry of the batch. */
  readonly #gvpns: Uint32Array;
  readonly #spec: LinuxGuestSpec;
  readonly #writer: PageWriter;
  readonly #costs: GuestSurroundings['costs'];
  readonly #order: RandomStream | undefined;
  readonly #disk: GuestDisk;
  readonly #kernel: GuestKernel;
  /** Frames to fill on arrival. */
  #arriving: number[] = [];
  #arrived = 0;
  #arrivalFromNs = 0;
  #nsPerPage = 0;
  /** Process whose batch runs, and the places of its pages in the batch. */
  #running: AddressSpace | undefined;
  readonly #places: Uint32Array;
  #batch: Batch | undefined;
  /** Entry before which nothing changes any more. */
  #done = 0;
  /** Kind of the entry that was filled last, before it was made a write. */
  #asked = 0;
  #filledEntry = -1;
  #turn = 0;
  #roundsLeft: number;
  /** Time at which its next interval begins if nothing ever waits. */
  #dueNs = 0;
  #working = false;
  #stopped = false;
  readonly #reported: FreeReport;

  constructor(spec: LinuxGuestSpec, around: GuestSurroundings) {
    this.#spec = spec;
    this.name = spec.name;
    this.size = spec.size;
    this.#writer = around.writer;
    this.#costs = around.costs;
    this.swapOutNs = around.costs.guestSwapOut.ns;
    this.#order = around.order === 'shuffled' ? around.random.stream(`guest/${spec.name}/order`) : undefined;
    this.#disk = around.disk;
    this.#kernel = new GuestKernel(around.writer.vm, spec.size, spec.guestSwap ?? 0, this);
    this.frames = this.#kernel;
    this.largestBatch = Math.max(ARRIVAL_BATCH, ...spec.programs.map(largestInterval));
    this.#places = new Uint32Array(Math.max(...spec.programs.map((trace) => trace.pages)));
    this.#gvpns = new Uint32Array(this.largestBatch);
    this.virtual = around.translation && {
      translation: around.translation,
      table: () => this.#running?.table,
      pages: this.#gvpns,
    };
    this.#roundsLeft = spec.repeat ?? 1;
    this.instructions =
      this.#roundsLeft * spec.programs.reduce((sum, trace) => sum + instructionsOf(trace), 0);
    this.#reported = new FreeReport(spec.size);
    this.driver = this;
  }

  /** Kernel and page cache are put in place. */
  arrive(atNs: number, nsPerPage: number): void {
    const kernel = this.#kernel;
    this.#arriving = kernel.kernelFrames();
    for (const trace of new Set(this.#spec.programs)) {
      const fromFile = neverWritten(trace);
      for (let page = 0; page < trace.pages; page++)
        if (fromFile[page] === 1) this.#cachePage(kernel.fileOf(trace), page);
    }
    const left = this.#spec.fileCache ?? 0;
    const file = kernel.fileOf(undefined, left);
    for (let page = 0; page < left; page++) this.#cachePage(file, page);
    this.#arrivalFromNs = atNs;
    this.#nsPerPage = nsPerPage;
  }

  start(atNs: number): void {
    this.#working = true;
    this.#dueNs = atNs;
    this.#exec();
  }

  resetCounters(): void {
    Object.assign(this.#kernel.counters, osCounters());
  }

  os(): Readonly<Record<string, number>> {
    const { counters, free, cached, swapped } = this.#kernel;
    return { ...counters, free, cached, swapped };
  }

  paging(): GuestPagingCounts {
    const { counters, managed } = this.#kernel;
    const { fileReads, swapIns, swapOuts } = counters;
    return { managed, majorFaults: fileReads + swapIns, swapTraffic: swapIns + swapOuts };
  }

  processes(): readonly GuestProcess[] {
    return this.#kernel.spaces.flatMap(({ ended, trace, table }, process) =>
      ended ? [] : [{ process, program: trace.name, table }],
    );
  }

  next(batch: Batch): boolean {
    this.#batch = batch;
    batch.separate();
    batch.holeGfn = 0;
    if (this.#stopped) return false;
    if (this.#arrived < this.#arriving.length) return this.#arrival(batch);
    return this.#working && this.#interval(batch);
  }

  begins(batch: Batch): void {
    if (this.#running === undefined) return;
    this.#kernel.balance();
    this.#locate(batch, this.#running);
  }

  wrote(batch: Batch, from: number, to: number): void {
    const { gfns, accesses } = batch;
    this.#done = to;
    for (let i = from; i < to; i++) {
      if (accesses[i] !== ACCESS_WRITE) continue;
      const isZero =
        i === this.#filledEntry && this.#asked !== ACCESS_WRITE && this.#kernel.filled === 'zeros';
      if (isZero) this.#writer.write(gfns[i]!, ZERO_PAGE, 0);
      else this.#writer.writePrivate(gfns[i]!, UNKNOWN_BYTES, 0);
    }
    this.#filledEntry = -1;
  }

  fill(batch: Batch, index: number): number {
    const space = this.#running!;
    const page = batch.pages[index]!;
    this.#done = index;
    const waitNs = this.#kernel.fault(space, page);
    if (waitNs < 0) return waitNs === KILLED ? DROPPED : NO_FRAME;
    batch.gfns[index] = space.frames[page]!;
    if (this.#kernel.filled !== 'nothing') {
      this.#filledEntry = index;
      this.#asked = batch.accesses[index]!;
      batch.accesses[index] = ACCESS_WRITE;
    }
    return waitNs;
  }

  cause(_batch: Batch, index: number): TouchCause {
    if (index !== this.#filledEntry) return 'use';
    return this.#kernel.filled === 'data' ? 'device write' : 'overwrite';
  }

  stop(): void {
    this.#stopped = true;
  }

  verify(): void {
    this.#kernel.verify();
  }

  // ——— hardware

  readOut(frame: number): number {
    if (!this.#writer.isResident(frame)) this.#kernel.counters.doublePaged++;
    const hostNs = this.#writer.deviceRead(frame);
    if (hostNs < 0) return -1;
    return this.#disk.write(hostNs);
  }

  diskRead(afterNs: number): number {
    return this.#disk.read(this.#costs.guestDiskRead, afterNs);
  }

  swapRead(afterNs: number): number {
    return this.#disk.read(this.#costs.guestSwapIn, afterNs);
  }

  started(space: AddressSpace): void {
    this.virtual?.translation.attach(space.table);
  }

  ending(space: AddressSpace): void {
    this.virtual?.translation.detach(space.table);
  }

  unmapped(space: AddressSpace, page: number): void {
    const batch = this.#batch!;
    if (space !== this.#running) return;
    const at = this.#places[page]!;
    if (at >= this.#done && at < batch.count && batch.pages[at] === page) batch.gfns[at] = 0;
  }

  // ——— driver

  get present(): boolean {
    return this.#spec.driver !== false && this.#arrived === this.#arriving.length && !this.#stopped;
  }

  statistics(): GuestStatistics {
    const { free, available, cached, swapped, counters } = this.#kernel;
    return {
      free: toPages(free),
      freeBlocks: this.#kernel.buddy.blocks(),
      available: toPages(available),
      cache: toPages(cached),
      ...(this.#spec.guestSwap === undefined
        ? {}
        : {
            swapped: toPages(swapped),
            swapIns: toPages(counters.swapIns),
            swapOuts: toPages(counters.swapOuts),
          }),
    };
  }

  inflate(count: number, into: Uint32Array, owner: string): number {
    const given = this.#kernel.inflate(count, into, owner);
    for (let i = 0; i < given; i++) this.#writer.gave(toGfn(into[i]!));
    return given;
  }

  deflate(count: number, into: Uint32Array, owner: string): number {
    return this.#kernel.deflate(count, into, owner);
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#kernel.deflatePages(pages, into, owner);
  }

  unplug(order: number, blocks: number, into: Uint32Array, owner: string): number {
    const given = this.#kernel.unplug(order, blocks, into, owner);
    for (let i = 0; i < given; i++)
      for (let frame = into[i]!; frame < into[i]! + 2 ** order; frame++) this.#writer.gave(toGfn(frame));
    return given;
  }

  plug(order: number, first: number, owner: string): boolean {
    return this.#kernel.plug(order, first, owner);
  }

  reportFree(count: number, into: Uint32Array, order: number): number {
    const eachFree = (visit: (frame: number) => void): void =>
      this.#kernel.buddy.forEachBlock((first, blockOrder) => {
        for (let frame = first; frame < first + 2 ** blockOrder; frame++) visit(frame);
      });
    return this.#reported.tell(eachFree, count, into, order, this.#writer);
  }

  // ——— work

  #cachePage(file: number, page: number): void {
    const frame = this.#kernel.readAhead(file, page);
    if (frame >= 0) this.#arriving.push(frame);
  }

  #exec(): void {
    this.#turn = 0;
    for (const trace of this.#spec.programs) this.#kernel.exec(trace);
  }

  #arrival(batch: Batch): true {
    const count = Math.min(ARRIVAL_BATCH, this.#arriving.length - this.#arrived);
    for (let i = 0; i < count; i++) batch.gfns[i] = this.#arriving[this.#arrived + i]!;
    batch.accesses.fill(ACCESS_WRITE, 0, count);
    batch.count = count;
    batch.startNs = Math.round(this.#arrivalFromNs + this.#arrived * this.#nsPerPage);
    batch.busyNs = 0;
    batch.instructions = 0;
    this.#arrived += count;
    return true;
  }

  /** The next process has its turn. */
  #interval(batch: Batch): boolean {
    this.#running = undefined;
    const space = this.#nextSpace();
    if (space === undefined) return false;
    const { trace } = space;
    const interval = space.interval++;
    batch.count = expandInterval(trace, interval, batch.pages, batch.accesses);
    if (this.#order !== undefined) shuffle(batch.pages, batch.accesses, batch.count, this.#order.uint32());
    batch.startNs = this.#dueNs;
    batch.instructions = trace.instructions[interval]!;
    batch.busyNs = Math.round(batch.instructions * this.#costs.instruction.ns);
    this.#dueNs += batch.busyNs;
    this.#running = space;
    this.#done = 0;
    return true;
  }

  #locate(batch: Batch, space: AddressSpace): void {
    const { frames } = space;
    if (this.virtual !== undefined)
      for (let i = 0; i < batch.count; i++) this.#gvpns[i] = space.gvpnOf(batch.pages[i]!);
    for (let i = 0; i < batch.count; i++) {
      const page = batch.pages[i]!;
      const frame = frames[page]!;
      batch.gfns[i] = frame;
      this.#places[page] = i;
      if (frame !== 0) this.#kernel.used(frame, batch.accesses[i] === ACCESS_FETCH);
    }
  }

  #nextSpace(): AddressSpace | undefined {
    const { spaces } = this.#kernel;
    for (let tries = 0; tries < spaces.length; tries++) {
      const space = spaces[this.#turn++ % spaces.length]!;
      if (space.ended) continue;
      if (space.interval < space.trace.intervals) return space;
      this.#kernel.exit(space);
    }
    if (--this.#roundsLeft <= 0) return undefined;
    this.#exec();
    return this.#nextSpace();
  }
}

function instructionsOf(trace: Trace): number {
  return trace.instructions.reduce((sum, count) => sum + count, 0);
}
