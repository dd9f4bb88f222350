/** Time series as tables for other programs: one row a sample, columns that do not depend on the guests' names. */
import { HOST_COUNTERS, VM_COUNTERS, columnName } from '@overbook/core/host';
import type { Column, Columns } from '@overbook/sim';

import { csvLine } from './csv.ts';
import type { MixResult, Results, RunResult } from './results.ts';

const NS_PER_S = 1e9;
const WHERE = ['scenario', 'mix', 'hostMemoryPages', 'seed'] as const;

interface Sampled {
  readonly mix: MixResult;
  readonly run: RunResult;
  readonly series: NonNullable<RunResult['series']>;
}

function sampledRuns({ mixes, bounds }: Results): readonly Sampled[] {
  return [...mixes, ...bounds].flatMap((mix) =>
    (mix.runs ?? []).flatMap((run) => (run.series === undefined ? [] : [{ mix, run, series: run.series }])),
  );
}

/** True where any run has a series. */
export function hasSeries(results: Results): boolean {
  return sampledRuns(results).length > 0;
}

function whereOf({ scenario }: Results, { mix, run }: Sampled): readonly (string | number)[] {
  return [scenario, mix.name, mix.hostMemoryPages, run.seed];
}

function secondsAt({ series }: Sampled, row: number): number {
  return series.timeNs[row]! / NS_PER_S;
}

/** One row for each sample of each run: the host. */
export function hostSeriesCsv(results: Results): string {
  const columns = HOST_COUNTERS.map(columnName);
  const lines = [csvLine([...WHERE, 'timeS', ...columns])];
  for (const sampled of sampledRuns(results)) {
    const { timeNs, host } = sampled.series;
    for (const row of timeNs.keys())
      lines.push(
        csvLine([...whereOf(results, sampled), secondsAt(sampled, row), ...valuesAt(columns, host, row)]),
      );
  }
  return lines.join('');
}

/** One row for each sample of each VM of each run. What strategies bring of their own comes last, by name. */
export function vmSeriesCsv(results: Results): string {
  const runs = sampledRuns(results);
  const known = VM_COUNTERS.map(columnName);
  const own = new Set(
    runs.flatMap(({ series }) => Object.values(series.vms).flatMap((vm) => Object.keys(vm))),
  );
  for (const column of known) own.delete(column);
  const columns = [...known, ...[...own].sort()];
  const lines = [csvLine([...WHERE, 'timeS', 'vm', ...columns])];
  for (const sampled of runs) {
    const { timeNs, vms } = sampled.series;
    for (const row of timeNs.keys()) {
      for (const [name, vm] of Object.entries(vms)) {
        const values = valuesAt(columns, vm, row);
        lines.push(csvLine([...whereOf(results, sampled), secondsAt(sampled, row), name, ...values]));
      }
    }
  }
  return lines.join('');
}

function valuesAt(columns: readonly string[], from: Columns, row: number): Column {
  return columns.map((column) => from[column]?.[row] ?? null);
}
