/** Which mix a verb that shows one mix shows. */
import type { PluginEntry, Scenario } from '@overbook/lab';
import { PluginCatalogue } from '@overbook/lab';

/**
 * The mix by its name, if one is named; else the mix of most strategies, the first of those: it has most to show. A
 * bound, which no host can do, is shown only if it is named or there is nothing else.
 */
export async function chosenMix(
  { mixes }: Pick<Scenario, 'mixes'>,
  named: string | undefined,
): Promise<string> {
  if (named !== undefined) return named;
  const bounds = await namesOfBounds();
  const isBound = (entry: PluginEntry): boolean =>
    bounds.has(typeof entry === 'string' ? entry : Object.keys(entry)[0]!);
  const all = Object.entries(mixes);
  const real = all.filter(([, { strategies }]) => !strategies.some(isBound));
  const [first, ...others] = real.length > 0 ? real : all;
  return others.reduce(
    (best, mix) => (mix[1].strategies.length > best[1].strategies.length ? mix : best),
    first!,
  )[0];
}

/** Ids of the bounds that ship. Plugins from elsewhere are loaded by planning, and not before. */
async function namesOfBounds(): Promise<ReadonlySet<string>> {
  const { all } = await PluginCatalogue.load([]);
  return new Set(
    all.flatMap(({ plugin }) =>
      plugin.role === 'strategy' && plugin.bound !== undefined ? [plugin.id] : [],
    ),
  );
}
