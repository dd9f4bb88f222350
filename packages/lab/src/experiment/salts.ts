/** A salt says with whom a guest's pages may be shared: where that can have no meaning the scenario is refused. */
import type { AnyStrategyPlugin } from '@overbook/core/host';
import { OverbookError, SALTS } from '@overbook/core';

import type { PluginCatalogue } from '../plugins/load-plugins.ts';
import { ProblemsError } from '../scenario/problems.ts';
import type { ScenarioFile } from '../scenario/read-scenario.ts';
import type { Mix } from './mix.ts';

/**
 * Refuses salted guests where a mix shares pages and knows no salts, or where no mix shares pages at all. A scenario
 * that compares mixes with sharing and without is fine.
 * @throws ProblemsError, each problem at its own line
 */
export function checkSalts(file: ScenarioFile, mixes: readonly Mix[], catalogue: PluginCatalogue): void {
  const { guests } = file.scenario;
  const salted = guests.findIndex(({ salt }) => salt !== undefined);
  if (salted < 0) return;
  const { name } = guests[salted]!;
  const sharing = mixes.flatMap((mix) =>
    mix.strategies.flatMap(({ id, options }, i) => {
      const plugin = catalogue.strategy(id, mix.name);
      return knowsSalts(plugin) ? [{ mix: mix.name, id, i, keeps: keepsSalts(plugin, options) }] : [];
    }),
  );
  const problems = sharing
    .filter(({ keeps }) => !keeps)
    .map(
      ({ mix, id, i }) =>
        new OverbookError(
          'OVB_SCENARIO_INVALID',
          Object.hasOwn(file.scenario.mixes, mix)
            ? file.place(['mixes', mix, 'strategies', i])
            : `mix '${mix}'`,
          `${id} with these options ignores salts, but guest '${name}' has a \`salt\`: all would share its pages`,
          'Remove `salt` from the guests, or share pages with a strategy that honours salts (tps in mode esx).',
        ),
    );
  if (sharing.length === 0)
    problems.push(
      new OverbookError(
        'OVB_SCENARIO_INVALID',
        file.place(['guests', salted, 'salt']),
        `guest '${name}' has a \`salt\`, but no mix shares pages, so it has no effect`,
        'Remove `salt`, or add a mix with a strategy that honours salts, such as tps.',
      ),
    );
  if (problems.length > 0) throw new ProblemsError(problems);
}

function knowsSalts({ needs }: AnyStrategyPlugin): boolean {
  return Object.values(needs).some(
    (need) => need === SALTS || (typeof need === 'object' && need.optional === SALTS),
  );
}

function keepsSalts(plugin: AnyStrategyPlugin, options: unknown): boolean {
  return plugin.keepsSalts?.(plugin.options.parse(options ?? {})) ?? true;
}
