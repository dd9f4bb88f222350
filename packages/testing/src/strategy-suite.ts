import { type AnyStrategyPlugin } from '@overbook/core';

import { type ProofOptions, STORES, type StoreProof, proveOn, refusal } from './prove-strategy.ts';
import { PROMISES } from './promises.ts';

/** What strategySuite needs: the author's runner and the plugin, and whatever proveStrategy takes. */
export interface StrategySuite extends ProofOptions {
  /** The runner's own function: `test` of vitest, of node:test, of Jest … */
  readonly test: (name: string, run: () => void) => unknown;
  readonly plugin: AnyStrategyPlugin;
}

/**
 * Registers one test per promise and store with the author's runner. The work is done once per store, in the first of its
 * tests to run; a promise that could not be looked at because another broke first fails and says so.
 */
export const strategySuite = ({ test, plugin, ...options }: StrategySuite): void => {
  for (const store of STORES) {
    const refused = refusal(plugin, store);
    if (refused !== undefined) {
      test(`${plugin.id} does not run on the store of ${store}: ${refused}`, () =>
        expectRefusal(plugin, options));
      continue;
    }
    let proof: StoreProof | undefined;
    for (const promise of Object.values(PROMISES)) {
      test(`${plugin.id} on ${store}: ${promise}`, () => {
        proof ??= proveOn(plugin, store, options);
        const verdict = proof.verdicts.find((one) => one.promise === promise);
        if (verdict?.error !== undefined) throw verdict.error;
        if (verdict === undefined) throw new Error(`not seen: ${brokenOf(proof)}`);
      });
    }
  }
};

const brokenOf = (proof: StoreProof): string =>
  `the run ended before, because of: ${proof.verdicts
    .filter((one) => !one.passed)
    .map((one) => one.promise)
    .join('; ')}`;

/** On the other store, the promise about needs composes the host that must refuse. */
const expectRefusal = (plugin: AnyStrategyPlugin, options: ProofOptions): void => {
  const proof = proveOn(plugin, 'bytes', { ...options, accesses: 0 });
  const verdict = proof.verdicts.find((one) => one.promise === PROMISES.needs);
  if (verdict?.passed !== true) throw verdict?.error ?? new Error('the refusal was not seen');
};
