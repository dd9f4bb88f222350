import type { Activity } from '../counters/counters.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BITS_SAMPLED, BIT_IDLE, BIT_UNWRITTEN } from '../pmap/pmap.ts';
import type { ExecutionTime } from '../ports/execution-time.ts';
import type { Meter } from '../ports/meter.ts';
import type { RandomStream } from '../ports/random.ts';
import type { TranslationService } from '../translate/translation.ts';
import type { Pages, VmId } from '../units/page.ts';
import { NS_PER_MS, toGfn, toNs, toPages } from '../units/page.ts';
import { MovingEstimate } from './moving-estimate.ts';

/** Draws per page wanted: in a VM that has given nearly all to its balloon, fewer pages are sampled. */
const DRAWS_PER_PAGE = 64;
/** How often a period of execution time is checked, at most: the VM may not be running. */
const LOOKS_PER_PERIOD = 64;

/** How working sets are sampled. */
export interface Sampling {
  /** Pages drawn per period and VM. */
  readonly pages: number;
  /** Length of a period, in milliseconds of the time that `time` names. */
  readonly periodMs: number;
  /** `execution`: time the VM ran, where the host's edges tell it; `host`: time that passed. */
  readonly time: 'execution' | 'host';
  /** Gains of the two moving averages, above 0, at most 1. */
  readonly slowGain: number;
  readonly fastGain: number;
  /** Least estimate of active and of written memory, in percent (SampleActivePctMin, SampleDirtiedPctMin). */
  readonly activeFloorPercent: number;
  readonly writtenFloorPercent: number;
}

/** What the sampler is made of. */
export interface ActiveSamplerParts {
  readonly memory: HostMemory;
  readonly random: RandomStream;
  readonly meter: Meter;
  readonly sampling: Sampling;
  /** Without it periods are of host time. */
  readonly executionTime?: ExecutionTime | undefined;
  readonly translation?: TranslationService | undefined;
}

/** The host's clock, as far as the sampler needs it. */
interface SamplerClock {
  now(): number;
  after(delayNs: number, run: () => void): () => void;
}

/** One VM's running period and what earlier ones came to. */
class Sampled {
  readonly memory: Pmap;
  readonly active: MovingEstimate;
  readonly written: MovingEstimate;
  pages: number[] = [];
  /** Sampled pages whose cached mappings were dropped: the first touch of each is one fault more. */
  readonly dropped = new Set<number>();
  fromNs = 0;
  readonly #away: () => number;

  /** @param away pages that the guest gave up */
  constructor(
    pmap: Pmap,
    { slowGain, fastGain, activeFloorPercent, writtenFloorPercent }: Sampling,
    away: () => number,
  ) {
    this.memory = pmap;
    this.#away = away;
    this.active = new MovingEstimate({ slowGain, fastGain, floor: activeFloorPercent / 100 });
    this.written = new MovingEstimate({ slowGain, fastGain, floor: writtenFloorPercent / 100 });
  }

  /** Part of the sample that lost a mark since it was drawn. */
  partWithout(mark: number): number {
    const { bits } = this.memory;
    let count = 0;
    for (const page of this.pages) if ((bits[page]! & mark) === 0) count++;
    return this.pages.length === 0 ? 0 : count / this.pages.length;
  }

  /** What estimates are parts of: a page that the guest gave up is in no sample. */
  get usable(): number {
    return this.memory.size - this.#away();
  }
}

/**
 * Statistical estimate of each VM's active memory (Waldspurger, OSDI 2002, §5.3): n random pages a period lose their
 * cached mappings, so that the next touch of each faults and is counted; the part of them touched is averaged slowly
 * and fast. Written memory is estimated from the same pages. The marks are side bits that a touch clears anyway: a
 * page that is not sampled costs nothing.
 *
 * Left out: in a 2 MiB mapping only the sampled page's touches are seen, as if it had been mapped alone.
 */
export class ActiveSampler {
  readonly #parts: ActiveSamplerParts;
  readonly #vms: Sampled[];
  /** What ends the wait for a VM's period; none for a VM that is powered off. */
  readonly #waits: ((() => void) | undefined)[];
  /** Absent until sampling begins. */
  #clock: SamplerClock | undefined;

  constructor(parts: ActiveSamplerParts) {
    this.#parts = parts;
    this.#vms = parts.memory.pmaps.map((pmap) => this.#sampled(pmap));
    this.#waits = this.#vms.map(() => undefined);
  }

