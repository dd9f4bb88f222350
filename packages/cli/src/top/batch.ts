/** The memory screen as CSV, one row a sample: what spreadsheets load without being asked anything. */
import type { Counter, CounterValue, HostCounters, Since, VmCounters } from '@overbook/core/host';
import { PAGES_PER_MIB } from '@overbook/core';
import { HOST_COUNTERS, VM_COUNTERS } from '@overbook/core/host';
import { csvLine, runExperiment } from '@overbook/lab';

import type { ExperimentOptions } from '../commands/experiment-options.ts';
import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { planTop } from './plan-top.ts';

export interface BatchSettings {
  readonly path: string;
  readonly mix: string;
  readonly options: ExperimentOptions;
  /** Virtual time between samples. */
  readonly periodMs: number;
  /** Samples to take. */
  readonly iterations: number;
}

/** Thrown through the run when enough samples are taken. */
class Enough extends Error {}

/** Runs the scenario in this thread and writes each row as it comes. @returns 0, or 1 when the run failed */
export async function batch(
  io: Io,
  { path, mix, options, periodMs, iterations }: BatchSettings,
): Promise<number> {
  const experiment = await planTop(path, mix, options);
  const abort = new AbortController();
  let rows: BatchRows | undefined;
  let taken = 0;
  io.letInterruptsKill();
  try {
    const [ran] = await runExperiment(experiment, {
      signal: abort.signal,
      samplePeriodMs: () => periodMs,
      onSample: (_host, read) => {
        if (taken === iterations) return;
        const counters = read();
        if (rows === undefined) {
          rows = new BatchRows(counters);
          io.out(rows.heading());
        }
        io.out(rows.row(counters));
        if (++taken === iterations) abort.abort(new Enough());
      },
    });
    if (ran!.outcome.kind !== 'failed') return EXIT.fine;
    io.err(`failed: ${ran!.outcome.what}\n`);
    return EXIT.failed;
  } catch (error) {
    if (error instanceof Enough) return EXIT.fine;
    throw error;
  }
}

const IN_UNIT: Readonly<Record<string, string>> = { pages: ' MiB', 'pages/s': ' MiB/s', percent: ' %' };

interface BatchColumn {
  readonly head: string;
  readonly of: (now: HostCounters, before: HostCounters | undefined) => CounterValue;
}

/** `PMEM free MiB`; for a counter that esxtop does not have, our own name. */
function headOf({ esxtop, name, unit }: Pick<Counter<never>, 'esxtop' | 'name' | 'unit'>): string {
  return `${esxtop ?? name}${IN_UNIT[unit] ?? ''}`;
}

function inMib(value: CounterValue, unit: string): CounterValue {
  return typeof value === 'number' && unit.startsWith('pages') ? value / PAGES_PER_MIB : value;
}

function elapsed(now: HostCounters, before: HostCounters): number {
  return now.time - before.time;
}

function hostColumns(): readonly BatchColumn[] {
  return HOST_COUNTERS.map((counter) => ({
    head: headOf(counter),
    of: (now, before) => {
      const since = before && { reading: before, elapsedNs: elapsed(now, before) };
      return inMib(counter.of(now, since), counter.unit);
    },
  }));
}

function vmColumns(index: number, { name, kinds, roles, published }: VmCounters): readonly BatchColumn[] {
  return [
    ...VM_COUNTERS.map((counter): BatchColumn => ({
      head: `${name}: ${headOf(counter)}`,
      of: (now, before) => {
        const since: Since<VmCounters> | undefined = before && {
          reading: before.vms[index]!,
          elapsedNs: elapsed(now, before),
        };
        return inMib(counter.of(now.vms[index]!, since), counter.unit);
      },
    })),
    // Kinds and numbers that only the strategies of this mix have.
    ...Object.keys(kinds)
      .filter((kind) => roles[kind] === undefined)
      .map((kind): BatchColumn => ({
        head: `${name}: ${kind.toUpperCase()} MiB`,
        of: (now) => inMib(now.vms[index]!.kinds[kind], 'pages'),
      })),
    ...Object.keys(published)
      .filter((own) => own.includes('.'))
      .map((own): BatchColumn => ({ head: `${name}: ${own}`, of: (now) => now.vms[index]!.published[own] })),
  ];
}

/** Rows with the columns of the first reading: virtual seconds, the host, then VM after VM. Unknown is empty. */
export class BatchRows {
  readonly #columns: readonly BatchColumn[];
  #before: HostCounters | undefined;

  constructor(first: HostCounters) {
    this.#columns = [
      { head: 'time s', of: (now) => now.time / 1e9 },
      ...hostColumns(),
      ...first.vms.flatMap((vm, i) => vmColumns(i, vm)),
    ];
  }

  heading(): string {
    return csvLine(this.#columns.map(({ head }) => head));
  }

  row(counters: HostCounters): string {
    const line = csvLine(this.#columns.map(({ of }) => of(counters, this.#before) ?? null));
    this.#before = counters;
    return line;
  }
}
