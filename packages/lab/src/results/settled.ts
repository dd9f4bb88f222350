/** What an experiment was run with, every default filled in: results say it, so that they can be read on their own. */
import type { Json, Pages } from '@overbook/core';
import type { SettledSetting } from '@overbook/core/host';
import { costTable } from '@overbook/sim';

import { settledOf } from '../experiment/described.ts';
import type { Experiment } from '../experiment/experiment.ts';
import { filesOf } from '../experiment/datasets.ts';
import type { Mix } from '../experiment/mix.ts';

/** Plugins of a mix with all their options, in order, and the memory states of its host. */
export interface SettledMix {
  readonly strategies: readonly { readonly id: string; readonly options: Json }[];
  /** Empty: those of its profile. */
  readonly policies: readonly { readonly id: string; readonly options: Json }[];
  readonly memoryStates: Json;
  /** Family of its host. */
  readonly profile: string;
}

/** A cost that runs were charged, in nanoseconds. */
export interface SettledCost {
  readonly ns: number;
  readonly source: string;
  readonly assumed: boolean;
}

/** Guests that replay one file: what they share with each other is more than strangers would. */
export interface Copies {
  readonly dataset: string;
  readonly guests: readonly string[];
}

export function settledMix({ catalogue, file, memories }: Experiment, mix: Mix): SettledMix {
  const { values } = settledOf(file.scenario, memories[0]!, mix);
  const settled =
    (role: 'strategy' | 'policy') => (one: { readonly id: string; readonly options?: object }) => ({
      id: one.id,
      options: plain(catalogue[role](one.id, mix.name).options.parse(one.options ?? {})),
    });
  return {
    strategies: mix.strategies.map(settled('strategy')),
    policies: (mix.policies ?? []).map(settled('policy')),
    memoryStates: plain(values.memoryStates),
    profile: values.profile,
  };
}

/** Every setting of the host of one size, and of the run. */
export function settledHost({ file }: Experiment, memory: Pages): readonly SettledSetting[] {
  return settledOf(file.scenario, memory).settings.map((setting) => ({
    ...setting,
    // JSON knows no infinity: null is no limit.
    value: setting.value === Infinity ? null : setting.value,
  }));
}

export function settledCosts({ file }: Experiment): Readonly<Record<string, SettledCost>> {
  return Object.fromEntries(
    Object.entries(costTable(file.scenario.costs)).map(([name, { ns, source, assumed }]) => [
      name,
      { ns, source, assumed },
    ]),
  );
}

/** Recordings and images that several guests have. What flat and Linux-like guests write is each one's own. */
export function copiesIn({ file }: Pick<Experiment, 'file'>): readonly Copies[] {
  const users = new Map<string, Set<string>>();
  for (const guest of file.scenario.guests)
    for (const { file: dataset, path } of filesOf(guest))
      if (path[0] === 'recording' || path[0] === 'image')
        users.set(dataset, (users.get(dataset) ?? new Set()).add(guest.name));
  return [...users]
    .filter(([, guests]) => guests.size > 1)
    .map(([dataset, guests]) => ({ dataset, guests: [...guests] }));
}

/** Plain data of what a plugin's schema made of its options. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? {})) as Json;
}
