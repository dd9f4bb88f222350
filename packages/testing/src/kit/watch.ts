import type { Strategy, VmId } from '@overbook/core';
import type { Host } from '@overbook/core/host';
import type { Subscription } from 'rxjs';

import type { PromiseId } from '../promises.ts';
import { BrokenPromise } from '../promises.ts';
import type { GuestRecord } from './guest-record.ts';
import type { ModelGuest } from './model-guest.ts';
import { vmFactsOf, vmFiguresOf } from './vm-figures.ts';

/** One call of the host into the strategy that is under way, and what the strategy did in it so far. */
export interface Call {
  readonly method: string;
  /** VM that the call is about; undefined where it is about none. */
  readonly vm: VmId | undefined;
  /** Pages that the strategy took from guests, or had rescued: `vm/page`. */
  readonly took: Set<string>;
  /** CPU time that the strategy charged, without what nested calls charged. */
  cpuNs: number;
  /** When the frame that it took is ready. */
  readyAt: number;
  /** When the first page that it read from a device is there; Infinity where it read none. */
  readAt: number;
  /** It loaded a slot of the page store. */
  loaded: boolean;
}

/** The kit's host around the strategy, known once it is composed. */
export interface Around {
  readonly host: Host;
  readonly record: GuestRecord;
  readonly guests: readonly ModelGuest[];
}

/** What the kit sees of one strategy from between it and its host. */
export class Watch {
  /** The strategy itself, once it is created. */
  strategy: Strategy | undefined;
  /** The same as the host has it, with the kit in between. */
  watched: Strategy | undefined;
  /** Kind numbers of its own. */
  kinds: Readonly<Record<string, number>> = {};
  /** Pages it freed, ordered, rescued or took over, and changes it made to the mapping tables. */
  acted = 0;
  /** What `start` returned. */
  started: Subscription | undefined;
  /** Subscriptions to the host's streams that are open now. */
  listening = 0;
  /** Subscriptions that were still open when the host's streams ended. */
  leftListening = 0;
  /** Calls under way, outermost first. Empty while the strategy works on a timer or a stream. */
  readonly calls: Call[] = [];
  /** How often each promise was really looked at. */
  readonly looks = new Map<PromiseId, number>();
  /** Pages that came without being asked for in the same call, by VM: balloons grow so. */
  readonly arrived = new Map<VmId, number>();
  /** Pages that guests gave it (`true`) and those that they have back (`false`), by VM. */
  readonly given = new Map<VmId, Map<number, boolean>>();
  /** Pages ordered in receipts, by VM. */
  readonly ordered = new Map<VmId, number>();
  /** Slots of the page store that hold something. */
  readonly slots = new Set<string>();
  /** Pages written to the kit's swap device. */
  readonly written = new Set<number>();
  /** Faults that loaded a slot and took no longer than their CPU time: what they loaded is in memory. */
  instantLoads = 0;
  /** Promises found broken whose run could go on. */
  readonly found = new Map<PromiseId, BrokenPromise>();
  /** Each VM before anything ran: its facts, and what the strategy counts for it. */
  newborn: readonly { readonly facts: string; readonly figures: string }[] = [];
  around: Around | undefined;

  /** The host is composed: from now on what the strategy does can be held against it. */
  join(around: Around): void {
    this.around = around;
    this.newborn = around.host.memory.vms.map((vm) => ({
      facts: vmFactsOf(vm),
      figures: vmFiguresOf(this.strategy, vm.id),
    }));
  }

  /** A guest gave it pages, or has them back. */
  gave(vm: VmId, pages: Iterable<number>, given: boolean): void {
    const all = this.given.get(vm) ?? new Map<number, boolean>();
    for (const page of pages) all.set(page, given);
    this.given.set(vm, all);
  }

  looked(id: PromiseId): void {
    this.looks.set(id, (this.looks.get(id) ?? 0) + 1);
  }

  /** A promise is broken, and the run can go on: what else there is to see is seen. The first finding counts. */
  broke(id: PromiseId, numbers: string): void {
    if (!this.found.has(id)) this.found.set(id, new BrokenPromise(id, numbers));
  }

  get call(): Call | undefined {
    return this.calls.at(-1);
  }

  /** Runs one call of the host into the strategy. @param look what to hold against its answer */
  run<T>(method: string, vm: VmId | undefined, body: () => T, look?: (answer: T, call: Call) => void): T {
    const call: Call = {
      method,
      vm,
      took: new Set(),
      cpuNs: 0,
      readyAt: -Infinity,
      readAt: Infinity,
      loaded: false,
    };
    this.calls.push(call);
    let answer: T;
    try {
      answer = body();
    } finally {
      this.calls.pop();
    }
    look?.(answer, call);
    return answer;
  }

  /** The strategy took a page from its guest, by `how`. */
  took(how: string, vm: VmId, page: number): void {
    const { call } = this;
    if (call === undefined) this.#tookInBackground(how, vm, page);
    else if (call.method === 'reclaim' || call.method === 'rescue') this.#tookOnRequest(call, how, vm, page);
  }

  #tookOnRequest(call: Call, how: string, vm: VmId, page: number): void {
    call.took.add(`${vm}/${page}`);
    if (how === 'merge' || vm === call.vm) return;
    throw new BrokenPromise(
      'askedVm',
      `${call.method} was asked of VM ${call.vm}, and page ${page} of VM ${vm} was taken (${how})`,
    );
  }

  /** Told after the fact: the tables show what the VM has left. */
  #tookInBackground(how: string, vm: VmId, page: number): void {
    if (how === 'merge') return;
    this.arrived.set(vm, (this.arrived.get(vm) ?? 0) + 1);
    const { host, record } = this.around ?? {};
    if (host === undefined) return;
    this.looked('reservation');
    // A page that its guest gave up is at its disposal as before: what it has left is what it can still touch.
    if (record!.isGivenUp(vm, page)) return;
    const { reservation, name } = host.memory.vms[vm]!;
    const consumed = host.memory.consumed(vm);
    if (consumed >= reservation) return;
    throw new BrokenPromise(
      'reservation',
      `page ${page} of VM ${name} was taken (${how}) without being asked for: ` +
        `${consumed} pages are left to it, but ${reservation} are reserved`,
    );
  }
}
