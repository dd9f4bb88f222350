import type { Subscription, Observable } from 'rxjs';
import type { ZodType, output } from 'zod';

import type { KindRole } from './kind-role.ts';
import type { CostOp } from '../ports/meter.ts';
import type { Needs, Resolved } from '../ports/token.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { SwapDevice } from '../ports/swap-device.ts';
import type { Gfn, Mfn, Nanoseconds, Pages, VmId } from '../units/page.ts';

/** The contract of strategies and policies as this package speaks it; compared as a number at composition. */
export const CONTRACT = 2;

/** Any JSON value: what crosses the line between a policy and a strategy. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The answer of an access or a fault that cannot complete now; the guest tries again later. */
export const BLOCKED: Nanoseconds = -1 as Nanoseconds;

/**
 * When a fault completes: its frame is usable at `readyAt` (FrameService.readyAt, or when the device has read), then
 * comes the CPU time that the fault itself took. Every handler of a kind ends with it.
 * @param at when the guest touched the page @param cost what Meter.spend returned
 */
export function done(at: Nanoseconds, readyAt: Nanoseconds, cost: Nanoseconds): Nanoseconds {
  return ((readyAt > at ? readyAt : at) + cost) as Nanoseconds;
}

/** Behaviour of one backing kind that a strategy brings. All are called with pages of that kind only. */
export interface Backing {
  /**
   * The guest touches the page at `at`: take a frame (FrameService.take), fill it, PageService.install it.
   * @param write true where the guest is about to write: such a page cannot end on a shared frame
   * @returns when the access completes (`done`), or BLOCKED, having changed nothing.
   */
  fault(vm: VmId, gfn: Gfn, payload: number, at: Nanoseconds, write: boolean): Nanoseconds;
  /**
   * The page is dropped without being read (ballooned, overwritten, its VM ended): free the storage behind
   * `payload`.
   */
  release(vm: VmId, gfn: Gfn, payload: number): void;
  /** Puts the page's content into `into` and changes nothing: for checks and for the host's own reads. */
  peek(vm: VmId, gfn: Gfn, payload: number, into: Mfn): void;
  /** Machine frames this kind's storage uses now. */
  footprint(): Pages;
}

/** A request for memory of one VM. Valid only during the call: the host reuses the object. */
export interface ReclaimRequest {
  readonly vm: VmId;
  /** Frames wanted: freed + ordered stays at or below it (whole large pages excepted). */
  readonly goal: Pages;
  /** Pages the strategy may look at: tried stays at or below it. */
  readonly budget: Pages;
  readonly state: HostMemoryState;
  /** True when an access waits for a frame: only what is freed before the call returns helps. */
  readonly direct: boolean;
  /**
   * True where the VM's charge has to fall (it is above its limit or its target) or nothing else is left: once it
   * has no private page left, shared pages must be taken too. That frees a frame only if the page was the last on
   * it.
   */
  readonly shared?: boolean;
  /** Time of the request. */
  readonly at: Nanoseconds;
}

/**
 * The result of a request. `freed` is what the frame pool gained, less the frames the strategy took; core checks
 * it. Core reads the object at once and keeps no reference.
 */
export interface ReclaimReceipt {
  readonly freed: Pages;
  /** Pages asked of a guest or its kernel, which may arrive later or never. */
  readonly ordered: Pages;
  /** Pages looked at. */
  readonly tried: Pages;
  readonly refused: readonly Refusal[];
  /**
   * When the last freed frame is really usable, if that is later than the request (a device is still writing). Frames
   * whose own time PageService.evict or drop was told come earlier; without such times all come then.
   */
  readonly readyAt?: Nanoseconds;
}

export interface Refusal {
  readonly pages: Pages;
  /** A short fixed phrase: `no driver`, `at maximum`, `nothing mapped`, `swap full`. */
  readonly why: string;
}

export interface RelaxRequest {
  readonly vm: VmId;
  /** Pages the VM may have back. */
  readonly pages: Pages;
  readonly at: Nanoseconds;
}

