import type { Gfn, Mfn, RandomStream, VmId } from '@overbook/core';
import { BLOCKED, KIND_MAPPED, KIND_SHARED, toGfn, NS_PER_MS, toNs } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';

import { checkCounters } from '../checks/counters.ts';
import { checkGiven } from '../checks/given.ts';
import { checkPowerCycle } from '../checks/power-cycle.ts';
import { checkStorage } from '../checks/storage.ts';
import { BrokenPromise, PROMISES, toBrokenPromise } from '../promises.ts';
import { ZERO_CONTENT } from './contents.ts';
import type { KitHost } from './kit-host.ts';
import { ModelGuest } from './model-guest.ts';
import { RunLog } from './run-log.ts';

/** A guest waited long past every patience and got no frame: this mix cannot reclaim for ever by itself. */
export class Starved extends Error {
  override readonly name = 'Starved';
  readonly vm: VmId;

  constructor(vm: VmId, what: string) {
    super(what);
    this.vm = vm;
  }
}

const WAIT_MS = 10;
/** 20 s of virtual time: forty times the host's patience with a stuck driver. */
export const LONG_PATIENCE = 2000;
/** Accesses between two looks into every page. */
const CHECKPOINT = 256;
/** Contents that all guests like: pages of different VMs come out equal. */
const HOT_CONTENTS = 40;
const SAME_FILLED = 6;
const QUIET_MS = [20, 300, 2_000, 120_000] as const;
/** Long enough for a scan that takes an hour to come round. */
const LONG_QUIET_MS = 7_200_000;

/**
 * A quiet spell ends early after so many timers or so much work: a strategy with a fast pace has had its
 * time by then.
 */
const TURNS_MAX = 1500;
/** At the kit's one microsecond an operation: 50 000 pages hashed, compared or compressed. */
const QUIET_SPEND_NS = 50_000_000;

/** How a run of the kit's guests goes. */
export interface WorkPlan {
  readonly accesses: number;
  readonly seed: number;
  /** Recount everything after each pass; the second run of a pair does without. */
  readonly verify: boolean;
  /** How often an access that is blocked is tried again, every 10 ms. */
  readonly waits: number;
  /** Two hours of quiet in the middle: what works by the hour comes round. */
  readonly hours: boolean;
}

/**
 * The kit's guests at work on one host: reads, writes, rewrites, allocation and freeing, duplicates within
 * and across VMs, pages of every compressibility, quiet spells from milliseconds to hours, and a VM that
 * starts anew.
 */
export class Workload {
  readonly #kit: KitHost;
  readonly #plan: WorkPlan;
  readonly #random: RandomStream;
  readonly log = new RunLog();
  /** Something happened since the last recount. */
  #unverified = false;

  constructor(kit: KitHost, plan: WorkPlan) {
    this.#kit = kit;
    this.#plan = plan;
    this.#random = new SeededRandom(plan.seed).stream('kit/workload');
    kit.host.decisions$.subscribe((decision) => {
      this.log.decided(decision);
      this.#unverified = true;
    });
  }

