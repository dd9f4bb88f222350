// hot
import type { VmId } from '@overbook/core';
import type { GuestPageTable, Host } from '@overbook/core/host';
import type { Pmap } from '@overbook/core/internals';
import { BLOCKED, NS_PER_MS, toGfn, toGvpn, toNs } from '@overbook/core';
import { ACCESS_WRITE, GUEST_FAULT, explainRefusal } from '@overbook/core/host';

import { Batch } from './batch.ts';
import type { PageWriter } from './page-writer.ts';
import { StallRecord } from './stall-record.ts';
import type { VirtualSide, Workload } from './workload.ts';
import { DROPPED } from './workload.ts';

/**
 * First wait before a blocked access is tried again; it doubles up to the longest. Assumed: timers run at
 * such paces.
 */
const RETRY_NS = NS_PER_MS;
const RETRY_NS_MAX = 128 * NS_PER_MS;

const NO_FRAME_LEFT = 'the host has no frame left';

/**
 * The processor of one guest, at its own local time. It runs batches: entries that the mapping tables can
 * serve alone go through in one loop; the one they cannot is an access to the host and may take time, which
 * delays all that follows. Before such an access it can be left and taken up again: the host and its devices see
 * accesses in the order of time, whichever guest they come from. What the tables serve alone runs ahead of that.
 */
export class Vcpu {
  readonly vm: VmId;
  readonly name: string;
  readonly workload: Workload;
  readonly batch: Batch;
  stalls = new StallRecord();
  /** Time that it could have run and the host took its core for reclaim. */
  stolenNs = 0;
  busyNs = 0;
  /** Time it has run since power-on, by whole batches; never reset. */
  ranNs = 0;
  touches = 0;
  writes = 0;
  instructions = 0;
  /** How much later than it could the last batch ended. */
  lateNs = 0;
  /** Local time at which it goes on; Infinity when its work is done. */
  nextNs = Infinity;
  /** Local time at which its work began, and at which its last batch ended. */
  beganNs = 0;
  endNs = 0;
  killed: { readonly atNs: number; readonly why: string } | undefined;
  /** Set where admission control did not let the VM be powered on. */
  notAdmitted: { readonly atNs: number; readonly why: string } | undefined;
  /** The VM is powered off when the work it now has is done. */
  endsOff = false;
  /** Entries of all batches that are over. */
  #ended = 0;
  readonly #host: Host;
  readonly #memory: Pmap;
  readonly #writer: PageWriter;
  readonly #blockedLimitNs: number;
  #on: boolean;
  /** Next entry of the batch; -1 without a batch. */
  #at = -1;
  #startNs = 0;
  /** Waits in this batch so far. */
  #waitedNs = 0;
  /** When the access that is blocked is tried again; 0 when none is. */
  #retryNs = 0;
  #backoffNs = RETRY_NS;
  /** Entry that the guest has found a frame for and the host has not seen yet; -1 = none. */
  #filled = -1;
  /** The host would not let it run when it last had work; set until it runs again. */
  #held = false;
  /** The workload has not been told that its batch begins. */
  #isNew = false;
  /** With page tables: kind of the entry whose frame still waits for its contents; -1 = none. */
  #filling = -1;

  constructor(host: Host, name: string, workload: Workload, writer: PageWriter, blockedLimitNs: number) {
    this.vm = writer.vm;
    this.name = name;
    this.workload = workload;
    this.batch = new Batch(workload.largestBatch);
    this.#host = host;
    this.#memory = host.memory.pmaps[writer.vm]!;
    this.#writer = writer;
    this.#blockedLimitNs = blockedLimitNs;
    this.#on = host.isOn(name);
  }

  /** Fetches the first batch of what the workload now has; nothing runs before `atNs`. */
  begin(atNs: number): void {
    this.beganNs = atNs;
    this.endNs = atNs;
    if (this.killed === undefined) this.#fetch();
  }

  /** Forgets what was counted: the measured part begins. */
  reset(): void {
    this.stalls = new StallRecord();
    this.stolenNs = 0;
    this.busyNs = 0;
    this.touches = 0;
    this.writes = 0;
    this.instructions = 0;
    this.lateNs = 0;
  }

