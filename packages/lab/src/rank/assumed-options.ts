/**
 * Options of plugins that are assumed: those whose schema states a range, as
 * `.meta({ assumedRange: { low: 50, high: 100, source: 'assumed' } })`. Any plugin may.
 */
import type { Json } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import { guardCall } from '@overbook/core/internals';

import type { Experiment } from '../experiment/experiment.ts';
import type { ChosenId, Mix } from '../experiment/mix.ts';
import type { AnyPlugin } from '../plugins/load-plugins.ts';
import type { OptionRow } from '../plugins/option-rows.ts';
import { optionGroups } from '../plugins/option-rows.ts';

/** An option of a plugin, in its own unit; of a flag, 1 is true. */
export interface OptionFactor {
  readonly kind: 'option';
  /** `balloon.safePercent`. */
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly settled: number;
  readonly assumed: true;
  readonly whole?: true;
  readonly plugin: string;
  readonly option: string;
  readonly flag: boolean;
  /** Names of the mixes that leave it open. */
  readonly mixes: readonly string[];
}

/** Assumed options that some mix leaves open, in the order of mixes. @throws OVB_PLUGIN_OPTIONS for a wrong range */
export function assumedOptions({ mixes, catalogue }: Experiment): readonly OptionFactor[] {
  const found = new Map<string, OptionFactor>();
  for (const mix of mixes.filter(({ bound }) => bound !== true)) {
    const plugins = [
      ...mix.strategies.map((chosen) => ({ chosen, plugin: catalogue.strategy(chosen.id, mix.name) })),
      ...(mix.policies ?? []).map((chosen) => ({ chosen, plugin: catalogue.policy(chosen.id, mix.name) })),
    ];
    for (const { chosen, plugin } of plugins)
      for (const factor of guarded(plugin, () => openOptions(chosen, plugin))) {
        const known = found.get(factor.name);
        found.set(factor.name, { ...factor, mixes: [...(known?.mixes ?? []), mix.name] });
      }
  }
  return [...found.values()];
}

/** @throws OVB_PLUGIN_OPTIONS where a schema throws */
function guarded<T>({ id }: AnyPlugin, ask: () => T): T {
  try {
    return guardCall(id, ask);
  } catch (cause) {
    if (cause instanceof OverbookError) throw cause;
    const what = `its options schema fails: ${(cause as Error).message}`;
    throw new OverbookError(
      'OVB_PLUGIN_OPTIONS',
      id,
      what,
      'Correct the plugin: its schema must not throw.',
      cause,
    );
  }
}

/** What a mix leaves open of one plugin. */
function openOptions(
  { id, options = {} }: ChosenId,
  plugin: AnyPlugin,
): readonly Omit<OptionFactor, 'mixes'>[] {
  const rows = optionGroups(plugin.options).flatMap((group) => group.rows);
  return rows.flatMap((row) => {
    const { name, assumedRange } = row;
    if (assumedRange === undefined || Object.hasOwn(options, name)) return [];
    const factor = factorOf(id, row);
    // An option of another mode, or one that does not go with what the mix sets.
    const ends = [factor.low, factor.high].map((value) => ({ ...options, [name]: given(factor, value) }));
    return ends.every((one) => plugin.options.safeParse(one).success) ? [factor] : [];
  });
}

/** @throws OVB_PLUGIN_OPTIONS */
function factorOf(
  plugin: string,
  { name, default: text, assumedRange }: OptionRow,
): Omit<OptionFactor, 'mixes'> {
  const settled = text === undefined ? undefined : (JSON.parse(text) as Json);
  const { low, high, whole } = assumedRange!;
  const isFlag = typeof settled === 'boolean';
  const value = isFlag ? Number(settled) : settled;
  if (typeof value !== 'number' || !(low < high) || value < low || value > high)
    throw new OverbookError(
      'OVB_PLUGIN_OPTIONS',
      plugin,
      `states a range of '${name}' from ${low} to ${high} that its default ${text ?? '(none)'} is not in`,
      'Correct the plugin: `assumedRange` has `low` below `high`, and the default is a number between, or a flag.',
    );
  return {
    kind: 'option',
    name: `${plugin}.${name}`,
    low,
    high,
    settled: value,
    assumed: true,
    ...(whole || isFlag ? { whole: true } : {}),
    plugin,
    option: name,
    flag: isFlag,
  };
}

function given({ flag }: Pick<OptionFactor, 'flag'>, value: number): Json {
  return flag ? value === 1 : value;
}

/** The mix with these values of what it leaves open. */
export function withOptions(
  mix: Mix,
  factors: readonly OptionFactor[],
  values: Readonly<Record<string, number>>,
): Mix {
  const open = factors.filter(({ mixes }) => mixes.includes(mix.name));
  if (open.length === 0) return mix;
  const filled = ({ id, options }: ChosenId): ChosenId => {
    const own = open.filter(({ plugin }) => plugin === id);
    if (own.length === 0) return options === undefined ? { id } : { id, options };
    const drawn = own.map((factor) => [factor.option, given(factor, values[factor.name]!)] as const);
    return { id, options: { ...options, ...Object.fromEntries(drawn) } };
  };
  const { strategies, policies } = mix;
  return {
    ...mix,
    strategies: strategies.map(filled),
    ...(policies === undefined ? {} : { policies: policies.map(filled) }),
  };
}
