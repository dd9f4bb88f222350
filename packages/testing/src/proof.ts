import type { Strategy } from '@overbook/core';
import type { AnyStrategyPlugin, Binding } from '@overbook/core/host';
import { isOverbookError } from '@overbook/core';

import { checkDisposal, checkFramesBack, checkRealTimers } from './checks/disposal.ts';
import { checkGrain } from './checks/grain.ts';
import { checkNeeds } from './checks/needs.ts';
import { checkOptions } from './checks/options.ts';
import { checkOrders } from './checks/orders.ts';
import { checkRelaxes } from './checks/relaxes.ts';
import { checkRequests } from './checks/requests.ts';
import { checkShrinks } from './checks/shrinks.ts';
import { checkTune } from './checks/tune.ts';
import { EVIDENCE, whyUnseen } from './evidence.ts';
import type { KitContents } from './kit/contents.ts';
import { makeContents } from './kit/contents.ts';
import { kitCache } from './kit/kit-cache.ts';
import { LARGE_SHAPE, clonesShape } from './kit/host-shape.ts';
import type { KitHost, KitHostConfig, StoreKind } from './kit/kit-host.ts';
import { composeKitHost } from './kit/kit-host.ts';
import { companySwap } from './kit/kit-swap.ts';
import { onAnotherDay } from './kit/other-wall-clock.ts';
import { withRealTimers } from './kit/real-timers.ts';
import { firstDifference } from './kit/run-log.ts';
import { inTemporaryFolder } from './kit/temporary-folder.ts';
import { LONG_PATIENCE, Starved, Workload } from './kit/workload.ts';
import type { KitPromise, PromiseId } from './promises.ts';
import { BrokenPromise, PROMISES, toBrokenPromise } from './promises.ts';

/** How a strategy is proved; everything has a default. */
export interface ProofOptions {
  /** The plugin's own options. */
  readonly options?: unknown;
  readonly seed?: number;
  /** Guest accesses of one run; default 2000. A proof makes at least four runs on each store. */
  readonly accesses?: number;
  /**
   * Tokens bound to something else, as in composeHost: custom edges, or broken parts that the kit shall
   * catch.
   */
  readonly bindings?: readonly Binding[];
}

/** What was looked at so far. */
export interface Effort {
  /**
   * True where the kit's own swap backed the plugin, which cannot free a frame whenever one is
   * needed.
   */
  readonly lastResort: boolean;
  readonly accesses: number;
  /** Pages whose content was held against the record. */
  readonly pagesChecked: number;
  /** Pages that the strategy freed, ordered or saved, and changes it made to the tables. */
  readonly acted: number;
}

/** What came of one promise. */
export type Outcome =
  | { readonly verdict: 'kept' }
  | { readonly verdict: 'broken'; readonly error: BrokenPromise }
  | {
      readonly verdict: 'unseen';
      readonly why: string;
      /** True where a method that the strategy has should have shown it, or where a run ended too early. */
      readonly owed: boolean;
    };

type Stage = 'declared' | 'work' | 'again' | 'requests' | 'bare' | 'company' | 'clones' | 'large';

/** What a run leaves behind, told while it is still under way. */
interface Left {
  readonly timers: () => readonly string[];
  /** Names in the temporary folder. */
  readonly leftovers: () => readonly string[];
}

/** Stages after which a promise's verdict is final; promises not named need all stages. */
const SHOWN_BY: Readonly<Partial<Record<PromiseId, readonly Stage[]>>> = {
  options: ['declared'],
  needs: ['declared'],
  acts: ['work'],
  disposal: ['work'],
  realTimer: ['work'],
  ownFrames: ['work'],
  sameSeed: ['work', 'again'],
  origin: ['work', 'clones'],
  goalZero: ['work', 'requests'],
  orders: ['work', 'requests'],
  tune: ['work', 'requests'],
};
const ALL_STAGES: readonly Stage[] = [
  'declared',
  'work',
  'again',
  'requests',
  'bare',
  'company',
  'clones',
  'large',
];
const DEFAULT_ACCESSES = 2000;
const DEFAULT_SEED = 0x0b00c;
const CONTENTS = 400;
/** Accesses in the company of others and with large pages, after the guests have filled their memory. */
const FEWER = 0.4;

let shared: KitContents | undefined;

/**
 * The proof of one strategy on one store, made in stages: each runs once, when a promise that it shows is
 * asked for.
 */
export class Proof {
  readonly #config: KitHostConfig;
  readonly #accesses: number;
  readonly #broken = new Map<KitPromise, BrokenPromise>();
  readonly #shown = new Set<KitPromise>();
  readonly #done = new Set<Stage>();
  /** How often each promise was looked at, over all runs. */
  readonly #looks = new Map<PromiseId, number>();
  readonly #effort = { lastResort: false, accesses: 0, pagesChecked: 0, acted: 0 };
  #log: readonly string[] | undefined;
  /** As the main run had it: which methods it has. */
  #strategy: Strategy | undefined;
  /** A run ended before its time. */
  #cut = false;

