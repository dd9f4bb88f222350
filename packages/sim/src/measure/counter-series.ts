import type { Counter, HostCounters, Since, VmCounters } from '@overbook/core/host';
import { HOST_COUNTERS, VM_COUNTERS, columnName } from '@overbook/core/host';

/** A column of a time series; null where the value was not known. */
export type Column = (number | string | null)[];
export type Columns = Readonly<Record<string, Column>>;

/**
 * Every counter of the catalogue at every sample: the host's, and each VM's. The catalogue's columns are always
 * there and always in its order; what strategies bring of their own follows (`kind.<name>Pages`, `<strategy>.<name>`).
 * Rates are means since the sample before.
 */
export interface CounterSeries {
  readonly timeNs: readonly number[];
  readonly host: Columns;
  readonly vms: Readonly<Record<string, Columns>>;
}

/**
 * Pages in a kind, and what went in and was touched since power-on: for kinds without a role, which no column of the
 * catalogue shows.
 */
function ofOtherKinds({ kinds, roles, entered, touched }: VmCounters): Readonly<Record<string, number>> {
  const own: Record<string, number> = {};
  for (const [kind, count] of Object.entries(kinds)) {
    // The catalogue has columns of these roles.
    if (roles[kind] === 'swapped' || roles[kind] === 'compressed') continue;
    own[`kind.${kind}Pages`] = count;
    own[`kind.${kind}InPages`] = entered[kind]!;
    own[`kind.${kind}OutPages`] = touched[kind]!;
  }
  return own;
}

/** What strategies publish under names of their own. */
function ofStrategies({ published }: VmCounters): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(published).filter(([name]) => name.includes('.')));
}

/** Collects readings into columns. O(columns) a sample, beside what the reading costs. */
export class CounterRecorder {
  readonly #timeNs: number[] = [];
  readonly #host: Record<string, Column> = {};
  readonly #vms: Record<string, Record<string, Column>> = {};
  #before: HostCounters | undefined;

  add(counters: HostCounters): void {
    const row = this.#timeNs.length;
    this.#timeNs.push(counters.time);
    const before = this.#before;
    const elapsedNs = before === undefined ? 0 : counters.time - before.time;
    const since = before && { reading: before, elapsedNs };
    record(this.#host, row, HOST_COUNTERS, counters, since);
    counters.vms.forEach((vm, i) => {
      const columns = (this.#vms[vm.name] ??= {});
      record(columns, row, VM_COUNTERS, vm, before && { reading: before.vms[i]!, elapsedNs });
      put(columns, row, { ...ofOtherKinds(vm), ...ofStrategies(vm) });
    });
    this.#before = counters;
  }

  result(): CounterSeries {
    const rows = this.#timeNs.length;
    // A name that stopped being told has no value at the end.
    for (const columns of [this.#host, ...Object.values(this.#vms)])
      for (const column of Object.values(columns)) while (column.length < rows) column.push(null);
    return { timeNs: this.#timeNs, host: this.#host, vms: this.#vms };
  }
}

function record<R>(
  columns: Record<string, Column>,
  row: number,
  counters: readonly Counter<R>[],
  now: R,
  since: Since<R> | undefined,
): void {
  for (const counter of counters) (columns[columnName(counter)] ??= [])[row] = counter.of(now, since) ?? null;
}

/** Columns that come late, or are not told each time, have null where nothing was said. */
function put(columns: Record<string, Column>, row: number, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    const column = (columns[name] ??= []);
    while (column.length < row) column.push(null);
    column[row] = value;
  }
}