export interface ShrinkRequest {
  /** The VM whose pages are kept in the storage that shall shrink. */
  readonly vm: VmId;
  /** Frames wanted. */
  readonly frames: Pages;
  readonly at: Nanoseconds;
}

/** A page that another strategy is about to swap out. It is mapped, private and not pinned. */
export interface Victim {
  readonly vm: VmId;
  readonly gfn: Gfn;
  readonly mfn: Mfn;
  readonly at: Nanoseconds;
}

/** What a running strategy may listen to. Values are plain data, delivered between guest batches. */
export interface StrategyHost {
  readonly pressure$: Observable<Pressure>;
  readonly state$: Observable<HostMemoryState>;
}

/** A mechanism: it takes pages and gives them back. Every method is optional; what is absent is not done. */
export interface Strategy {
  /** Handlers of the kinds it brings, by the names in the plugin's `kinds`. */
  readonly backings?: Readonly<Record<string, Backing>>;
  /** Background work, paced by the clock and the streams; everything ends with the subscription. */
  start?(host: StrategyHost): Subscription;
  /** Give back up to `goal` pages of one VM within `budget` pages looked at. */
  reclaim?(request: ReclaimRequest): ReclaimReceipt;
  /**
   * Pages ordered from a VM and not delivered yet. A strategy with this method takes orders and delivers pages over
   * time, so it is asked before a state or a limit is reached; others are asked only then.
   */
  pending?(vm: VmId): Pages;
  /** A page is about to be swapped out: may keep it more cheaply. True only if the page is no longer mapped. */
  rescue?(victim: Victim): boolean;
  /**
   * Take over a page whose content is in a frame that does not belong to the page (a compressed page that must
   * leave its cache): keep the content and PageService.relocate the page to one of your kinds. True only if that
   * was done.
   */
  accept?(page: Victim): boolean;
  /**
   * An access waits and no VM has a page left to take: free frames in which you keep pages of this VM, by handing the
   * pages further out (DEMOTE). A page in a fault stays (Linux calls this a shrinker). @returns frames freed
   */
  shrink?(request: ShrinkRequest): Pages;
  /**
   * The VM may have memory again: cancel orders not delivered yet, then deflate or unthrottle.
   * @returns pages given back or promised.
   */
  relax?(request: RelaxRequest): Pages;
  /**
   * A policy ordered what the guest may see of its memory; work towards it from now on (a balloon's target is
   * size − pages). Undefined ends the order.
   */
  resize?(vm: VmId, pages: Pages | undefined, at: Nanoseconds): void;
  /**
   * A 2 MiB mapping was broken: its 512 pages from `first` on are small ones now. Told between passes, never in the
   * middle of somebody's reclaim; pages may have moved on since.
   */
  largePageBroken?(vm: VmId, first: Gfn): void;
  /**
   * A policy changes settings. They come as `tunable` of the plugin made them: checked and parsed; declare the
   * parameter with the schema's output type.
   */
  tune?(settings: unknown): void;
  /** The VM was powered on: its guest has run nothing yet, so pages may be attached (PageService.attach). */
  poweredOn?(vm: VmId): void;
  /**
   * The VM was powered off and all its pages were released. What the strategy remembers of it (targets, orders under
   * way, hints) ends here: a VM that is powered on again is as new.
   */
  poweredOff?(vm: VmId): void;
  /** The device on which it keeps pages: guests' own disks may be on it too, in the same queue. */
  readonly device?: SwapDevice;
  /** Plain numbers worth printing, in the strategy's own words (KSM's counters, slots in use). */
  counters?(): Readonly<Record<string, number>>;
  /**
   * The same for one VM, read at every sample of a time series. A name of the counter catalogue (`balloonTarget`,
   * `swapTarget`, …: docs/model/counters.md) feeds that counter, in pages; any other gets a separate column,
   * `<strategy>.<name>`. What is not known is left out: that is not 0.
   */
  vmCounters?(vm: VmId): Readonly<Record<string, number>>;
  /** Recount own books, throw on drift. */
  verify?(): void;
  dispose?(): void;
}

