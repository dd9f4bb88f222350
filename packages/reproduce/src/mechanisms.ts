import type { Chosen, HostSettings, Ladder } from '@overbook/core/host';
import { esxEntitlement } from '@overbook/core';
import { memoryStateModel } from '@overbook/core/host';
import { tps } from '@overbook/tps';
import type { Mix, SimulationConfig } from '@overbook/sim';

/**
 * Changes to the mechanisms of an experiment's hosts. `overbook reproduce` changes nothing; tests change one
 * mechanism at a time to see that the experiment notices.
 */
export interface Mechanisms {
  /** Idle-memory tax of the entitlement policy, 0..0.99. */
  readonly idleTax?: number;
  /** Salting of page sharing: 0, 1 or 2 (2: within each VM only). */
  readonly salting?: 0 | 1 | 2;
  /** Gain of the slow average of active memory, 0..1. */
  readonly slowGain?: number;
  /** Rungs of every memory state asked the other way round: what hurts most first. */
  readonly reversedLadder?: boolean;
}

/** As published. */
export const UNCHANGED: Mechanisms = {};

/** The part of a host that mechanisms change. */
type Host = Mix & Pick<HostSettings, 'memoryStates' | 'sampling'>;

/**
 * The host with the changes made. Every experiment passes each of its hosts through here, so that none can be
 * composed beside them.
 */
export function changed<H extends Host>(host: H, mechanisms: Mechanisms): H {
  const { idleTax, salting, slowGain, reversedLadder } = mechanisms;
  let result = host;
  if (idleTax !== undefined) {
    const policies = result.policies ?? [esxEntitlement];
    result = { ...result, policies: policies.map((one) => withOptions(one, 'esx-entitlement', { idleTax })) };
  }
  if (salting !== undefined)
    result = { ...result, strategies: result.strategies.map((one) => withOptions(one, tps.id, { salting })) };
  if (slowGain !== undefined) result = { ...result, sampling: { ...result.sampling, slowGain } };
  if (reversedLadder === true) {
    const model = memoryStateModel(result.memoryStates ?? 'esxi-6.x', 'reversedLadder');
    result = { ...result, memoryStates: { ...model, ladder: reversed(model.ladder) } };
  }
  return result;
}

/** A run with the changes made to its host and mix. */
export function changedRun(config: SimulationConfig, mechanisms: Mechanisms): SimulationConfig {
  const { strategies, policies, ...host } = changed({ ...config.host, ...config.mix }, mechanisms);
  return { ...config, host, mix: { strategies, policies } };
}

/** A chosen plugin with some of its options replaced, if it is the one of that id. */
function withOptions<P extends { readonly id: string }>(
  chosen: Chosen<P>,
  id: string,
  options: Readonly<Record<string, unknown>>,
): Chosen<P> {
  const plugin = 'plugin' in chosen ? chosen.plugin : chosen;
  if (plugin.id !== id) return chosen;
  const before = 'plugin' in chosen ? (chosen.options as Readonly<Record<string, unknown>> | undefined) : {};
  return { plugin, options: { ...before, ...options } };
}

function reversed(ladder: Ladder): Ladder {
  return Object.fromEntries(Object.entries(ladder).map(([state, rungs]) => [state, [...rungs].reverse()]));
}
