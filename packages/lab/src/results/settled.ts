/** What an experiment was run with, every default filled in: results say it, so that they can be read on their own. */
import type { Json, Pages } from '@overbook/core';
import type { SettledSetting } from '@overbook/core/host';
import type { RecordedGuestSpec } from '@overbook/sim';
import { copiedRecordings, costTable } from '@overbook/sim';

import { settledOf } from '../experiment/described.ts';
import type { Experiment } from '../experiment/experiment.ts';
import { filesOf } from '../experiment/datasets.ts';
import type { Mix } from '../experiment/mix.ts';
import type { Scenario } from '../scenario/schema.ts';
import { rounded } from '../statistics/interval.ts';

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

/** Guests that have one file. Of an image's pages all are equal in all of them. */
export interface Copies {
  readonly dataset: string;
  readonly guests: readonly string[];
  /** Of a recording: guests that are clones of one machine; the others are machines of their own. */
  readonly clones?: readonly string[];
  /**
   * Of a recording: of the pages that hold more than one repeated byte, the part whose content is another in each
   * guest that is no clone.
   */
  readonly rekeyed?: number;
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
export function copiesIn({ file, guests }: Pick<Experiment, 'file' | 'guests'>): readonly Copies[] {
  const { scenario } = file;
  const named = new Map(scenario.guests.map((guest) => [guest.name, guest]));
  const recordings = copiedRecordings(guests).map(({ recording, guests: users, clones, rekeyed }): Copies => {
    const spec = guests.find(({ name }) => name === users[0]!) as RecordedGuestSpec;
    const take = [spec.recording, ...(spec.takes ?? [])].indexOf(recording);
    const dataset = filesOf(named.get(spec.name)!)[take]!.file;
    return { dataset, guests: users, clones, rekeyed: rounded(rekeyed) };
  });
  return [...recordings, ...copiedImages(scenario)];
}

function copiedImages({ guests }: Scenario): readonly Copies[] {
  const users = new Map<string, Set<string>>();
  for (const guest of guests)
    for (const { file: dataset, path } of filesOf(guest))
      if (path[0] === 'image') users.set(dataset, (users.get(dataset) ?? new Set()).add(guest.name));
  return [...users]
    .filter(([, names]) => names.size > 1)
    .map(([dataset, names]) => ({ dataset, guests: [...names] }));
}

/** Plain data of what a plugin's schema made of its options. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? {})) as Json;
}