/** What `create` learns about itself. */
export interface Self {
  readonly id: string;
  /** Kind number by the name it was declared under. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** A VM as a strategy may judge it before the host runs. */
export interface HostedVm extends VmFacts {
  /** False where no balloon driver will ever run in it. */
  readonly driver: boolean;
}

/** What makes a strategy a bound: it knows what no real host knows (FUTURE), or its host has what the others lack. */
export interface Bound {
  /** A simulated host has a frame for every page of its guests, whatever its memory, and nobody has a limit. */
  readonly unlimitedMemory?: boolean;
  /** Operations that cost a simulated host nothing, whoever does them. */
  readonly free?: readonly CostOp[];
}

/** What a package exports to be a strategy. Plain data: no base class, no decorator, no container. */
export interface StrategyPlugin<N extends Needs = Needs, S extends ZodType = ZodType> {
  readonly role: 'strategy';
  /** Unique in a host; used in scenarios, results and errors. */
  readonly id: string;
  /** Compared as a number; nothing relies on instanceof across packages. */
  readonly contract: number;
  readonly title: string;
  /**
   * One schema: types, defaults, JSON Schema, README table. An option whose default is assumed states within which
   * range rankings may vary it: `.meta({ assumedRange: { low: 50, high: 95, source: 'assumed' } })`; 0 to 1 for a flag.
   */
  readonly options: S;
  readonly needs: N;
  /** Backing kinds it brings. At most 12 in one host beside core's four. */
  readonly kinds?: readonly string[];
  /** What its kinds are to observers, by kind; one without a role gets columns of its own. */
  readonly roles?: Readonly<Record<string, KindRole>>;
  /** Core's kinds that it fills and is credited for. One claimant each in a host. */
  readonly claims?: readonly ('shared' | 'ballooned')[];
  /**
   * False where, with these options, pages of different salts may still be shared: a scenario whose VMs have
   * salts is refused then. Default: true where it needs SALTS, which only who shares pages does.
   */
  keepsSalts?(options: output<S>): boolean;
  /**
   * True for a strategy that can free a frame whatever the guests do, at the highest price: ladders put others ahead of
   * it, and a ladder that leaves it out ends with it all the same. A mix without one may have to end a VM.
   */
  readonly lastResort?: boolean;
  /** Present for a bound: a mix with it is a line to hold others against and is ranked with none of them. */
  readonly bound?: Bound;
  /**
   * False where, with these options, it can bring back no page of any of these VMs, whatever happens (none of them may
   * share, none has a driver). A setting that a policy may tune counts as tuned to give most. Where none of a mix can
   * give and the guests may want more than there is, the host is refused. Default: true but for a strategy that has
   * `rescue` or `accept` and neither `reclaim` nor `start` nor `poweredOn`: it keeps what others evict.
   */
  canGive?(options: output<S>, vms: readonly HostedVm[]): boolean;
  /** Mildest memory state in which a ladder that does not name it lets it reclaim; default `hard`. */
  readonly actsFrom?: HostMemoryState;
  /**
   * Schema of what a policy may change while the host runs (the settings of a `tune` order), by the options it was made
   * with. Core parses with it; without it, `tune` orders for the strategy are refused.
   */
  tunable?(options: output<S>): ZodType;
  /**
   * Smallest amount it can give, in pages (a block of virtio-mem: 512 or more), by its options; default 1. The goal of
   * every request is a multiple of it: rounded up.
   */
  grain?(options: output<S>): Pages;
  create(deps: Resolved<N>, options: output<S>, self: Self): Strategy;
}

/** Types a strategy definition and marks it for the loader. */
export function defineStrategy<N extends Needs, S extends ZodType>(
  plugin: Omit<StrategyPlugin<N, S>, 'role'>,
): StrategyPlugin<N, S> {
  return { ...plugin, role: 'strategy' };
}
