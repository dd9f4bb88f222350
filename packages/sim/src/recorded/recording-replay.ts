import type { VmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import type { Recording } from '@overbook/traces';
import { BLOCKED, toGfn } from '@overbook/core';
import { ACCESS_WRITE, SeededRandom } from '@overbook/core/host';

import { COSTS } from '../costs.ts';
import { Batch } from '../engine/batch.ts';
import { GuestDisk } from '../engine/guest-disk.ts';
import { PageWriter } from '../engine/page-writer.ts';
import { RecordedGuest } from './recorded-guest.ts';
import { scriptOf } from './recorded-script.ts';

/**
 * Puts a recorded guest's memory on a host as it was before a chosen interval, with no time of its own: what was done
 * until then is done at once. For holding a host against what a real one saw at known places of the recording; the host
 * needs memory for all of it.
 */
export class RecordingReplay {
  readonly #host: Host;
  readonly #vm: VmId;
  readonly #guest: RecordedGuest;
  readonly #batch: Batch;
  readonly #places: Places;
  /** The batch waits for its place. */
  #waits = false;
  #done = false;

  constructor(host: Host, vm: VmId, recording: Recording) {
    this.#host = host;
    this.#vm = vm;
    const random = new SeededRandom(1);
    const disk = new GuestDisk({
      random: random.stream('disk'),
      write: COSTS.guestDiskWrite,
      nowNs: () => host.clock.now(),
    });
    const writer = new PageWriter(host, vm, undefined);
    const spec = {
      kind: 'recorded',
      name: recording.name,
      recording,
      start: 'power-on',
      driver: false,
    } as const;
    this.#guest = new RecordedGuest(spec, { writer, random, disk, order: 'recorded', costs: COSTS });
    this.#batch = new Batch(this.#guest.largestBatch);
    this.#places = new Places(recording);
    this.#guest.start(host.clock.now());
  }

  /** Does what the guest, or a device of it, did before that interval. Intervals may only ascend. */
  before(interval: number): void {
    for (;;) {
      if (!this.#waits) {
        if (this.#done || !this.#guest.next(this.#batch)) {
          this.#done = true;
          return;
        }
        this.#guest.list(this.#batch);
        this.#places.next(this.#batch.instructions === 0);
      }
      this.#waits = this.#places.end > interval;
      if (this.#waits) return;
      this.#run();
    }
  }

  /**
   * A read of a page that was never written takes no frame: Linux, below QEMU, maps the zero page there, which nothing
   * counts as the VM's.
   */
  #run(): void {
    const { gfns, accesses, count } = this.#batch;
    const { memory, clock } = this.#host;
    const { entries } = memory.pmaps[this.#vm]!;
    for (let i = 0; i < count; i++) {
      const isWrite = accesses[i] === ACCESS_WRITE;
      if (!isWrite && entries[gfns[i]!] === 0) continue;
      if (memory.access(this.#vm, toGfn(gfns[i]!), isWrite, clock.now()) === BLOCKED)
        throw new Error(`the host has no memory for page ${gfns[i]} of ${this.#guest.name}`);
      this.#guest.wrote(this.#batch, i, i + 1);
    }
  }
}

/** Where in the trace the batches of a recorded guest end. */
class Places {
  /** Intervals up to which the present batch reaches. */
  end = 0;
  readonly #recording: Recording;
  #segment = 0;
  #interval: number;

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#interval = 0;
  }

  /** @param byDevice the batch is what devices wrote before the snapshot ahead; else it is the next interval */
  next(byDevice: boolean): void {
    const { segments } = scriptOf(this.#recording);
    if (byDevice) {
      this.end = this.#recording.snapshots[segments[this.#segment]!.snapshot]!.afterIntervals;
      return;
    }
    while (this.#interval >= segments[this.#segment]!.to)
      this.#interval = Math.max(this.#interval, segments[++this.#segment]!.from);
    this.end = ++this.#interval;
  }
}
