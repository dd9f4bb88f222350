import type { AnyStrategyPlugin } from '@overbook/core/host';

import type { StoreKind } from './kit/kit-host.ts';
import { requires } from './kit/kit-host.ts';
import type { Effort, Outcome, ProofOptions } from './proof.ts';
import { Proof } from './proof.ts';
import type { KitPromise, PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';

/**
 * One promise on one store: kept, broken with the error that shows it, or unseen with the reason. Unseen is what no
 * run could look at: its method is absent or was never called, or another promise broke first.
 */
export type Verdict = Outcome & { readonly promise: KitPromise; readonly store: StoreKind };

/** What one store had to say: whether the plugin ran on it, how much was looked at, and what came out. */
export interface StoreProof extends Effort {
  readonly plugin: string;
  readonly store: StoreKind;
  /** All promises, in their order; none on a store that refused the plugin. */
  readonly verdicts: readonly Verdict[];
  /** Why the plugin does not run on this store; undefined where it ran. */
  readonly refused?: string;
}

/** One proof for each store. `reportText` makes it readable. */
export type Report = readonly StoreProof[];

/** Both stores, in the order in which they are tried. */
export const STORES: readonly StoreKind[] = ['keys', 'bytes'];
export const PROMISE_IDS = Object.keys(PROMISES) as readonly PromiseId[];

/**
 * Proves a strategy on every store that gives what it needs, without a test runner.
 * @throws OVB_OPTIONS_INVALID for options that the plugin refuses
 */
export function proveStrategy(plugin: AnyStrategyPlugin, options: ProofOptions = {}): Report {
  return STORES.map((store) => proveOn(plugin, store, options));
}

/** Proves a strategy on one store and tells how much was looked at. @throws as proveStrategy */
export function proveOn(plugin: AnyStrategyPlugin, store: StoreKind, options: ProofOptions = {}): StoreProof {
  const refused = refusal(plugin, store);
  if (refused !== undefined) {
    return {
      plugin: plugin.id,
      store,
      verdicts: [],
      refused,
      lastResort: false,
      accesses: 0,
      pagesChecked: 0,
      acted: 0,
    };
  }
  const proof = new Proof(plugin, store, options);
  // What needs all runs first: then all that is broken is known when the others are asked.
  const outcomes = new Map([...PROMISE_IDS].reverse().map((id) => [id, proof.outcome(id)]));
  const verdicts = PROMISE_IDS.map((id) => ({ promise: PROMISES[id], store, ...outcomes.get(id)! }));
  return { plugin: plugin.id, store, verdicts, ...proof.effort };
}

/** Why a plugin does not run on a store, or undefined. */
export function refusal(plugin: AnyStrategyPlugin, store: StoreKind): string | undefined {
  return store === 'keys' && requires(plugin, 'CONTENTS')
    ? 'it needs CONTENTS, which a host of keys does not provide'
    : undefined;
}
