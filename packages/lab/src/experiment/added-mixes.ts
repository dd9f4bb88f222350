/** Mixes that a command adds to those of the scenario. */
import type { AnyPlugin, PluginCatalogue } from '../plugins/load-plugins.ts';
import type { AnyStrategyPlugin } from '@overbook/core/host';
import { profileOptions } from '@overbook/core/host';
import type { Json } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { ScenarioFile } from '../scenario/read-scenario.ts';
import { mendOfUnknown } from '../plugins/other-names.ts';
import type { Overrides } from './overrides.ts';
import type { ChosenId, Mix } from './mix.ts';

/**
 * Mixes asked for, then one for each strategy and policy of a given plugin that no mix names: a strategy beside the
 * last resort, a policy over the mix with most strategies. @throws OVB_PLUGIN_UNKNOWN
 */
export async function addedMixes(
  { scenario }: ScenarioFile,
  catalogue: PluginCatalogue,
  { added = [], plugins = [] }: Overrides,
  own: readonly Mix[],
): Promise<readonly Mix[]> {
  const mixes: Mix[] = [];
  for (const names of added) {
    mixes.push(
      mixOf(
        names.map((name) => find(catalogue, name.trim())),
        scenario.host.profile,
      ),
    );
  }
  const named = new Set(
    [...Object.values(scenario.mixes).flatMap(({ strategies }) => strategies), ...added.flat()].flatMap(
      (entry) => (typeof entry === 'string' ? [entry] : Object.keys(entry)),
    ),
  );
  for (const request of plugins) {
    if (named.has(request.specifier)) continue;
    for (const { plugin } of await catalogue.add(request)) {
      if (named.has(plugin.id)) continue;
      named.add(plugin.id);
      if (plugin.role === 'policy') {
        mixes.push(ordered(mostOf(own), plugin.id, scenario.mixes));
        continue;
      }
      const last = plugin.lastResort === true ? undefined : lastResortOf(catalogue);
      mixes.push({
        ...mixOf([plugin, ...(last === undefined ? [] : [last])], scenario.host.profile),
        name: freeName(plugin.id, last?.id, scenario.mixes),
      });
    }
  }
  return mixes;
}

/** Every mix should be able to free a frame whatever the guests do, or guests end when memory is short. */
function lastResortOf(catalogue: PluginCatalogue): AnyStrategyPlugin | undefined {
  const strategies = catalogue.all.flatMap(({ plugin }) => (plugin.role === 'strategy' ? [plugin] : []));
  return strategies.find((plugin) => plugin.lastResort === true);
}

/** The mix of most strategies; a bound only where there is nothing else: a policy in one would be ranked with none. */
function mostOf(mixes: readonly Mix[]): Mix {
  const real = mixes.filter(({ bound }) => bound !== true);
  return (real.length > 0 ? real : mixes).reduce((most, mix) =>
    mix.strategies.length > most.strategies.length ? mix : most,
  );
}

/** The mix under orders of this policy alone. */
function ordered(mix: Mix, policy: string, taken: object): Mix {
  const name = `${mix.name}+${policy}`;
  return { ...mix, name: Object.hasOwn(taken, name) ? `${name}+` : name, policies: [{ id: policy }] };
}

function freeName(id: string, last: string | undefined, taken: object): string {
  return Object.hasOwn(taken, id) && last !== undefined ? `${id}+${last}` : id;
}

function find(catalogue: PluginCatalogue, name: string): AnyPlugin {
  const known = catalogue.all.map(({ plugin }) => plugin);
  const found = known.find(({ id }) => id === name);
  if (found !== undefined) return found;
  const ids = known.map(({ id }) => id);
  const mend = `${mendOfUnknown(name, ids, 'option')} Modules are loaded with --plugin.`;
  throw new OverbookError('OVB_PLUGIN_UNKNOWN', `--with ${name}`, `there is no plugin '${name}'`, mend);
}

function mixOf(chosen: readonly AnyPlugin[], profile: string | undefined): Mix {
  const ids = (role: AnyPlugin['role']): readonly ChosenId[] =>
    chosen
      .filter((plugin) => plugin.role === role)
      .map(({ id }) => {
        const options = role === 'strategy' ? profileOptions(profile, id, undefined) : undefined;
        return { id, ...(options === undefined ? {} : { options: options as Record<string, Json> }) };
      });
  const policies = ids('policy');
  return {
    name: chosen.map(({ id }) => id).join('+'),
    strategies: ids('strategy'),
    ...(policies.length === 0 ? {} : { policies }),
  };
}