  /** Entries that it has run since power-on; never reset. */
  get accesses(): number {
    return this.#ended + Math.max(this.#at, 0);
  }

  /**
   * It has work at that time and waits for nothing. A batch that the tables served alone is run before its time is
   * over.
   */
  runsAt(nowNs: number): boolean {
    if (this.#retryNs > 0 || nowNs < this.beganNs) return false;
    return this.endNs > nowNs || this.#inBatch(nowNs);
  }

  /** The core that it runs on at that time is taken for so long. An idle gap behind its work may make up for that. */
  steal(ns: number, nowNs: number): void {
    this.stolenNs += ns;
    if (this.#inBatch(nowNs)) {
      this.#waitedNs += ns;
      this.nextNs += ns;
      return;
    }
    this.endNs += ns;
    if (this.#at < 0) return;
    this.#startNs = Math.max(this.endNs, this.batch.startNs);
    this.nextNs = this.#startNs;
  }

  #inBatch(nowNs: number): boolean {
    return this.#at >= 0 && this.#startNs <= nowNs;
  }

  /** Runs to the end of the batch, or to an access to the host beyond `horizonNs`. */
  run(horizonNs: number): void {
    if (!this.#on && !this.#powerOn()) return;
    if ((this.#memory.stopped || this.#held) && this.#isHeld()) return;
    const { batch, workload } = this;
    if (this.#isNew) {
      this.#isNew = false;
      this.#host.clock.passTo(this.nextNs);
      workload.begins?.(batch, this.nextNs);
      if (workload.serve?.(batch) === true) this.#at = batch.count;
    }
    const { virtual } = workload;
    const table = virtual?.table();
    if (table !== undefined) {
      this.#runVirtual(virtual!, table, horizonNs);
      return;
    }
    const checked = this.#writer.witness !== undefined;
    while (this.#at < batch.count) {
      const from = this.#at;
      const stop = batch.nextHole < batch.holeCount ? batch.holes[batch.nextHole]! : batch.count;
      // An entry with a new frame waits for the host, even where that frame is mapped.
      const reached =
        this.#filled === from ? from : this.#memory.touchMany(batch.gfns, batch.accesses, from, stop);
      if (reached > from) {
        if (checked) this.#writer.check(batch.gfns, from, reached);
        workload.wrote(batch, from, reached);
        this.#at = reached;
      }
      if (reached === batch.count) break;
      const waitNs = this.#access(reached, reached === stop, horizonNs);
      if (waitNs === DROPPED) break;
      if (waitNs < 0) return;
      this.#at = reached + 1;
      if (waitNs > 0 && this.#localNs(this.#at) > horizonNs) {
        this.nextNs = this.#localNs(this.#at);
        return;
      }
    }
    this.#finish();
  }

  /** True while the host lets the VM not run (above its target in the low state): the wait is a stall as any other. */
  #isHeld(): boolean {
    const askedNs = this.#localNs(this.#at);
    const nowNs = Math.max(askedNs, this.#retryNs);
    this.#held = this.#memory.stopped;
    if (this.#held)
      this.#block(askedNs, nowNs, 'the host stopped it: it was above its target in the low state');
    else this.#landed(askedNs, nowNs);
    return this.#held;
  }

  /** The VM's time has come. @returns false when admission control refuses it: then it never runs */
  #powerOn(): boolean {
    const refusal = this.#host.powerOn(this.name);
    this.#on = refusal === undefined;
    if (refusal !== undefined) {
      this.notAdmitted = { atNs: this.nextNs, why: explainRefusal(refusal) };
      this.endNs = this.nextNs;
      this.nextNs = Infinity;
      this.workload.stop();
    }
    return this.#on;
  }

  /** The VM goes once its last batch has ended, which its local time may already have seen. */
  #powerOff(): void {
    const { clock } = this.#host;
    this.workload.stop();
    clock.after(Math.max(0, this.endNs - clock.now()), () => this.#host.powerOff(this.name));
  }

  /**
   * One access that needs the host. @returns how long the guest waited, or -1 when it is to be taken up again: it lies
   * beyond the horizon, or must be tried again.
   */
  #access(index: number, isHole: boolean, horizonNs: number): number {
    const { batch } = this;
    const askedNs = this.#localNs(index);
    let fromNs = this.#retryNs > 0 ? this.#retryNs : askedNs;
    if (!this.#reaches(fromNs, horizonNs)) return -1;
    if (isHole || batch.gfns[index] === batch.holeGfn) {
      const guestWaitNs = this.workload.fill(batch, index, fromNs);
      if (guestWaitNs === DROPPED) return this.#drop(index);
      if (guestWaitNs < 0) return this.#block(askedNs, fromNs, 'the guest has no free pages left');
      if (isHole) batch.nextHole++;
      this.#filled = index;
      fromNs += guestWaitNs;
      if (guestWaitNs > 0 && !this.#comesBack(fromNs, horizonNs)) return -1;
    }
    const page = toGfn(batch.gfns[index]!);
    const { memory } = this.#host;
    const beginsNs = memory.prepareFault(this.vm, page, toNs(fromNs));
    if (beginsNs === BLOCKED) return this.#block(askedNs, fromNs, NO_FRAME_LEFT);
    if (beginsNs > fromNs && !this.#comesBack(beginsNs, horizonNs)) return -1;
    this.#announce(index);
    const completion = memory.access(this.vm, page, batch.accesses[index] === ACCESS_WRITE, beginsNs);
    if (completion === BLOCKED) return this.#block(askedNs, beginsNs, NO_FRAME_LEFT);
    if (this.#writer.witness !== undefined) this.#writer.check(batch.gfns, index, index + 1);
    this.workload.wrote(batch, index, index + 1);
    this.#filled = -1;
    return this.#landed(askedNs, completion);
  }

  /** Something of the host is wanted at `atNs`. @returns false when something else comes first: then not yet */
  #reaches(atNs: number, horizonNs: number): boolean {
    const { clock } = this.#host;
    // The access before may have set a timer.
    if (atNs > horizonNs || atNs > clock.nextDueNs()) {
      this.nextNs = atNs;
      return false;
    }
    clock.passTo(atNs);
    return true;
  }

  /** As `#reaches`, for an access that is under way and goes on at `atNs`. */
  #comesBack(atNs: number, horizonNs: number): boolean {
    this.#retryNs = atNs;
    return this.#reaches(atNs, horizonNs);
  }

  /** Tells the watcher why the page behind an entry is about to be touched. */
  #announce(index: number): void {
    const { batch, workload } = this;
    this.#writer.paging?.expect(batch.gfns[index]!, workload.cause?.(batch, index) ?? 'use');
  }

  #landed(askedNs: number, completionNs: number): number {
    this.#retryNs = 0;
    this.#backoffNs = RETRY_NS;
    const waitNs = completionNs - askedNs;
    if (waitNs > 0) {
      this.stalls.add(waitNs);
      this.#waitedNs += waitNs;
    }
    return waitNs;
  }

  /** The same with the guest's own page tables in the way: each entry is translated at its own time. */
  #runVirtual({ translation, pages }: VirtualSide, table: GuestPageTable, horizonNs: number): void {
    const { batch } = this;
    const checked = this.#writer.witness !== undefined;
    translation.switchTo(table);
    while (this.#at < batch.count) {
      const index = this.#at;
      const askedNs = this.#localNs(index);
      const fromNs = this.#retryNs > 0 ? this.#retryNs : askedNs;
      if (!this.#reaches(fromNs, horizonNs)) return;
      if (this.#filling >= 0 && !this.#putContents(index, askedNs, fromNs)) return;
      const write = batch.accesses[index] === ACCESS_WRITE;
      const landed = translation.translate(table, toGvpn(pages[index]!), write, toNs(fromNs));
      if (landed === GUEST_FAULT) {
        const answer = this.#guestFault(index, askedNs, fromNs);
        if (answer === DROPPED) break;
        if (answer < 0) return;
        continue;
      }
      if (landed === BLOCKED) {
        this.#block(askedNs, fromNs, NO_FRAME_LEFT);
        return;
      }
      batch.gfns[index] = translation.gfn;
      if (checked) this.#writer.check(batch.gfns, index, index + 1);
      this.workload.wrote(batch, index, index + 1);
      this.#at = index + 1;
      if (this.#landed(askedNs, landed) > 0 && this.#localNs(this.#at) > horizonNs) {
        this.nextNs = this.#localNs(this.#at);
        return;
      }
    }
    this.#finish();
  }

  /** The guest's kernel maps a frame for an entry; what it put into the frame is to be written before the entry is. */
  #guestFault(index: number, askedNs: number, fromNs: number): number {
    const { batch } = this;
    const asked = batch.accesses[index]!;
    const guestWaitNs = this.workload.fill(batch, index, fromNs);
    if (guestWaitNs === DROPPED) return this.#drop(index);
    if (guestWaitNs < 0) return this.#block(askedNs, fromNs, 'the guest has no free pages left');
    this.#retryNs = fromNs + guestWaitNs;
    if (batch.accesses[index] === ACCESS_WRITE && asked !== ACCESS_WRITE) this.#filling = asked;
    else this.#announce(index);
    return guestWaitNs;
  }

  /** The kernel, or a device, writes the frame of a page that was just mapped. @returns false when it must wait */
  #putContents(index: number, askedNs: number, fromNs: number): boolean {
    const { batch } = this;
    this.#announce(index);
    const done = this.#host.memory.access(this.vm, toGfn(batch.gfns[index]!), true, toNs(fromNs));
    if (done === BLOCKED) {
      this.#block(askedNs, fromNs, NO_FRAME_LEFT);
      return false;
    }
    this.workload.wrote(batch, index, index + 1);
    batch.accesses[index] = this.#filling;
    this.#filling = -1;
    this.#retryNs = done;
    return true;
  }

  /** The guest gave up what the batch belongs to: it ends here. */
  #drop(index: number): typeof DROPPED {
    const { batch } = this;
    const done = batch.count === 0 ? 0 : index / batch.count;
    batch.busyNs = Math.floor(batch.busyNs * done);
    batch.instructions = Math.floor(batch.instructions * done);
    batch.count = index;
    this.#retryNs = 0;
    this.#filling = -1;
    this.#filled = -1;
    return DROPPED;
  }

  #block(askedNs: number, triedNs: number, why: string): -1 {
    this.#retryNs = triedNs + this.#backoffNs;
    this.#backoffNs = Math.min(2 * this.#backoffNs, RETRY_NS_MAX);
    this.nextNs = this.#retryNs;
    if (triedNs - askedNs < this.#blockedLimitNs) return -1;
    this.stalls.add(triedNs - askedNs);
    this.killed = { atNs: triedNs, why };
    this.endNs = triedNs;
    this.nextNs = Infinity;
    this.workload.stop();
    this.#host.powerOff(this.name);
    return -1;
  }

  /** Local time before entry `index`: entries lie evenly in the batch's busy time. */
  #localNs(index: number): number {
    const { busyNs, count } = this.batch;
    return this.#startNs + this.#waitedNs + (count === 0 ? 0 : Math.floor((busyNs * index) / count));
  }

