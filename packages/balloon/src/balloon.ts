import type {
  GuestService,
  GuestStatistics,
  Meter,
  PageService,
  Pages,
  ReclaimReceipt,
  ReclaimRequest,
  Refusal,
  RelaxRequest,
  Resolved,
  Strategy,
  VmFacts,
  VmId,
} from '@overbook/core';
import { KIND_BALLOONED, LARGE_PAGE_PAGES, OverbookError, toGfn, toPages } from '@overbook/core';
import { Subscription, interval } from 'rxjs';
import type { output } from 'zod';

import type { BalloonLimit } from './balloon-limit.ts';
import { balloonLimit, mostEver } from './balloon-limit.ts';
import { DriverPace } from './driver-pace.ts';
import type { balloonNeeds } from './needs.ts';
import type { balloonOptions, balloonTunable } from './options.ts';

type Deps = Resolved<typeof balloonNeeds>;
type Options = output<typeof balloonOptions>;

/** One VM's balloon. */
interface Inflation {
  readonly vm: VmFacts;
  pace: DriverPace;
  /** Pages the balloon shall hold. */
  target: number;
  /** Pages it held when it was last looked at: fewer are ballooned now if the guest touched some. */
  held: number;
  /** Most pages it could hold when it last grew: a reservation that was raised since is met by deflating. */
  room: number;
  /** The last poll asked for pages and got none. */
  dry: boolean;
  /** Driver 1.5 was told that its target changed and has not looked yet. */
  rung: boolean;
}

/** What the strategy counts since power-on, in pages unless it says otherwise. */
interface Tally {
  inflated: number;
  deflated: number;
  /** Ballooned pages that the guest touched. */
  popped: number;
  /** Polls in which the guest gave less than it was asked for. */
  shortPolls: number;
  /** Polls in which the guest was out of memory and got pages back. */
  oomPolls: number;
}

/**
 * Ballooning (Waldspurger, OSDI 2002, §3.2): a driver in the guest allocates pages and tells the host their numbers,
 * so the guest itself chooses what it can spare. Reclaim only raises a target; pages come as the driver finds them,
 * and may never come. Asking for more than a guest can give kills programs in it, so targets stay within what it
 * says it has.
 */
export class Balloon implements Strategy {
  readonly #pages: PageService;
  readonly #guests: GuestService;
  readonly #meter: Meter;
  readonly #deps: Deps;
  readonly #inflations: readonly Inflation[];
  readonly #tally: Tally = { inflated: 0, deflated: 0, popped: 0, shortPolls: 0, oomPolls: 0 };
  /** Page numbers that a guest gives or gets in one poll. */
  readonly #moved: Uint32Array;
  #options: Options;
  readonly #doorbell = new Subscription();

  constructor(deps: Deps, options: Options) {
    this.#deps = deps;
    this.#pages = deps.pages;
    this.#guests = deps.guests;
    this.#meter = deps.meter;
    this.#options = options;
    checkNames(deps.pages.vms, options.maxMiB);
    this.#inflations = deps.pages.vms.map((vm) => ({ vm, rung: false, ...asNew(vm, options) }));
    const { fastPages, slowPages, freePages } = new DriverPace(options);
    this.#moved = new Uint32Array(Math.max(fastPages, slowPages, freePages));
  }

