import type { AnyStrategyPlugin } from '@overbook/core/host';
import { isOverbookError } from '@overbook/core';

import type { KitHostConfig } from '../kit/kit-host.ts';
import { composeKitHost, requires, shortName } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

/** Tokens that every composed host gives; whatever else a plugin names can be left out. */
const ALWAYS = new Set([
  'PAGES',
  'FRAMES',
  'CLOCK',
  'METER',
  'RANDOM',
  'PAGE_STORE',
  'PRESSURE',
  'SALTS',
  'RESCUERS',
  'DEMOTE',
  'MEMORY_FACTORY',
]);

/** Names of the tokens that the plugin cannot do without and that the kit can leave out. */
export function removableNeeds(plugin: AnyStrategyPlugin): readonly string[] {
  return Object.values(plugin.needs)
    .flatMap((need) => (typeof need === 'symbol' ? [shortName(need)] : []))
    .filter((name) => !ALWAYS.has(name));
}

/** Leaves out one token after another: each time, composition must be refused and name the token. */
export function checkNeeds(config: KitHostConfig): void {
  for (const name of removableNeeds(config.plugin)) {
    const without: KitHostConfig = {
      ...config,
      store: name === 'CONTENTS' ? 'keys' : requires(config.plugin, 'CONTENTS') ? 'bytes' : config.store,
      bindings: config.bindings.filter((binding) => shortName(binding.token) !== name),
      leaveOut: name,
    };
    const refusal = tryToCompose(without);
    if (refusal === undefined) throw new BrokenPromise('needs', `a host without ${name} was composed`);
    if (!isOverbookError(refusal) || refusal.code !== 'OVB_NEED_UNMET' || !refusal.what.includes(name)) {
      throw new BrokenPromise('needs', `without ${name} it failed differently: ${String(refusal)}`, refusal);
    }
  }
}

function tryToCompose(config: KitHostConfig): Error | undefined {
  try {
    composeKitHost(config).host.dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error
      ? error
      : new Error('something other than an Error was thrown', { cause: error });
  }
}
