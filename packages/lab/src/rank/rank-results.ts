/** A ranking as plain data: `rank --json` and rank.json, and one line a point for spreadsheets. */
import type { Experiment } from '../experiment/experiment.ts';
import { csvLine } from '../results/csv.ts';
import { rounded } from '../statistics/interval.ts';
import type { Factor, FactorValues } from './factors.ts';
import type { Ranking } from './rank.ts';

/** Version of the layout below; a change that breaks readers raises the number. */
export const RANK_SCHEMA = 'overbook.rank/1';

/** @param command the command line that gives the ranking again */
export function rankJson(
  { file, seeds, datasetHashes }: Experiment,
  ranking: Ranking,
  command: string,
): string {
  const { design, factors, unpaid, mixes, lead, bestAt, turns } = ranking;
  const document = {
    schema: RANK_SCHEMA,
    scenario: file.scenario.name,
    command,
    scenarioText: file.text,
    seeds,
    hashes: { datasets: datasetHashes },
    factors: factors.map((factor) => ({
      name: factor.name,
      kind: factor.kind,
      settled: factor.settled,
      assumed: factor.assumed,
      range: [factor.low, factor.high],
      ...(factor.kind === 'option' ? {} : { unit: factor.unit }),
    })),
    unpaid,
    lead,
    mixes: mixes.map(({ name, best, lostWork }) => ({ name, best, lostWork })),
    turns: turns.map(({ correlation, ...turn }) => ({ ...turn, correlation: rounded(correlation) })),
    points: design.points.map(({ values, memory }, point) => ({
      hostMemoryPages: memory,
      costs: valuesOf(factors, values, (kind) => kind === 'cost'),
      others: valuesOf(factors, values, (kind) => kind !== 'cost'),
      best: bestAt[point]!,
      pain: Object.fromEntries(
        mixes.map(({ name, pain }) => [name, pain[point] === null ? null : rounded(pain[point]!)]),
      ),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** What a point has of factors of some kind; nothing where all is settled. */
function valuesOf(
  factors: readonly Factor[],
  values: FactorValues,
  isWanted: (kind: Factor['kind']) => boolean,
): FactorValues {
  return Object.fromEntries(
    factors
      .filter(({ kind, name }) => isWanted(kind) && values[name] !== undefined)
      .map(({ name }) => [name, rounded(values[name]!)]),
  );
}

/**
 * One line a point: what was varied (costs in nanoseconds, the spread in milliseconds), the slow-down of each mix
 * (empty where it lost work), the best.
 */
export function rankCsv({ design, factors, mixes, bestAt }: Ranking): string {
  const names = factors.map(({ name, kind }) => (kind === 'spread' ? `${name}Ms` : name));
  const head = ['hostMemoryPages', ...names, ...mixes.map(({ name }) => name), 'best'];
  const lines = design.points.map(({ values, memory }, point) => [
    memory,
    ...factors.map(({ name, settled }) => rounded(values[name] ?? settled)),
    ...mixes.map(({ pain }) => (pain[point] === null ? '' : rounded(pain[point]!))),
    bestAt[point] ?? '',
  ]);
  return [head, ...lines].map(csvLine).join('');
}
