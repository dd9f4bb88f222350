import { type AnyStrategyPlugin, type Binding, isOverbookError } from '@overbook/core';

import { checkDisposal, checkFramesBack } from './checks/disposal.ts';
import { checkNeeds } from './checks/needs.ts';
import { checkOptions } from './checks/options.ts';
import { checkRequests } from './checks/requests.ts';
import { type KitContents, makeContents } from './kit/contents.ts';
import {
  type KitHost,
  type KitHostConfig,
  type StoreKind,
  composeKitHost,
  requires,
} from './kit/kit-host.ts';
import { onAnotherDay } from './kit/other-wall-clock.ts';
import { firstDifference } from './kit/run-log.ts';
import { inTemporaryFolder } from './kit/temporary-folder.ts';
import { Starved, Workload } from './kit/workload.ts';
import { BrokenPromise, type KitPromise, PROMISES, type PromiseId, toBrokenPromise } from './promises.ts';

/** How a strategy is proved; everything has a default. */
export interface ProofOptions {
  /** The plugin's own options. */
  readonly options?: unknown;
  readonly seed?: number;
  /** Guest accesses of one run; default 3000. */
  readonly accesses?: number;
  /** Tokens bound to something else, as in composeHost: custom edges, or broken parts that the kit shall catch. */
  readonly bindings?: readonly Binding[];
}

/** One promise on one store. What could not be looked at, because another promise broke first, has no verdict. */
export interface Verdict {
  readonly promise: KitPromise;
  readonly store: StoreKind;
  readonly passed: boolean;
  /** What was seen, where it broke. */
  readonly error?: BrokenPromise;
}

/** All verdicts, in the order of the promises. */
export type Report = readonly Verdict[];

/** What one store had to say: whether the plugin ran on it, and how much was looked at. */
export interface StoreProof {
  readonly store: StoreKind;
  readonly verdicts: readonly Verdict[];
  /** Why the plugin does not run on this store; undefined where it ran. */
  readonly refused?: string;
  /** Promises that another one's breaking kept from being looked at. */
  readonly unseen: readonly KitPromise[];
  /** True where the kit's own swap stood behind the plugin, which cannot free a frame whenever one is needed. */
  readonly lastResort: boolean;
  readonly accesses: number;
  readonly pagesChecked: number;
  /** Pages that the strategy freed, ordered or saved, and changes it made. */
  readonly acted: number;
}

const DEFAULT_ACCESSES = 3000;
const DEFAULT_SEED = 0x0b00c;
const CONTENTS = 400;
export const STORES: readonly StoreKind[] = ['keys', 'bytes'];

/**
 * Proves a strategy on every store that gives what it needs, without a test runner.
 * @returns a verdict per promise and store; a store that the plugin refuses has none
 */
export const proveStrategy = (plugin: AnyStrategyPlugin, options: ProofOptions = {}): Report =>
  STORES.flatMap((store) => proveOn(plugin, store, options).verdicts);

/** Why a plugin does not run on a store, or undefined. */
export const refusal = (plugin: AnyStrategyPlugin, store: StoreKind): string | undefined =>
  store === 'keys' && requires(plugin, 'CONTENTS')
    ? 'it needs CONTENTS, which the key store does not give'
    : undefined;

let shared: KitContents | undefined;

/** Proves a strategy on one store. */
export const proveOn = (
  plugin: AnyStrategyPlugin,
  store: StoreKind,
  options: ProofOptions = {},
): StoreProof => {
  const refused = refusal(plugin, store);
  if (refused !== undefined) {
    return {
      store,
      verdicts: [],
      refused,
      unseen: [],
      lastResort: false,
      accesses: 0,
      pagesChecked: 0,
      acted: 0,
    };
  }
  return new Proof(plugin, store, options).run();
};

class Proof {
  readonly #config: KitHostConfig;
  readonly #accesses: number;
  readonly #broken = new Map<KitPromise, BrokenPromise>();
  readonly #seen = new Set<KitPromise>();
  #lastResort = false;
  #done = 0;
  #checked = 0;
  #acted = 0;

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

