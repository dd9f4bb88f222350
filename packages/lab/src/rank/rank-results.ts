/** A ranking as plain data: `rank --json` and rank.json, and one line a point for spreadsheets. */
import type { Experiment } from '../experiment/experiment.ts';
import { csvLine } from '../results/csv.ts';
import { rounded } from '../statistics/interval.ts';
import type { Ranking } from './rank.ts';

/** Version of the layout below; a change that breaks readers raises the number. */
export const RANK_SCHEMA = 'overbook.rank/1';

/** @param command the command line that gives the ranking again */
export function rankJson(
  { file, seeds, datasetHashes }: Experiment,
  ranking: Ranking,
  command: string,
): string {
  const { design, mixes, lead, bestAt, turns } = ranking;
  const document = {
    schema: RANK_SCHEMA,
    scenario: file.scenario.name,
    command,
    scenarioText: file.text,
    seeds,
    hashes: { datasets: datasetHashes },
    factors: design.factors.map(({ low, high, ...factor }) => ({ ...factor, range: [low, high] })),
    lead,
    mixes: mixes.map(({ name, best, lostWork }) => ({ name, best, lostWork })),
    turns: turns.map(({ correlation, ...turn }) => ({ ...turn, correlation: rounded(correlation) })),
    points: design.points.map(({ costs, memory }, point) => ({
      hostMemoryPages: memory,
      costs: Object.fromEntries(Object.entries(costs).map(([name, ns]) => [name, rounded(ns)])),
      best: bestAt[point]!,
      pain: Object.fromEntries(
        mixes.map(({ name, pain }) => [name, pain[point] === null ? null : rounded(pain[point]!)]),
      ),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** One line a point: what was varied, the slow-down of each mix (empty where it lost work), the best. */
export function rankCsv({ design, mixes, bestAt }: Ranking): string {
  const names = design.factors.map(({ name }) => name);
  const head = ['hostMemoryPages', ...names, ...mixes.map(({ name }) => name), 'best'];
  const lines = design.points.map(({ costs, memory }, point) => [
    memory,
    ...design.factors.map(({ name, settled }) => rounded(costs[name] ?? settled)),
    ...mixes.map(({ pain }) => (pain[point] === null ? '' : rounded(pain[point]!))),
    bestAt[point] ?? '',
  ]);
  return [head, ...lines].map(csvLine).join('');
}
