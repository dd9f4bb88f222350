/** The catalogue of counters as rows: for `overbook counters`, and for the table in docs/model/counters.md. */
import type { Counter } from '@overbook/core/host';
import { HOST_COUNTERS, IDENTITIES, VM_COUNTERS, columnName } from '@overbook/core/host';

export interface CounterRow {
  /** Heading of its column in results. */
  readonly column: string;
  readonly level: 'VM' | 'sum over VMs' | 'host';
  readonly set?: 1 | 2;
  readonly unit: string;
  readonly esxtop?: string;
  readonly vcenter?: string;
  readonly meaning: string;
  readonly source: string;
}

function rowOf(counter: Counter<never>, level: CounterRow['level']): CounterRow {
  return {
    column: columnName(counter),
    level,
    ...(counter.set === undefined ? {} : { set: counter.set }),
    unit: counter.unit,
    ...(counter.esxtop === undefined ? {} : { esxtop: counter.esxtop }),
    ...(counter.vcenter === undefined ? {} : { vcenter: counter.vcenter }),
    meaning: counter.meaning,
    source: counter.source,
  };
}

/** Every counter: VMs', sums of them, the host's own. */
export function counterRows(): readonly CounterRow[] {
  const ofVms = new Set(VM_COUNTERS.map(({ name }) => name));
  return [
    ...VM_COUNTERS.map((counter) => rowOf(counter, 'VM')),
    ...HOST_COUNTERS.filter(({ name }) => ofVms.has(name)).map((counter) => rowOf(counter, 'sum over VMs')),
    ...HOST_COUNTERS.filter(({ name }) => !ofVms.has(name)).map((counter) => rowOf(counter, 'host')),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

/** The tables of docs/model/counters.md, by heading. */
export function counterTables(): Readonly<Record<string, string>> {
  const rows = counterRows();
  const heads = ['column in results', 'set', 'esxtop', 'vCenter', 'what it is', 'source'];
  const table = (level: CounterRow['level'], own = heads): string =>
    markdown(
      own,
      rows
        .filter((row) => row.level === level)
        .map(({ column, set, esxtop = '', vcenter = '', meaning, source }) =>
          own === heads
            ? [`\`${column}\``, String(set ?? ''), esxtop, vcenter, meaning, source]
            : [`\`${column}\``, esxtop, vcenter],
        ),
    );
  return {
    'Counters of a VM': table('VM'),
    'Sums over VMs, at the host': table('sum over VMs', ['column in results', 'esxtop', 'vCenter']),
    'Counters of the host': table('host'),
    Identities: markdown(
      ['id', 'of', 'says', 'source'],
      IDENTITIES.map(({ id, scope, says, source }) => [id, scope, says, source]),
    ),
  };
}