  run(): StoreProof {
    this.#stage(['options'], () => checkOptions(this.#config.plugin));
    this.#stage(['needs'], () => checkNeeds(this.#config));
    inTemporaryFolder((leftovers) => this.#work(leftovers));
    const promises = Object.values(PROMISES);
    const verdicts = promises.flatMap((promise): Verdict[] => {
      const error = this.#broken.get(promise);
      if (error !== undefined) return [{ promise, store: this.#config.store, passed: false, error }];
      return this.#seen.has(promise) ? [{ promise, store: this.#config.store, passed: true }] : [];
    });
    const unseen = promises.filter((promise) => !this.#broken.has(promise) && !this.#seen.has(promise));
    return {
      store: this.#config.store,
      verdicts,
      unseen,
      lastResort: this.#lastResort,
      accesses: this.#done,
      pagesChecked: this.#checked,
      acted: this.#acted,
    };
  }

  #work(leftovers: () => readonly string[]): void {
    let first: Workload | undefined;
    const watched: readonly PromiseId[] = [
      'conserved',
      'reads',
      'newFrame',
      'salts',
      'books',
      'contract',
      'sound',
      'progress',
    ];
    const whole = this.#stage(watched, () => {
      first = this.#chooseMix((kit) => {
        const work = this.#guests(kit);
        this.#end(kit, leftovers);
        return work;
      });
    });
    if (!whole || first === undefined) return;
    const { log } = first;
    this.#stage(['sameSeed'], () => this.#sameAgain(log.lines));
    this.#stage(['goalZero', 'withinGoal', 'withinBudget', 'poolGain'], () =>
      this.#withHost({}, (kit) => this.#requests(kit)),
    );
    // The other half of its needs: a plugin that can do without an edge must do without it.
    this.#stage([], () =>
      this.#withHost({ optionalEdges: false, seed: this.#config.seed + 1 }, (kit) => this.#guests(kit)),
    );
  }

  /** Alone first; a strategy that cannot always free a frame gets the kit's swap behind it. */
  #chooseMix(run: (kit: KitHost) => Workload): Workload {
    try {
      return this.#withHost({}, run);
    } catch (error) {
      if (!(error instanceof Starved)) throw error;
      this.#lastResort = true;
      return this.#withHost({}, run);
    }
  }

  /** Guests at work; then the strategy must have done something. */
  #guests(kit: KitHost): Workload {
    const work = this.#workload(kit, true);
    work.run();
    this.#acted += kit.watch.acted;
    return work;
  }

  /** What is true when the guests have ended. A stage of its own: a leftover says nothing against the run. */
  #end(kit: KitHost, leftovers: () => readonly string[]): void {
    this.#stage(['acts'], () => {
      if (kit.watch.acted === 0)
        throw new BrokenPromise(
          'acts',
          'it freed, ordered, rescued and changed nothing in a host that was short',
        );
    });
    this.#stage(['ownFrames'], () => checkFramesBack(kit));
    this.#stage(['disposal'], () => checkDisposal(kit, leftovers));
  }

  #sameAgain(lines: readonly string[]): void {
    const again = onAnotherDay(() =>
      this.#withHost({}, (kit) => {
        const work = this.#workload(kit, false);
        work.run();
        return work.log.lines;
      }),
    );
    const difference = firstDifference(lines, again);
    if (difference !== undefined) throw new BrokenPromise('sameSeed', difference);
  }

  #requests(kit: KitHost): void {
    const work = this.#workload(kit, true);
    while (work.accesses < this.#accesses / 4) work.step();
    checkRequests(kit, work);
  }

  #workload(kit: KitHost, verify: boolean): Workload {
    return new Workload(kit, { accesses: this.#accesses, seed: this.#config.seed, verify });
  }

  #withHost<T>(change: Partial<KitHostConfig>, run: (kit: KitHost) => T): T {
    const kit = composeKitHost({ ...this.#config, lastResort: this.#lastResort, ...change });
    try {
      return run(kit);
    } finally {
      this.#checked += kit.record.reads;
      kit.host.dispose();
    }
  }

  /** Runs one stage; what breaks gets its verdict, and what the stage was to show is seen when nothing breaks. */
  #stage(shows: readonly PromiseId[], run: () => void): boolean {
    try {
      run();
    } catch (error) {
      if (isOverbookError(error) && error.code === 'OVB_OPTIONS_INVALID') throw error;
      const broken = toBrokenPromise(error);
      if (!this.#broken.has(broken.promise)) this.#broken.set(broken.promise, broken);
      return false;
    }
    for (const id of shows) this.#seen.add(PROMISES[id]);
    return true;
  }
}