  /** Begins the first period of all VMs that are on; each VM's periods end at different times. @returns ends it */
  start(clock: SamplerClock): () => void {
    this.#clock = clock;
    const { vms, poweredOff } = this.#parts.memory;
    for (const { id } of vms) if (!poweredOff.has(id)) this.#run(id, clock);
    return () => {
      for (const cancel of this.#waits) cancel?.();
    };
  }

  /** A VM that is powered off is not sampled, and nothing is known of one that is powered on. */
  powered(vm: VmId, on: boolean): void {
    this.#waits[vm]?.();
    this.#waits[vm] = undefined;
    const { memory } = this.#vms[vm]!;
    for (const page of this.#vms[vm]!.pages) memory.bits[page]! &= ~BITS_SAMPLED;
    this.#vms[vm] = this.#sampled(memory);
    if (on && this.#clock !== undefined) this.#run(vm, this.#clock);
  }

  /** What is known of a VM's activity; undefined before its first whole period. */
  activity(vm: VmId): Activity | undefined {
    const sampled = this.#vms[vm]!;
    const { active, written, usable } = sampled;
    const activePages = this.active(vm);
    if (activePages === undefined) return undefined;
    const touched = sampled.partWithout(BIT_IDLE);
    const writtenPages = Math.ceil(written.estimate(sampled.partWithout(BIT_UNWRITTEN)) * usable);
    return {
      active: activePages,
      // A floor of written memory above that of active memory would say more than there is.
      activeWrite: toPages(Math.min(activePages, writtenPages)),
      nowPercent: active.last * 100,
      slowPercent: active.slow * 100,
      fastPercent: active.fast * 100,
      nextPercent: active.next(touched) * 100,
    };
  }

  /** Active pages of a VM; undefined before its first whole period. */
  active(vm: VmId): Pages | undefined {
    const sampled = this.#vms[vm]!;
    const { active, usable } = sampled;
    if (!active.known) return undefined;
    return toPages(Math.min(usable, Math.ceil(active.estimate(sampled.partWithout(BIT_IDLE)) * usable)));
  }

  /** Ends a VM's period and begins the next. @param nowNs host time */
  turn(vm: VmId, nowNs: number): void {
    this.#conclude(this.#vms[vm]!);
    this.#begin(vm, nowNs);
  }

  #run(vm: VmId, clock: SamplerClock): void {
    this.#begin(vm, clock.now());
    this.#wait(vm, clock, this.#periodNs);
  }

  get #periodNs(): number {
    return this.#parts.sampling.periodMs * NS_PER_MS;
  }

  /** Looks after a period when it can have ended at the earliest: a VM runs no faster than time passes. */
  #wait(vm: VmId, clock: SamplerClock, delayNs: number): void {
    this.#waits[vm] = clock.after(delayNs, () => {
      const leftNs = this.#vms[vm]!.fromNs + this.#periodNs - this.#timeOf(vm, clock.now());
      if (leftNs <= 0) this.turn(vm, clock.now());
      const nextNs = leftNs <= 0 ? this.#periodNs : Math.max(leftNs, this.#periodNs / LOOKS_PER_PERIOD);
      this.#wait(vm, clock, Math.ceil(nextNs));
    });
  }

  #timeOf(vm: VmId, nowNs: number): number {
    const { executionTime, sampling } = this.#parts;
    return sampling.time === 'host' || executionTime === undefined ? nowNs : executionTime.ran(vm);
  }

  #conclude(sampled: Sampled): void {
    const { pages: drawn, dropped, memory, active, written } = sampled;
    if (drawn.length === 0) return;
    active.take(sampled.partWithout(BIT_IDLE));
    written.take(sampled.partWithout(BIT_UNWRITTEN));
    let faults = 0;
    for (const page of drawn) {
      if ((memory.bits[page]! & BIT_IDLE) === 0 && dropped.has(page)) faults++;
      memory.bits[page]! &= ~BITS_SAMPLED;
    }
    this.#parts.meter.spend('minorFault', faults);
  }

  #sampled(pmap: Pmap): Sampled {
    const { memory, sampling } = this.#parts;
    return new Sampled(pmap, sampling, () => memory.away(pmap.id));
  }

  #begin(vm: VmId, nowNs: number): void {
    const { random, sampling, translation } = this.#parts;
    const sampled = this.#vms[vm]!;
    const { memory, usable } = sampled;
    const wanted = Math.min(sampling.pages, usable);
    sampled.fromNs = this.#timeOf(vm, toNs(nowNs));
    sampled.pages = [];
    sampled.dropped.clear();
    for (let draws = wanted * DRAWS_PER_PAGE; draws > 0 && sampled.pages.length < wanted; draws--) {
      const page = random.below(memory.size);
      const kind = memory.kind(page);
      if (this.#parts.memory.isAway(kind) || (memory.bits[page]! & BIT_IDLE) !== 0) continue;
      memory.bits[page]! |= BITS_SAMPLED;
      translation?.invalidate(vm, toGfn(page));
      sampled.pages.push(page);
      if (kind === KIND_MAPPED || kind === KIND_SHARED) sampled.dropped.add(page);
    }
  }
}