  /** Runs the plan. @throws Starved, BrokenPromise, and what core and the plugin throw */
  run(): void {
    const { accesses } = this.#plan;
    this.warmUp();
    const restartAt = Math.floor((accesses * 2) / 3);
    const secondRestartAt = Math.floor((accesses * 5) / 6);
    const longQuietAt = Math.floor(accesses / 2);
    const { count } = this.#kit.accesses;
    const done = (): number => this.#kit.accesses.count - count;
    while (done() < accesses) {
      const before = done();
      this.step();
      const after = done();
      const passed = (mark: number): boolean => before < mark && after >= mark;
      if (this.#plan.hours && passed(longQuietAt)) this.quiet(LONG_QUIET_MS);
      // One without a driver, then one whose driver gives.
      if (passed(restartAt)) this.restart(2);
      if (passed(secondRestartAt)) this.restart(0);
      if (Math.floor(before / CHECKPOINT) !== Math.floor(after / CHECKPOINT)) this.checkpoint();
    }
    this.checkpoint();
  }

  /** The guests fill four fifths of their memory, in turns: the host is short from here on. */
  warmUp(): void {
    for (let round = 0; round < 16; round++) {
      for (const guest of this.#kit.guests) {
        for (let i = 0; i < guest.size / 20; i++) this.#allocate(guest, i % 4 === 0 ? 'cache' : 'used');
        this.#kit.host.settle(toNs(this.#kit.clock.now() + 500_000));
        this.#verifyIfDue();
      }
    }
  }

  /** One thing that one guest does, and the time that it takes. */
  step(): void {
    const { guests, host, clock } = this.#kit;
    const guest = guests[this.#random.below(guests.length)]!;
    this.#act(guest);
    host.settle(toNs(clock.now() + 20_000 + this.#random.below(2_000_000)));
    if (this.#random.below(200) === 0) this.quiet(QUIET_MS[this.#random.below(QUIET_MS.length)]!);
    this.#verifyIfDue();
  }

  /** No page is touched for this time, so that background work can run. */
  quiet(milliseconds: number): void {
    const { host, clock } = this.#kit;
    const end = clock.now() + milliseconds * NS_PER_MS;
    const spent = host.metering.total();
    for (let turns = 0; clock.nextDueNs() < end; turns++) {
      if (turns === TURNS_MAX || host.metering.total() - spent > QUIET_SPEND_NS) return;
      host.settle(toNs(clock.nextDueNs()));
    }
    host.settle(toNs(end));
    this.#unverified = true;
    this.#verifyIfDue();
  }

  /** Looks into every page without touching it, recounts, and logs the whole state. */
  checkpoint(): void {
    this.peekAll();
    this.verify();
    checkCounters(this.#kit);
    checkGiven(this.#kit);
    checkStorage(this.#kit);
    this.log.state(this.#kit.host);
  }

  /** Holds every page's content, wherever it is, against the record; nothing may change by it. */
  peekAll(): void {
    const { host, record, scratch } = this.#kit;
    const before = this.log.tables(host);
    for (const vm of host.memory.vms) {
      for (let page = 0; page < vm.size; page++) {
        host.memory.peek(vm.id, toGfn(page), scratch);
        record.check(vm.id, page, scratch, 'peek');
      }
    }
    const after = this.log.tables(host);
    if (after !== before)
      throw new BrokenPromise(
        'contract',
        `peek changes nothing, but the tables did: ${before}, then ${after}`,
      );
  }

  /** Recounts frames, references, counters, the strategy's own books and its own frames. */
  verify(): void {
    const { host } = this.#kit;
    this.#unverified = false;
    try {
      host.verify();
    } catch (error) {
      const broken = toBrokenPromise(error);
      throw broken.promise === PROMISES.sound ? new BrokenPromise('books', broken.message, error) : broken;
    }
    if (host.strategies.every(({ strategy }) => strategy.backings === undefined)) return;
    const own = ownFrames(host);
    const accounted = footprints(host);
    if (own !== accounted)
      throw new BrokenPromise(
        'ownFrames',
        `it holds ${own} frames of its own, but its footprints say ${accounted}`,
      );
  }

  #verifyIfDue(): void {
    if (this.#plan.verify && this.#unverified) this.verify();
  }

  #act(guest: ModelGuest): void {
    const dice = this.#random.below(100);
    if (dice < 30) this.#readAny(guest);
    else if (dice < 55) this.#writeTo(guest, guest.anyHeld(this.#random));
    else if (dice < 62) this.#rewrite(guest);
    else if (dice < 88) this.#allocate(guest, dice < 80 ? 'used' : 'cache');
    else if (dice < 96) guest.release(this.#random);
    else this.#burst(guest);
  }

  #readAny(guest: ModelGuest): void {
    const page = guest.anyHeld(this.#random);
    if (page >= 0) this.read(guest.vm, page);
  }

  #writeTo(guest: ModelGuest, page: number): void {
    if (page >= 0) this.write(guest.vm, page, this.#pickContent());
  }

  /** Writes what the page holds already: the content stays, a shared frame does not. */
  #rewrite(guest: ModelGuest): void {
    const page = guest.anyUsed(this.#random);
    if (page < 0) return;
    const content = this.#kit.record.written(guest.vm, page);
    this.write(guest.vm, page, content < 0 ? ZERO_CONTENT : content);
  }

  /**
   * A new page: half the time it is read before it is written, as the next owner of a used frame would.
   */
  #allocate(guest: ModelGuest, as: 'used' | 'cache'): void {
    const page = guest.allocate(as);
    if (page < 0) return;
    if (this.#random.below(2) === 0) this.read(guest.vm, page);
    if (this.#random.below(4) !== 0) this.#writeTo(guest, page);
  }

  /** A dozen accesses at one moment: no timer and no pass comes between them. */
  #burst(guest: ModelGuest): void {
    for (let i = 0; i < 12; i++) {
      if (this.#random.below(2) === 0) this.#readAny(guest);
      else this.#writeTo(guest, guest.anyHeld(this.#random));
    }
  }

  #pickContent(): number {
    const dice = this.#random.below(100);
    if (dice < 10) return ZERO_CONTENT;
    if (dice < 18) return 1 + this.#random.below(SAME_FILLED);
    if (dice < 65) return SAME_FILLED + 1 + this.#random.below(HOT_CONTENTS);
    return this.#random.below(this.#kit.contents.count);
  }

  /** The guest reads a page; what it gets is held against the record. */
  read(vm: VmId, page: number): void {
    this.#kit.record.check(vm, page, this.#touch(vm, toGfn(page), false), 'read');
  }

  /** The guest overwrites a page. Up to the moment when the write lands, the page must hold what it held. */
  write(vm: VmId, page: number, content: number): void {
    const { host, record, contents } = this.#kit;
    const frame = this.#touch(vm, toGfn(page), true);
    record.check(vm, page, frame, 'write fault');
    const kind = host.memory.kind(vm, toGfn(page));
    if (kind !== KIND_MAPPED) {
      const sharers =
        kind === KIND_SHARED
          ? `that ${host.memory.references(frame)} pages share`
          : `of kind ${host.kinds.names[kind]!}`;
      throw new BrokenPromise(
        'reads',
        `a write to page ${page} of VM ${vm} goes through to frame ${frame} ${sharers}`,
      );
    }
    host.store.write(frame, contents.table, content);
    record.wrote(vm, page, content);
  }

  #touch(vm: VmId, page: Gfn, write: boolean): Mfn {
    const guest = this.#kit.guests[vm]!;
    guest.accessing = page;
    try {
      return this.#served(vm, page, write);
    } finally {
      guest.accessing = -1;
    }
  }

  #served(vm: VmId, page: Gfn, write: boolean): Mfn {
    const { host, clock } = this.#kit;
    this.#kit.accesses.count++;
    for (let waits = 0; waits < this.#plan.waits; waits++) {
      const kind = host.memory.kind(vm, page);
      const completion = host.memory.access(vm, page, write, clock.now());
      if (kind > KIND_SHARED || (kind === KIND_SHARED && write)) this.#unverified = true;
      if (completion !== BLOCKED) {
        if (!(completion >= clock.now())) {
          throw new BrokenPromise(
            'contract',
            `a fault asked for at ${clock.now()} completes at ${completion}`,
          );
        }
        return host.memory.frame(vm, page);
      }
      host.advance(WAIT_MS);
    }
    const { free, total } = host.pool;
    const waited = `page ${page} of VM ${vm} waited ${WAIT_MS * this.#plan.waits} ms`;
    const what = `${waited}; ${free} of ${total} frames are free`;
    const lost = ownFrames(host) - footprints(host);
    if (lost > 0) {
      throw new BrokenPromise(
        'ownFrames',
        `${what}; strategies hold ${lost} frames that no footprint accounts for`,
      );
    }
    if (!this.#kit.lastResort) throw new Starved(vm, what);
    throw new BrokenPromise('progress', what);
  }

  /** A VM is switched off and on: everything it held is released, and its pages are zero again. */
  restart(vm: number): void {
    const { host, guests, record } = this.#kit;
    const facts = host.memory.vms[vm]!;
    host.powerOff(facts.name);
    host.powerOn(facts.name);
    checkPowerCycle(this.#kit, facts.id);
    record.restarted(facts.id);
    for (const watch of this.#kit.watches) watch.given.delete(facts.id);
    guests[facts.id] = new ModelGuest(facts.id, facts.size, guests[facts.id]!.driver, record);
    this.#unverified = true;
  }
}

/** Frames that strategies hold for themselves: what is neither free nor behind a guest page. */
function ownFrames({ memory, pool }: KitHost['host']): number {
  const mapped = memory.pmaps.reduce((sum, { counts }) => sum + counts[KIND_MAPPED]!, 0);
  return pool.total - pool.free - pool.sharedFrames - mapped;
}

/** Frames that strategies say their kinds' storage needs. */
function footprints({ strategies }: KitHost['host']): number {
  return strategies
    .flatMap(({ strategy }) => Object.values(strategy.backings ?? {}))
    .reduce((sum, backing) => sum + backing.footprint(), 0);
}
