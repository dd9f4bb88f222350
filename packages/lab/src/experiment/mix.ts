/** A mix as plain data. Threads that run cells load this and nothing that reads scenarios. */
import type { Json } from '@overbook/core';

import type { PluginCatalogue } from '../plugins/load-plugins.ts';

/** A plugin of a mix, by id, with its options as given: plain data. */
export interface ChosenId {
  readonly id: string;
  readonly options?: Readonly<Record<string, Json>>;
}

/** A mix as plain data: what a worker needs beside the modules. */
export interface Mix {
  readonly name: string;
  readonly strategies: readonly ChosenId[];
  readonly policies?: readonly ChosenId[];
  /** Generation of memory states, where it is not the host's. */
  readonly memoryStates?: string;
  /** Family of its host, where it is not the scenario's. */
  readonly profile?: string;
  /** One of its strategies is a bound: ranked with none of the others. */
  readonly bound?: true;
}

/** A mix's plugins with their options, as the simulator takes them. */
export function chosenPlugins(catalogue: PluginCatalogue, mix: Mix) {
  return {
    strategies: mix.strategies.map(({ id, options }) => ({
      plugin: catalogue.strategy(id, mix.name),
      ...(options === undefined ? {} : { options }),
    })),
    ...(mix.policies === undefined
      ? {}
      : {
          policies: mix.policies.map(({ id, options }) => ({
            plugin: catalogue.policy(id, mix.name),
            ...(options === undefined ? {} : { options }),
          })),
        }),
  };
}

/** Ids of a mix's plugins: strategies, then policies. */
export function pluginsOf({ strategies, policies = [] }: Mix): readonly string[] {
  return [...strategies, ...policies].map(({ id }) => id);
}
