/** Columns of a study's tables, with units in their names: a row for each run, and one for each guest of a run. */
import type { Json } from '@overbook/core';
import { PAGE_BYTES } from '@overbook/core';
import type { Metric, RunResult } from '@overbook/lab';
import { METRICS } from '@overbook/lab';

import type { CellResult } from '../cells/cell-store.ts';
import type { Axis, Point } from '../vary/points.ts';

export type CellValue = string | number | boolean | null;

/** A run of a study as tables see it. */
export interface StudyRow {
  readonly point: number;
  readonly values: Point;
  readonly result: CellResult;
}

export interface Column<Row> {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag';
  readonly of: (row: Row) => CellValue;
}

/** Names of metrics in tables. */
export const METRIC_COLUMNS: Readonly<Record<Metric, string>> = {
  swapInPages: 'swap_in_pages',
  swapOutPages: 'swap_out_pages',
  slowdown: 'slowdown_ratio',
  reclaimCpuNs: 'reclaim_cpu_ns',
  worstStallNs: 'worst_stall_ns',
  workSlowdown: 'work_slowdown_ratio',
  worstGuestStall: 'worst_guest_stall_fraction',
  stallP99Ns: 'stall_p99_ns',
  hostCpuNs: 'host_cpu_ns',
  pagesWritten: 'written_pages',
  workDone: 'work_done_fraction',
};

/** What tells a run from the others. @param paths of what varies, with a value each to tell its kind */
function identity(axes: readonly Axis[]): readonly Column<StudyRow>[] {
  return [
    { name: 'cell', kind: 'text', of: ({ result }) => result.key },
    { name: 'point', kind: 'number', of: ({ point }) => point },
    ...axes.map(({ path, at, values }): Column<StudyRow> => {
      const isNumber = (values ?? [at(0)]).every((value) => typeof value === 'number');
      return {
        name: path,
        kind: isNumber ? 'number' : 'text',
        of: ({ values: all }) => (isNumber ? (all[path] as number) : textOf(all[path]!)),
      };
    }),
    { name: 'mix', kind: 'text', of: ({ result }) => result.mix },
    { name: 'bound', kind: 'flag', of: ({ result }) => result.bound === true },
    { name: 'seed', kind: 'number', of: ({ result }) => result.run.seed },
    { name: 'host_memory_bytes', kind: 'number', of: ({ result }) => result.hostMemoryPages * PAGE_BYTES },
  ];
}

/** @param strategies ids of all mixes, in their order */
export function runColumns(
  axes: readonly Axis[],
  strategies: readonly string[],
): readonly Column<StudyRow>[] {
  return [
    ...identity(axes),
    { name: 'guests', kind: 'number', of: ({ result }) => result.run.guests.length },
    { name: 'guests_killed', kind: 'number', of: ({ result }) => result.run.guestsKilled },
    ...METRICS.map((metric): Column<StudyRow> => {
      return { name: METRIC_COLUMNS[metric], kind: 'number', of: ({ result }) => result.run[metric] };
    }),
    ...strategies.map((id): Column<StudyRow> => {
      const of = ({ result }: StudyRow): number | null => result.run.reclaimedPages[id] ?? null;
      return { name: `reclaimed_by_${id}_pages`, kind: 'number', of };
    }),
  ];
}

export interface GuestRow extends StudyRow {
  readonly guest: RunResult['guests'][number];
}

export function guestColumns(axes: readonly Axis[]): readonly Column<GuestRow>[] {
  return [
    ...identity(axes),
    { name: 'guest', kind: 'text', of: ({ guest }) => guest.name },
    { name: 'take', kind: 'text', of: ({ guest }) => guest.take ?? null },
    { name: 'life_ns', kind: 'number', of: ({ guest }) => guest.lifeNs },
    { name: 'busy_ns', kind: 'number', of: ({ guest }) => guest.busyNs },
    { name: 'stall_ns', kind: 'number', of: ({ guest }) => guest.stallNs },
    { name: 'stolen_ns', kind: 'number', of: ({ guest }) => guest.stolenNs ?? null },
    { name: 'delay_ns', kind: 'number', of: ({ guest }) => guest.delayNs },
    { name: 'stall_p99_ns', kind: 'number', of: ({ guest }) => guest.stallP99Ns },
    { name: 'worst_stall_ns', kind: 'number', of: ({ guest }) => guest.worstStallNs },
    { name: 'work_done_fraction', kind: 'number', of: ({ guest }) => guest.workDone },
    { name: 'ended', kind: 'text', of: ({ guest }) => guest.ended ?? null },
  ];
}

export function guestRowsOf(row: StudyRow): readonly GuestRow[] {
  return row.result.run.guests.map((guest) => ({ ...row, guest }));
}

/** A row as a line of JSON Lines. */
export function jsonLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name, of }) => [name, of(row)])))}\n`;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