  #finish(): void {
    const { batch } = this;
    this.busyNs += batch.busyNs;
    this.ranNs += batch.busyNs;
    this.instructions += batch.instructions;
    this.touches += batch.count;
    this.#ended += batch.count;
    this.#at = 0;
    this.writes += batch.writes >= 0 ? batch.writes : writesIn(batch);
    this.lateNs = this.#startNs + this.#waitedNs - batch.startNs;
    this.endNs = this.#startNs + this.#waitedNs + batch.busyNs;
    this.#fetch();
  }

  #fetch(): void {
    const { batch } = this;
    this.#isNew = true;
    batch.writes = -1;
    batch.holeCount = 0;
    batch.nextHole = 0;
    if (!this.workload.next(batch)) {
      this.#at = -1;
      this.nextNs = Infinity;
      if (this.endsOff) this.#powerOff();
      return;
    }
    this.#at = 0;
    this.#waitedNs = 0;
    this.#startNs = Math.max(this.endNs, batch.startNs);
    this.nextNs = this.#startNs;
  }
}

/** Entries that write. Added up without a branch, which the processor could not foresee. */
function writesIn({ accesses, count }: Batch): number {
  let writes = 0;
  for (let i = 0; i < count; i++) writes += Number(accesses[i] === ACCESS_WRITE);
  return writes;
}
