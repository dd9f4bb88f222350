/** What a ranking varies: every cost of a run within the range that its sources leave, and the size of the host. */
import type { CostName } from '@overbook/sim';
import { COSTS } from '@overbook/sim';

import type { Scenario } from '../scenario/schema.ts';

/** A cost that no measurement fixes: anything from `low` to `high` nanoseconds is plausible. */
export interface Factor {
  readonly name: CostName;
  readonly low: number;
  readonly high: number;
  /** What `compare` takes. */
  readonly settled: number;
  /** True where no publication gives the settled value. */
  readonly assumed: boolean;
}

/** Costs of translation, which a scenario without it never pays. */
const OF_TRANSLATION: readonly CostName[] = ['walkReference', 'tlbMiss', 'vmExit'];

/** A cost that the scenario sets is not varied: whoever sets it knows it. */
export function factorsOf(scenario: Scenario): readonly Factor[] {
  const isPaid = (name: CostName): boolean =>
    scenario.host.translation !== undefined || !OF_TRANSLATION.includes(name);
  return (Object.keys(COSTS) as CostName[])
    .filter((name) => scenario.costs?.[name] === undefined && isPaid(name))
    .map((name) => {
      const { ns, range, assumed } = COSTS[name];
      return { name, low: range[0], high: range[1], settled: ns, assumed };
    })
    .filter(({ low, high }) => low < high);
}

/** The value at a part of the range, 0 to 1: equal ratios are equally likely, since most ranges span powers of ten. */
export function valueAt({ low, high }: Factor, part: number): number {
  return low * (high / low) ** part;
}
