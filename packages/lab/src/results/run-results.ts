/** What `overbook run --json` prints: each run whole, and what it rests on. */
import type { CellOutcome } from '../experiment/run-experiment.ts';
import type { Results } from './results.ts';

/** Version of the layout; a change that breaks readers raises the number. */
export const RUN_SCHEMA = 'overbook.run/2';

/** @param results of the same outcomes */
export function runJson(results: Results, outcomes: readonly CellOutcome[]): string {
  const { schema: _schema, mixes, bounds, baseline: _baseline, order: _order, ...about } = results;
  const runs = outcomes.map(({ cell, outcome }) => ({
    mix: cell.mix.name,
    settled: [...mixes, ...bounds].find(({ name }) => name === cell.mix.name)?.settled,
    hostMemoryPages: cell.memory,
    seed: cell.seed,
    ...(outcome.kind === 'done' ? { result: outcome.result } : { error: outcome.what }),
  }));
  return `${JSON.stringify({ schema: RUN_SCHEMA, ...about, runs }, undefined, 2)}\n`;
}
