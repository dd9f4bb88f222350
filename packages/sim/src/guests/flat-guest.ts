import type { Pages, RandomStream } from '@overbook/core';
import { toPages } from '@overbook/core';
import { ACCESS_WRITE } from '@overbook/core/host';
import { expandInterval, largestInterval } from '@overbook/traces/expand';

import type { Batch } from '../engine/batch.ts';
import type { Guest, GuestSurroundings } from '../engine/guest.ts';
import type { PageWriter } from '../engine/page-writer.ts';
import { shuffle } from '../engine/shuffle.ts';
import type { FlatGuestSpec } from '../guest-spec.ts';

/** One program's trace as a whole VM: page n of the trace is guest frame n. Nothing in it knows of memory. */
export class FlatGuest implements Guest {
  readonly kind = 'flat';
  readonly name: string;
  readonly size: Pages;
  readonly largestBatch: number;
  readonly instructions: number;
  readonly #spec: FlatGuestSpec;
  readonly #writer: PageWriter;
  readonly #order: RandomStream | undefined;
  readonly #draw: RandomStream;
  readonly #nsPerInstruction: number;
  readonly #compressedBytes: number;
  #round = 0;
  #interval = 0;
  #startNs = 0;

  constructor(spec: FlatGuestSpec, around: GuestSurroundings) {
    const { trace } = spec;
    this.#spec = spec;
    this.name = spec.name;
    this.size = toPages(Math.max(spec.size ?? 0, trace.pages));
    this.largestBatch = largestInterval(trace);
    this.instructions = trace.instructions.reduce((sum, count) => sum + count, 0) * (spec.repeat ?? 1);
    this.#writer = around.writer;
    this.#order = around.order === 'shuffled' ? around.random.stream(`guest/${spec.name}/order`) : undefined;
    this.#draw = around.random.stream(`guest/${spec.name}/contents`);
    this.#nsPerInstruction = around.costs.instruction.ns;
    this.#compressedBytes = spec.compressedBytes ?? 4096;
  }

  /** A program trace has no clock: an interval begins when the one before has ended. */
  start(atNs: number): void {
    this.#startNs = atNs;
  }

  next(batch: Batch): boolean {
    const { trace } = this.#spec;
    if (this.#interval === trace.intervals) {
      this.#interval = 0;
      this.#round++;
    }
    if (this.#round >= (this.#spec.repeat ?? 1)) return false;
    const interval = this.#interval++;
    batch.count = expandInterval(trace, interval, batch.pages, batch.accesses);
    if (this.#order !== undefined) shuffle(batch.pages, batch.accesses, batch.count, this.#order.uint32());
    batch.startNs = this.#startNs;
    batch.instructions = trace.instructions[interval]!;
    batch.busyNs = Math.round(batch.instructions * this.#nsPerInstruction);
    this.#startNs += batch.busyNs;
    return true;
  }

  wrote(batch: Batch, from: number, to: number): void {
    const { gfns, accesses } = batch;
    const writer = this.#writer;
    const { contents } = this.#spec;
    if (contents !== undefined) {
      const count = contents.fill.length;
      for (let i = from; i < to; i++) {
        if (accesses[i] === ACCESS_WRITE) writer.write(gfns[i]!, contents, this.#draw.below(count));
      }
    } else if (writer.witness === undefined) {
      writer.store.writePrivateHits(writer.entries, gfns, accesses, from, to, this.#compressedBytes);
    } else {
      for (let i = from; i < to; i++) {
        if (accesses[i] === ACCESS_WRITE) writer.writePrivate(gfns[i]!, this.#compressedBytes, 0);
      }
    }
  }

  /** Its pages have their frames for ever. */
  fill(): number {
    return 0;
  }

  stop(): void {
    this.#round = Infinity;
  }
}
