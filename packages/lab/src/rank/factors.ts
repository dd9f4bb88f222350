/**
 * What a ranking varies: all that is assumed, each within the range that its sources leave. Costs of a run, the spread
 * of arrivals, and options of plugins that say so.
 */
import type { CostName, RunSettings } from '@overbook/sim';
import { COSTS, costTable, settleRun, shortestWork } from '@overbook/sim';

import { runSettingsOf } from '../experiment/described.ts';
import type { Experiment } from '../experiment/experiment.ts';
import type { Mix } from '../experiment/mix.ts';
import type { Cell } from '../experiment/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { OptionFactor } from './assumed-options.ts';
import { assumedOptions, withOptions } from './assumed-options.ts';

/** Something that no source fixes: anything from `low` to `high` is plausible. */
interface Range {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** What `compare` takes. */
  readonly settled: number;
  /** True where no publication gives the settled value. */
  readonly assumed: boolean;
  /** Values between two whole numbers are none. */
  readonly whole?: true;
}

/** A cost, in nanoseconds. */
export interface CostFactor extends Range {
  readonly kind: 'cost';
  readonly name: CostName;
  readonly unit: 'ns';
}

/** The spread of arrivals, in milliseconds. */
export interface SpreadFactor extends Range {
  readonly kind: 'spread';
  readonly unit: 'ms';
}

export type Factor = CostFactor | SpreadFactor | OptionFactor;

/** Values of factors, by name; what is absent is settled. */
export type FactorValues = Readonly<Record<string, number>>;

/** What an experiment leaves open; the order is that of costs, the spread, then options in the order of mixes. */
export function factorsOf(experiment: Experiment): readonly Factor[] {
  return [
    ...costFactors(experiment.file.scenario),
    ...spreadFactor(experiment),
    ...assumedOptions(experiment),
  ];
}

/** A cost that the scenario sets is not varied: whoever sets it knows it. */
export function costFactors(scenario: Pick<Scenario, 'costs'>): readonly CostFactor[] {
  return (Object.keys(COSTS) as CostName[])
    .filter((name) => scenario.costs?.[name] === undefined)
    .map((name): CostFactor => {
      const { ns, range, assumed } = COSTS[name];
      return { kind: 'cost', name, low: range[0], high: range[1], settled: ns, assumed, unit: 'ns' };
    })
    .filter(({ low, high }) => low < high);
}

/**
 * From next to none to the work of the guest that is done first: beyond that guests need not meet. A spread that a
 * scenario sets is varied too, since it says that times of arrival are unknown, not how unknown; with a spread of 0
 * they are known.
 */
function spreadFactor({ file: { scenario }, guests, memories }: Experiment): readonly SpreadFactor[] {
  const spreadOf = (run: RunSettings): number => settleRun(run, memories[0]!).values.offsetSpread;
  const settled = spreadOf(runSettingsOf(scenario));
  const work = shortestWork(guests, costTable(scenario.costs));
  const low = Math.min(spreadOf({}), settled);
  const high = Math.floor(work?.ms ?? 0);
  if (settled === 0 || guests.length < 2 || low >= high) return [];
  return [
    {
      kind: 'spread',
      name: 'host.offsetSpread',
      low,
      high,
      settled,
      assumed: true,
      whole: true,
      unit: 'ms',
    },
  ];
}

/**
 * The value at a part of the range, 0 to 1. Equal ratios are equally likely, since most ranges span powers of ten; from
 * 0 on, where there are no ratios, equal differences.
 */
export function valueAt({ low, high, whole }: Omit<Range, 'name'>, part: number): number {
  const value = low > 0 ? low * (high / low) ** part : low + (high - low) * part;
  return whole === true ? Math.round(value) : value;
}

/** A run of a mix with such values. */
export function cellWith(
  factors: readonly Factor[],
  values: FactorValues,
  { mix, memory, seed }: Pick<Cell, 'mix' | 'memory' | 'seed'>,
): Omit<Cell, 'index'> {
  const costs: Partial<Record<CostName, number>> = {};
  let run: RunSettings = {};
  const options: OptionFactor[] = [];
  for (const factor of factors) {
    const value = values[factor.name];
    if (value === undefined) continue;
    if (factor.kind === 'cost') costs[factor.name] = value;
    else if (factor.kind === 'spread') run = { offsetSpread: value };
    else options.push(factor);
  }
  const varied: Mix = withOptions(mix, options, values);
  return { mix: varied, memory, seed, costs, run };
}
