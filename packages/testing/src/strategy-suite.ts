import type { AnyStrategyPlugin } from '@overbook/core/host';

import type { ProofOptions } from './proof.ts';
import { Proof } from './proof.ts';
import type { PromiseId } from './promises.ts';
import { PROMISES } from './promises.ts';
import { PROMISE_IDS, STORES, refusal } from './prove-strategy.ts';
import { unseen } from './unseen.ts';

/** What strategySuite needs: the author's runner and the plugin, and whatever proveStrategy takes. */
export interface StrategySuite extends ProofOptions {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => void) => unknown;
  readonly plugin: AnyStrategyPlugin;
}

/**
 * Registers one test per promise and store with the author's runner. Each part of the work is done once, in the first
 * test that needs it. A promise that was not seen fails and says why where a method of the strategy should have shown
 * it; where the strategy has no such method, the test is skipped with the reason.
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
      test(`${plugin.id} on ${store}: ${PROMISES[id]}`, (...context: readonly unknown[]) =>
        expectKept(proof, id, context[0]));
  }
}

function expectKept(proof: Proof, id: PromiseId, context?: unknown): void {
  const outcome = proof.outcome(id);
  if (outcome.verdict === 'broken') throw outcome.error;
  if (outcome.verdict === 'unseen') unseen(outcome, context);
}