  constructor(plugin: AnyStrategyPlugin, store: StoreKind, options: ProofOptions) {
    this.#accesses = options.accesses ?? DEFAULT_ACCESSES;
    this.#config = {
      plugin,
      store,
      options: options.options,
      seed: options.seed ?? DEFAULT_SEED,
      bindings: options.bindings ?? [],
      contents: (shared ??= makeContents(CONTENTS)),
      optionalEdges: true,
      lastResort: false,
    };
  }

  /** What came of one promise, after the runs that show it. */
  outcome(id: PromiseId): Outcome {
    for (const stage of SHOWN_BY[id] ?? ALL_STAGES) this.#once(stage);
    const promise = PROMISES[id];
    const error = this.#broken.get(promise);
    if (error !== undefined) return { verdict: 'broken', error };
    if (!this.#shown.has(promise)) {
      return { verdict: 'unseen', why: `the run ended earlier: ${this.broken.join('; ')}`, owed: true };
    }
    if (EVIDENCE[id] === undefined || this.#looks.has(id)) return { verdict: 'kept' };
    return { verdict: 'unseen', ...whyUnseen(id, this.#strategy) };
  }

  /** Promises found broken so far. */
  get broken(): readonly KitPromise[] {
    return [...this.#broken.keys()];
  }

  get effort(): Effort {
    return this.#effort;
  }

  #once(stage: Stage): void {
    if (this.#done.has(stage)) return;
    this.#done.add(stage);
    if (stage === 'declared') this.#declared();
    else if (stage === 'work')
      withRealTimers((timers) => inTemporaryFolder((leftovers) => this.#work({ timers, leftovers })));
    else if (this.#log !== undefined) inTemporaryFolder(() => this.#further(stage, this.#log!));
  }

  #declared(): void {
    this.#stage(['options'], () => checkOptions(this.#config.plugin));
    this.#stage(['needs'], () => checkNeeds(this.#config));
  }

  /** The main run, alone first; a strategy that cannot always free a frame gets the kit's swap behind it. */
  #work(left: Left): void {
    this.#stage([], () => {
      try {
        this.#mainRun(left);
      } catch (error) {
        if (!wantsHelp(error)) throw error;
        this.#effort.lastResort = true;
        this.#mainRun(left);
      }
    });
  }

  #mainRun(left: Left): void {
    this.#withHost({}, (kit) => {
      const work = this.#guests(kit, true);
      this.#log = work.log.lines;
      this.#strategy = kit.watch.strategy;
      this.#stage(['acts'], () => {
        if (kit.watch.acted > 0 || this.#actsOnClones()) return;
        throw new BrokenPromise(
          'acts',
          'it freed, ordered, rescued and changed nothing on a host short of memory',
        );
      });
      this.#stage(['ownFrames'], () => checkFramesBack(kit));
      this.#stage(['disposal'], () => checkDisposal(kit, left.leftovers));
      this.#stage(['realTimer'], () => checkRealTimers(left.timers));
    });
  }

  #further(stage: Stage, log: readonly string[]): void {
    if (stage === 'again') this.#stage(['sameSeed'], () => this.#sameAgain(log));
    if (stage === 'requests') this.#stage(['goalZero', 'orders', 'tune'], () => this.#asked());
    // What a plugin can do without it must do without.
    if (stage === 'bare')
      this.#stage([], () => this.#guestsOn({ optionalEdges: false, seed: this.#config.seed + 1 }));
    if (stage === 'company') this.#stage([], () => this.#company());
    if (stage === 'clones') this.#stage(['origin'], () => this.#clones());
    if (stage !== 'large') return;
    this.#stage([], () => this.#large());
    // Everything was run; what only breaks by being seen broken is kept.
    if (this.#cut) return;
    for (const id of Object.keys(PROMISES) as PromiseId[]) {
      if (SHOWN_BY[id] === undefined) this.#shown.add(PROMISES[id]);
    }
  }

  /** Others ask it to rescue their victims, and to take over what leaves a cache, where it does that. */
  #company(): void {
    const accesses = Math.ceil(this.#accesses * FEWER);
    if (this.#strategy?.rescue !== undefined)
      this.#guestsOn({ before: [companySwap], lastResort: false, seed: this.#config.seed + 2 }, accesses);
    if (this.#strategy?.accept !== undefined)
      this.#guestsOn(
        { before: [companySwap, kitCache], lastResort: false, seed: this.#config.seed + 3 },
        accesses,
      );
  }

  /** One that shares by origin has nothing to do where no VM has a template. */
  #actsOnClones(): boolean {
    this.#once('clones');
    return this.#looks.has('origin');
  }

  /** VMs that start from a template, where it wants to hear of VMs that start. */
  #clones(): void {
    if (this.#strategy?.poweredOn === undefined) return;
    const shape = clonesShape(this.#config.contents.table);
    this.#guestsOn({ shape, seed: this.#config.seed + 5 }, Math.ceil(this.#accesses * FEWER));
  }

  /** Guests with large pages, where it wants to hear of those that are broken. */
  #large(): void {
    if (this.#strategy?.largePageBroken === undefined) return;
    const seed = this.#config.seed + 4;
    this.#withHost({ shape: LARGE_SHAPE, lastResort: true, seed }, (kit) =>
      this.#workload(kit, { verify: false, hours: false, accesses: 1 }).run(),
    );
  }

  #guestsOn(change: Partial<KitHostConfig>, accesses = this.#accesses): void {
    this.#helped(change, (kit) => this.#guests(kit, false, accesses));
  }

  /** What starves alone, though the main run did not, gets the kit's swap behind it as well. */
  #helped(change: Partial<KitHostConfig>, run: (kit: KitHost) => unknown): void {
    try {
      this.#withHost(change, run);
    } catch (error) {
      if (!wantsHelp(error)) throw error;
      this.#withHost({ ...change, lastResort: true }, run);
    }
  }

  #guests(kit: KitHost, hours: boolean, accesses = this.#accesses): Workload {
    const work = this.#workload(kit, { verify: true, hours, accesses });
    work.run();
    this.#effort.acted += kit.watch.acted;
    return work;
  }

  #sameAgain(lines: readonly string[]): void {
    const again = onAnotherDay(() =>
      this.#withHost({}, (kit) => {
        const work = this.#workload(kit, { verify: false, hours: true });
        work.run();
        return work.log.lines;
      }),
    );
    const difference = firstDifference(lines, again);
    if (difference !== undefined) throw new BrokenPromise('sameSeed', difference);
  }

  /** Asked directly: for pages with every goal and budget, for pages that must come, for unknown settings. */
  #asked(): void {
    this.#helped({}, (kit) => {
      const work = this.#workload(kit, { verify: true, hours: false });
      work.warmUp();
      checkRequests(kit, work);
      checkOrders(kit, work);
      checkRelaxes(kit, work);
      checkShrinks(kit, work);
      checkGrain(kit, work);
      checkTune(kit);
    });
  }

  #workload(
    kit: KitHost,
    plan: { readonly verify: boolean; readonly hours: boolean; readonly accesses?: number },
  ): Workload {
    const { accesses = this.#accesses } = plan;
    return new Workload(kit, { seed: this.#config.seed, waits: LONG_PATIENCE, ...plan, accesses });
  }

  #withHost<T>(change: Partial<KitHostConfig>, run: (kit: KitHost) => T): T {
    const kit = composeKitHost({ ...this.#config, lastResort: this.#effort.lastResort, ...change });
    try {
      return run(kit);
    } catch (error) {
      throw deeper(kit, error);
    } finally {
      this.#effort.accesses += kit.accesses.count;
      this.#effort.pagesChecked += kit.record.reads;
      for (const error of kit.watch.found.values()) this.#found(error);
      for (const [id, count] of kit.watch.looks) this.#looks.set(id, (this.#looks.get(id) ?? 0) + count);
      kit.host.dispose();
    }
  }

  /**
   * Runs one stage: what breaks gets its verdict, what the stage was to show is shown when nothing breaks.
   */
  #stage(shows: readonly PromiseId[], run: () => void): void {
    try {
      run();
    } catch (error) {
      // Bad options are the author's own and concern no promise; a host that starves alone is asked again
      // with help.
      if (wantsHelp(error) || this.#isAuthorsOwn(error)) throw error;
      const broken = toBrokenPromise(error);
      this.#cut ||= shows.length === 0 || shows.includes('goalZero');
      this.#found(broken);
      return;
    }
    for (const id of shows) this.#shown.add(PROMISES[id]);
  }

  #found(error: BrokenPromise): void {
    if (!this.#broken.has(error.promise)) this.#broken.set(error.promise, error);
  }

  /** Options that the author gave and the plugin refuses. Without any given, its own defaults are what is refused. */
  #isAuthorsOwn(error: unknown): boolean {
    return (
      isOverbookError(error) && error.code === 'OVB_OPTIONS_INVALID' && this.#config.options !== undefined
    );
  }
}

/** True where the strategy can give no frame, or not always: it needs a last resort beside it. */
function wantsHelp(error: unknown): boolean {
  return error instanceof Starved || (isOverbookError(error) && error.code === 'OVB_MIX_NEVER_GIVES');
}

/**
 * The promise behind an error. Frames that are not conserved make anything fail sooner or later, a receipt or a guest's
 * read: then that is what broke.
 */
function deeper(kit: KitHost, error: unknown): unknown {
  if (error instanceof Starved) return error;
  try {
    kit.host.verify();
  } catch (found) {
    const broken = toBrokenPromise(found);
    if (broken.promise === PROMISES.conserved) return broken;
  }
  return error;
}