  start(): Subscription {
    this.#doorbell.add(
      interval(this.#options.pollMs, this.#deps.clock.scheduler).subscribe(() => {
        for (const inflation of this.#inflations) this.#poll(inflation);
      }),
    );
    return this.#doorbell;
  }

  reclaim({ vm, goal, direct }: ReclaimRequest): ReclaimReceipt {
    const inflation = this.#inflations[vm]!;
    if (goal <= 0) return receipt(0, 0, 'at maximum');
    // A poll away at best: a driver is of no use to an access that waits.
    if (direct) return receipt(0, goal, 'too slow');
    if (!this.#guests.hasDriver(vm)) return receipt(0, goal, 'no driver');
    const limit = this.#limit(inflation, this.#guests.statistics(vm));
    const from = Math.max(inflation.target, this.#recount(inflation));
    const room = Math.max(0, limit.pages - from);
    // It was asked at the last poll and gave nothing: whatever it tells, the next rung must not wait for it.
    if (inflation.dry && room > 0) return receipt(0, goal, 'guest has nothing to give');
    const ordered = Math.min(goal, room);
    inflation.target = from + ordered;
    this.#ring(inflation);
    return receipt(ordered, goal - ordered, limit.why);
  }

  pending(vm: VmId): Pages {
    const inflation = this.#inflations[vm]!;
    return toPages(Math.max(0, inflation.target - this.#recount(inflation)));
  }

  /** Lowers the target: pages still to come are no longer asked for, then pages that came go back. */
  relax({ vm, pages: deserved }: RelaxRequest): Pages {
    if (!this.#guests.hasDriver(vm)) return toPages(0);
    const inflation = this.#inflations[vm]!;
    const before = inflation.target;
    inflation.target = Math.max(0, before - deserved);
    this.#ring(inflation);
    return toPages(before - inflation.target);
  }

  /** The guest may see so much: the balloon holds the rest, as far as it may hold so much. */
  resize(vm: VmId, visible: Pages | undefined): void {
    const inflation = this.#inflations[vm]!;
    const wanted = inflation.vm.size - (visible ?? inflation.vm.size);
    const most = this.#limit(inflation, this.#guests.statistics(vm)).pages;
    inflation.target = Math.min(wanted, Math.max(most, this.#recount(inflation)));
    this.#ring(inflation);
  }

  /** The guest is gone and its driver with it; pages that went back by that popped nothing. */
  poweredOff(vm: VmId): void {
    const inflation = this.#inflations[vm]!;
    Object.assign(inflation, asNew(inflation.vm, this.#options));
  }

  /** A balloon above a new maximum deflates to it. */
  tune(settings: output<typeof balloonTunable>): void {
    const { maxPercent, safePercent, blindPercent, deflateOnOom } = this.#options;
    this.#options = {
      ...this.#options,
      maxPercent: settings.maxPercent ?? maxPercent,
      safePercent: settings.safePercent ?? safePercent,
      blindPercent: settings.blindPercent ?? blindPercent,
      deflateOnOom: settings.deflateOnOom ?? deflateOnOom,
    };
  }

  counters(): Readonly<Record<string, number>> {
    let target = 0;
    let ballooned = 0;
    for (const inflation of this.#inflations) {
      ballooned += this.#recount(inflation);
      target += inflation.target;
    }
    return { ...this.#tally, target, ballooned };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    const { vm: facts, target } = this.#inflations[vm]!;
    const balloonMax = mostEver(facts, this.#options);
    // A maximum that a policy lowered holds for the target at once, for the balloon after its next polls.
    return { balloonTarget: Math.min(target, balloonMax), balloonMax };
  }

  verify(): void {
    for (const { vm, held, room, target } of this.#inflations) {
      const ballooned = this.#pages.count(vm.id, KIND_BALLOONED);
      if (ballooned > held)
        throw new Error(`VM ${vm.name}: ${ballooned} pages ballooned, only ${held} were asked for`);
      if (target < 0 || ballooned > room)
        throw new Error(
          `VM ${vm.name}: target ${target}, ${ballooned} ballooned where ${room} were to be had`,
        );
    }
  }

  /** Drivers from 1.5 on hear of a new target at once (VMCI doorbell); earlier ones look once a second. */
  #ring(inflation: Inflation): void {
    if (this.#options.driver !== '1.5' || inflation.rung) return;
    inflation.rung = true;
    const look = this.#deps.clock.scheduler.schedule(() => {
      inflation.rung = false;
      this.#doorbell.remove(look);
      this.#poll(inflation);
    }, 0);
    this.#doorbell.add(look);
  }

  /** What the driver does when it wakes: it looks at its target and works towards it at its pace. */
  #poll(inflation: Inflation): void {
    const { vm, pace } = inflation;
    if (!this.#guests.hasDriver(vm.id)) return;
    pace.turn();
    const ballooned = this.#recount(inflation);
    const told = this.#guests.statistics(vm.id);
    if (this.#options.deflateOnOom && ballooned > 0 && told?.available === 0) {
      this.#tally.oomPolls++;
      inflation.target = Math.min(inflation.target, Math.max(0, ballooned - pace.freePages));
    } else {
      this.#holdBack(inflation, ballooned, told);
    }
    const missing = inflation.target - ballooned;
    if (this.#options.driver === '1.5') {
      this.#catchUp(inflation, missing);
      return;
    }
    if (missing > 0) this.#inflate(inflation, missing, told?.free ?? 0);
    else inflation.dry = false;
    if (missing < 0) this.#deflate(inflation, -missing);
  }

  /**
   * A balloon that stays is an order that stays: when the guest could give less than it holds now, it comes down to the
   * safe part of that. A guest that stopped telling keeps what it has.
   */
  #holdBack(inflation: Inflation, ballooned: number, told: GuestStatistics | undefined): void {
    const limit = this.#limit(inflation, told);
    const most = limit.why === 'guest tells nothing' ? Math.max(limit.pages, ballooned) : limit.pages;
    inflation.target = Math.min(inflation.target, most);
  }

  /**
   * Driver 1.5: all at once, until the target or until the guest finds no more. Less than 2 MiB too many are kept,
   * unless all is to go back.
   */
  #catchUp(inflation: Inflation, missing: number): void {
    const most = this.#moved.length;
    inflation.dry = false;
    if (missing > 0) {
      inflation.room = inflation.vm.size - inflation.vm.reservation;
      let given = 0;
      for (let asked = 0, found = 0; given < missing && found === asked; given += found) {
        asked = Math.min(missing - given, most);
        found = this.#take(inflation, asked);
      }
      if (given < missing) this.#tally.shortPolls++;
      inflation.dry = given === 0;
    } else if (-missing >= LARGE_PAGE_PAGES || inflation.target === 0) {
      for (let left = -missing, wanted = 0, back = 0; left > 0 && back === wanted; left -= back) {
        wanted = Math.min(left, most);
        back = this.#takeBack(inflation, wanted);
      }
    }
  }

  #inflate(inflation: Inflation, missing: number, free: number): void {
    const { vm, pace } = inflation;
    inflation.room = vm.size - vm.reservation;
    let given = 0;
    let short = false;
    if (!pace.slow) {
      const most = Math.min(missing, pace.fastPages);
      const wanted = Math.min(most, free);
      if (wanted > 0) given = this.#take(inflation, wanted);
      if (given < most) pace.ranOut();
    }
    if (given < missing && pace.slow && given < pace.slowPages) {
      const wanted = Math.min(missing, pace.slowPages) - given;
      const found = this.#take(inflation, wanted);
      given += found;
      short = found < wanted;
    }
    if (short) {
      pace.refused();
      this.#tally.shortPolls++;
    } else {
      pace.inflated(given);
    }
    inflation.dry = given === 0;
  }

  #take(inflation: Inflation, count: number): number {
    const { vm } = inflation;
    const given = this.#guests.inflate(vm.id, count, this.#moved);
    for (let i = 0; i < given; i++) this.#pages.balloon(vm.id, toGfn(this.#moved[i]!));
    inflation.held += given;
    this.#tally.inflated += given;
    this.#meter.spend('balloonPage', given);
    return given;
  }

  #deflate(inflation: Inflation, surplus: number): void {
    const { pace } = inflation;
    const wanted = Math.min(surplus, pace.freePages);
    if (this.#takeBack(inflation, wanted) < wanted) pace.heldBack();
    else pace.deflated();
  }

  /** The guest gets pages back. @returns how many it took */
  #takeBack(inflation: Inflation, wanted: number): number {
    const { vm } = inflation;
    const taken = this.#guests.deflate(vm.id, wanted, this.#moved);
    const before = this.#pages.count(vm.id, KIND_BALLOONED);
    for (let i = 0; i < taken; i++) this.#pages.unballoon(vm.id, toGfn(this.#moved[i]!));
    inflation.held -= before - this.#pages.count(vm.id, KIND_BALLOONED);
    this.#tally.deflated += taken;
    this.#meter.spend('balloonPage', taken);
    return taken;
  }

  #limit(inflation: Inflation, told: GuestStatistics | undefined): BalloonLimit {
    return balloonLimit(inflation.vm, this.#recount(inflation), told, this.#options);
  }

  /** Pages ballooned now. A guest that touches one (after a reset, say) has it back: the books follow the mapping. */
  #recount(inflation: Inflation): number {
    const ballooned = this.#pages.count(inflation.vm.id, KIND_BALLOONED);
    if (ballooned < inflation.held) {
      this.#tally.popped += inflation.held - ballooned;
      inflation.held = ballooned;
    }
    return ballooned;
  }
}

/** The balloon of a guest that has just begun. */
function asNew(vm: VmFacts, options: Options): Omit<Inflation, 'vm' | 'rung'> {
  return { pace: new DriverPace(options), target: 0, held: 0, room: vm.size - vm.reservation, dry: false };
}

/** @throws OVB_OPTIONS_INVALID for a name that no VM has: its maximum would be silently ignored */
function checkNames(vms: readonly VmFacts[], maxMiB: Options['maxMiB']): void {
  for (const name of Object.keys(maxMiB)) {
    if (vms.some((vm) => vm.name === name)) continue;
    const names = vms.map((vm) => vm.name).join(', ');
    throw new OverbookError(
      'OVB_OPTIONS_INVALID',
      'balloon',
      `maxMiB: there is no VM '${name}'`,
      `VMs: ${names}.`,
    );
  }
}

function receipt(ordered: number, missing: number, why: string): ReclaimReceipt {
  const refused: Refusal[] = missing > 0 ? [{ pages: toPages(missing), why }] : [];
  return { freed: toPages(0), ordered: toPages(ordered), tried: toPages(0), refused };
}
