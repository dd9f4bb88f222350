import type { AnyStrategyPlugin } from '@overbook/core';

import type { ProofOptions } from './proof.ts';
import { Proof } from './proof.ts';
import type { PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';
import { PROMISE_IDS, STORES, refusal } from './prove-strategy.ts';

/** What strategySuite needs: the author's runner and the plugin, and whatever proveStrategy takes. */
export interface StrategySuite extends ProofOptions {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => void) => unknown;
  readonly plugin: AnyStrategyPlugin;
}

/**
 * Registers one test per promise and store with the author's runner. Each part of the work is done once, in the first
 * test that needs it; a promise that could not be looked at because another broke first fails and says so.
 */
export function strategySuite({ test, plugin, ...options }: StrategySuite): void {
  for (const store of STORES) {
    const refused = refusal(plugin, store);
    if (refused !== undefined) {
      test(`${plugin.id} is refused on ${store}: ${refused}`, () =>
        expectKept(new Proof(plugin, 'bytes', options), 'needs'));
      continue;
    }
    const proof = new Proof(plugin, store, options);
    for (const id of PROMISE_IDS)
      test(`${plugin.id} on ${store}: ${PROMISES[id]}`, () => expectKept(proof, id));
  }
}

function expectKept(proof: Proof, id: PromiseId): void {
  const verdict = proof.verdict(id);
  if (verdict === 'kept') return;
  if (verdict === 'unseen') throw new Error(`not seen, for the run ended before: ${proof.broken.join('; ')}`);
  throw verdict;
}
