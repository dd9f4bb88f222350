/** Which mix a verb that shows one mix shows. */
import type { Scenario } from '@overbook/lab';

/** The mix by its name, if one is named; else the mix of most strategies, the first of those: it has most to show. */
export function chosenMix({ mixes }: Pick<Scenario, 'mixes'>, named: string | undefined): string {
  if (named !== undefined) return named;
  const [first, ...others] = Object.entries(mixes);
  return others.reduce(
    (best, mix) => (mix[1].strategies.length > best[1].strategies.length ? mix : best),
    first!,
  )[0];
}
