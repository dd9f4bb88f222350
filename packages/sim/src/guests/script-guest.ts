import type { GuestStatistics, Pages, RandomStream } from '@overbook/core';
import { toGfn, toPages } from '@overbook/core';
import { ACCESS_READ, ACCESS_WRITE } from '@overbook/core/host';

import type { Batch } from '../engine/batch.ts';
import type { Guest, GuestDriver, GuestSurroundings } from '../engine/guest.ts';
import type { PageWriter } from '../engine/page-writer.ts';
import type { ScriptGuestSpec } from '../guest-spec.ts';
import { GivenPages } from './given-pages.ts';
import { FreeReport } from './free-report.ts';

export const INSTRUCTIONS_PER_INTERVAL = 2_000_000;
/** Part of the pages that the script works with; the rest was written once and is free. */
const WORKING_TENTHS = 7;
const HOT_TENTHS = 1;

/**
 * Touches pages by chance and writes real contents into them: no recording, but one that runs on a store with
 * bytes and writes the same in every mix. First each page is written once; then the free ones belong to
 * nobody.
 */
export class ScriptGuest implements Guest, GuestDriver {
  readonly kind = 'script';
  readonly name: string;
  readonly size: Pages;
  readonly largestBatch: number;
  readonly instructions: number;
  readonly driver: GuestDriver | undefined;
  readonly #spec: ScriptGuestSpec;
  readonly #writer: PageWriter;
  readonly #script: RandomStream;
  readonly #nsPerInstruction: number;
  readonly #working: number;
  /** Free pages, and those given up. */
  readonly #free: number[] = [];
  readonly #given = new GivenPages();
  readonly #reported: FreeReport;
  #left: number;
  #filled = 0;
  #startNs = 0;

  constructor(spec: ScriptGuestSpec, around: GuestSurroundings) {
    this.#spec = spec;
    this.name = spec.name;
    this.size = spec.size;
    this.largestBatch = spec.pagesPerInterval;
    this.#writer = around.writer;
    this.#script = around.random.stream(`guest/${spec.name}/script`);
    this.#nsPerInstruction = around.costs.instruction.ns;
    this.#working = Math.max(1, Math.floor((spec.size * WORKING_TENTHS) / 10));
    for (let page = spec.size - 1; page >= this.#working; page--) this.#free.push(page);
    this.#reported = new FreeReport(spec.size);
    this.#left = spec.intervals * (spec.repeat ?? 1);
    const fills = Math.ceil(spec.size / spec.pagesPerInterval);
    this.instructions = (this.#left + fills) * (spec.instructionsPerInterval ?? INSTRUCTIONS_PER_INTERVAL);
    if (spec.driver === true) this.driver = this;
  }

  start(atNs: number): void {
    this.#startNs = atNs;
  }

  next(batch: Batch): boolean {
    const { pagesPerInterval, instructionsPerInterval = INSTRUCTIONS_PER_INTERVAL } = this.#spec;
    if (this.#filled < this.size) this.#firstWrites(batch);
    else if (this.#left-- > 0) this.#touches(batch, pagesPerInterval);
    else return false;
    batch.startNs = this.#startNs;
    batch.instructions = instructionsPerInterval;
    batch.busyNs = Math.round(batch.instructions * this.#nsPerInstruction);
    this.#startNs += batch.busyNs;
    return true;
  }

  wrote({ gfns, accesses }: Batch, from: number, to: number): void {
    const { contents } = this.#spec;
    const count = contents.fill.length;
    for (let i = from; i < to; i++) {
      if (accesses[i] === ACCESS_WRITE) this.#writer.write(gfns[i]!, contents, this.#script.below(count));
    }
  }

  fill(): number {
    return 0;
  }

  stop(): void {
    this.#left = 0;
    this.#filled = this.size;
  }

  get present(): boolean {
    return this.#filled >= this.size && this.#left > 0;
  }

  statistics(): GuestStatistics {
    const free = toPages(this.#free.length);
    return { free, available: free, cache: toPages(0), swapped: toPages(0) };
  }

  inflate(count: number, into: Uint32Array, owner: string): number {
    const given = Math.min(count, this.#free.length);
    for (let i = 0; i < given; i++) {
      const page = this.#free.pop()!;
      this.#given.give(owner, page);
      this.#writer.gave(toGfn(page));
      into[i] = page;
    }
    return given;
  }

  deflate(count: number, into: Uint32Array, owner: string): number {
    let returned = 0;
    for (; returned < count; returned++) {
      const page = this.#given.take(owner);
      if (page === undefined) break;
      into[returned] = page;
    }
    return this.#hasBack(returned, into);
  }

  deflatePages(pages: Uint32Array, into: Uint32Array, owner: string): number {
    return this.#hasBack(this.#given.takeNamed(owner, pages, into), into);
  }

  #hasBack(returned: number, into: Uint32Array): number {
    for (const page of into.subarray(0, returned)) {
      this.#free.push(page);
      this.#reported.forget(page);
    }
    return returned;
  }

  reportFree(count: number, into: Uint32Array, order: number): number {
    return this.#reported.tell((visit) => this.#free.forEach(visit), count, into, order, this.#writer);
  }

  #firstWrites(batch: Batch): void {
    batch.count = Math.min(this.#spec.pagesPerInterval, this.size - this.#filled);
    for (let i = 0; i < batch.count; i++) {
      batch.pages[i] = this.#filled + i;
      batch.accesses[i] = ACCESS_WRITE;
    }
    this.#filled += batch.count;
  }

  /** Most touches fall into the hot part; a page may come twice in an interval. */
  #touches(batch: Batch, count: number): void {
    const { hotPercent = 80, writePercent = 30 } = this.#spec;
    const hot = Math.max(1, Math.floor((this.#working * HOT_TENTHS) / 10));
    for (let i = 0; i < count; i++) {
      const isHot = this.#script.below(100) < hotPercent;
      batch.pages[i] = this.#script.below(isHot ? hot : this.#working);
      batch.accesses[i] = this.#script.below(100) < writePercent ? ACCESS_WRITE : ACCESS_READ;
    }
    batch.count = count;
  }
}
