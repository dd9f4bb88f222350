import type { AnyStrategyPlugin } from '@overbook/core';

import type { StoreKind } from './kit/kit-host.ts';
import { requires } from './kit/kit-host.ts';
import type { Effort, ProofOptions } from './proof.ts';
import { Proof } from './proof.ts';
import type { BrokenPromise, KitPromise, PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';

/**
 * One promise on one store. A promise that could not be looked at, because another broke first, has no
 * verdict.
 */
export interface Verdict {
  readonly promise: KitPromise;
  readonly store: StoreKind;
  readonly passed: boolean;
  /** What was seen, where it broke. */
  readonly error?: BrokenPromise;
}

/** All verdicts, in the order of the promises, store by store. */
export type Report = readonly Verdict[];

/** What one store had to say: whether the plugin ran on it, how much was looked at, and what came out. */
export interface StoreProof extends Effort {
  readonly store: StoreKind;
  readonly verdicts: readonly Verdict[];
  /** Why the plugin does not run on this store; undefined where it ran. */
  readonly refused?: string;
  /** Promises that could not be looked at because another broke first. */
  readonly unseen: readonly KitPromise[];
}

/** Both stores, in the order in which they are tried. */
export const STORES: readonly StoreKind[] = ['keys', 'bytes'];
export const PROMISE_IDS = Object.keys(PROMISES) as readonly PromiseId[];

/**
 * Proves a strategy on every store that gives what it needs, without a test runner.
 * @returns a verdict per promise and store; a store that the plugin refuses has none
 * @throws OVB_OPTIONS_INVALID for options that the plugin refuses
 */
export function proveStrategy(plugin: AnyStrategyPlugin, options: ProofOptions = {}): Report {
  return STORES.flatMap((store) => proveOn(plugin, store, options).verdicts);
}

/** Proves a strategy on one store and tells how much was looked at. @throws as proveStrategy */
export function proveOn(plugin: AnyStrategyPlugin, store: StoreKind, options: ProofOptions = {}): StoreProof {
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
  const proof = new Proof(plugin, store, options);
  const verdicts: Verdict[] = [];
  const unseen: KitPromise[] = [];
  for (const id of [...PROMISE_IDS].reverse()) {
    const verdict = proof.verdict(id);
    if (verdict === 'unseen') unseen.unshift(PROMISES[id]);
    else if (verdict === 'kept') verdicts.unshift({ promise: PROMISES[id], store, passed: true });
    else verdicts.unshift({ promise: PROMISES[id], store, passed: false, error: verdict });
  }
  return { store, verdicts, unseen, ...proof.effort };
}

/** Why a plugin does not run on a store, or undefined. */
export function refusal(plugin: AnyStrategyPlugin, store: StoreKind): string | undefined {
  return store === 'keys' && requires(plugin, 'CONTENTS')
    ? 'it needs CONTENTS, which a host of keys does not give'
    : undefined;
}
