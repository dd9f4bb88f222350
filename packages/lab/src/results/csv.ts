/** Results as tables for other programs: RFC 4180, one header line, numbers with six significant digits. */
import { sumOfRole } from '@overbook/core/host';
import type { Cell } from '../experiment/plan.ts';
import type { CellOutcome } from '../experiment/run-experiment.ts';
import type { Interval } from '../statistics/interval.ts';
import { interval, rounded } from '../statistics/interval.ts';
import { METRICS, flatSummary } from './metrics.ts';
import { GUEST_RULES, RULES, alertColumns, alertValues, runAlerts } from './mix-alerts.ts';
import type { MixResult, Results } from './results.ts';

type Value = string | number | null;

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of values that are exact as they are: no figure is rounded. */
export function csvLine(values: readonly Value[]): string {
  return `${values.map((value) => (value === null ? '' : quoted(String(value)))).join(',')}\n`;
}

function field(value: Value): string {
  return value === null ? '' : quoted(typeof value === 'number' ? String(rounded(value)) : value);
}

function table(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('');
}

/** All strategy ids of the mixes, in order of first appearance; those that always come last come last. */
export function idsOf(mixes: readonly MixResult[]): readonly string[] {
  const ids = [...new Set(mixes.flatMap(({ strategies }) => strategies))];
  const isLast = (id: string): boolean =>
    mixes.every(({ strategies }) => !strategies.includes(id) || strategies.at(-1) === id);
  return [...ids.filter((id) => !isLast(id)), ...ids.filter(isLast)];
}

/**
 * One row for each host size, mix (`bound` is 1 for a bound) and figure: mean and 95 % interval over seeds, and the
 * same of its difference to the baseline, taken seed by seed.
 */
export function summaryCsv(results: Results): string {
  const { scenario, seeds, baseline } = results;
  const difference = ['baseline', 'differenceMean', 'differenceLow', 'differenceHigh'];
  const rows: Value[][] = [
    ['scenario', 'mix', 'hostMemoryPages', 'figure', 'mean', 'low', 'high', 'seeds', ...difference, 'bound'],
  ];
  const { mixes, bounds } = results;
  for (const mix of [...mixes, ...bounds]) {
    const { name, hostMemoryPages, summary, againstBaseline, runs = [] } = mix;
    if (summary === undefined) continue;
    const add = (figure: string, { mean, low, high }: Interval, less?: Interval): number =>
      rows.push([
        scenario,
        name,
        hostMemoryPages,
        figure,
        mean,
        low,
        high,
        seeds.length,
        ...(less === undefined ? difference.map(() => null) : [baseline, less.mean, less.low, less.high]),
        bounds.includes(mix) ? 1 : null,
      ]);
    for (const metric of METRICS) add(metric, summary[metric], againstBaseline?.[metric]);
    for (const [id, found] of Object.entries(summary.reclaimedPages)) add(`reclaimedPages.${id}`, found);
    // By column, a value of each run; no row where a rule was told of no one.
    const told = runs.map((run) => alertValues(RULES, runAlerts(run)));
    for (const [i, figure] of alertColumns(RULES).entries()) {
      const values = told.flatMap((one) => one[i] ?? []);
      if (values.length === runs.length) add(figure, interval(values));
    }
  }
  return table(rows);
}

/** One row for each run. */
export function runsCsv(results: Results, outcomes: readonly CellOutcome[]): string {
  const ids = idsOf([...results.mixes, ...results.bounds]);
  const columns = [
    ...METRICS,
    ...ids.map((id) => `reclaimedPages.${id}`),
    ...alertColumns(RULES),
    'guestsKilled',
    'guestsNotAdmitted',
    'error',
    'bound',
  ];
  const rows: Value[][] = [['scenario', 'mix', 'hostMemoryPages', 'seed', ...columns]];
  for (const { cell, outcome } of outcomes) {
    const bound = cell.mix.bound === true ? 1 : null;
    const start: Value[] = [results.scenario, cell.mix.name, cell.memory, cell.seed];
    if (outcome.kind === 'failed') {
      rows.push([...start, ...columns.slice(2).map(() => null), outcome.what, bound]);
      continue;
    }
    const own = new Set(cell.mix.strategies.map(({ id }) => id));
    const figures = flatSummary(outcome.result.summary, ids).map(([figure, value]) =>
      figure.startsWith('reclaimedPages.') && !own.has(figure.slice('reclaimedPages.'.length)) ? null : value,
    );
    rows.push([
      ...start,
      ...figures,
      ...alertValues(RULES, runAlerts(outcome.result)),
      outcome.result.guestsKilled,
      outcome.result.guestsNotAdmitted,
      null,
      bound,
    ]);
  }
  return table(rows);
}

const GUEST_COLUMNS = [
  'busyNs',
  'stallNs',
  'slowdown',
  'stalls',
  'stallP50Ns',
  'stallP99Ns',
  'worstStallNs',
  'delayNs',
  'lifeNs',
  'workDone',
  'touches',
  'writes',
  'firstTouches',
  'cowBreaks',
  'balloonPops',
] as const;

/** What translation did for a guest; empty where nothing of it was translated. */
const TRANSLATION_COLUMNS = [
  'tlbMisses',
  'references',
  'exits',
  'hiddenFaults',
  'trueFaults',
  'nestedFaults',
] as const;

/** The recording that the seed drew for a guest. */
function takeOf({ mixes, bounds }: Results, { mix, memory, seed }: Cell, guest: string): Value {
  const result = [...mixes, ...bounds].find(
    ({ name, hostMemoryPages }) => name === mix.name && hostMemoryPages === memory,
  );
  const run = result?.runs?.find((one) => one.seed === seed);
  return run?.guests.find(({ name }) => name === guest)?.take ?? null;
}

/** One row for each guest of each run. */
export function guestsCsv(results: Results, outcomes: readonly CellOutcome[]): string {
  const rows: Value[][] = [
    [
      'scenario',
      'mix',
      'hostMemoryPages',
      'seed',
      'guest',
      ...GUEST_COLUMNS,
      'swapIns',
      'killed',
      'notAdmitted',
      ...TRANSLATION_COLUMNS,
      'largePages',
      'take',
      ...alertColumns(GUEST_RULES),
    ],
  ];
  for (const { cell, outcome } of outcomes) {
    if (outcome.kind === 'failed') continue;
    const roles = outcome.result.host.vms[0]?.roles ?? {};
    for (const guest of outcome.result.guests) {
      rows.push([
        results.scenario,
        cell.mix.name,
        cell.memory,
        cell.seed,
        guest.name,
        ...GUEST_COLUMNS.map((column) => guest[column]),
        sumOfRole(guest.faults, roles, 'swapped') ?? 0,
        guest.killed?.why ?? null,
        guest.notAdmitted?.why ?? null,
        ...TRANSLATION_COLUMNS.map((column) => guest.translation?.[column] ?? null),
        guest.largePages?.now ?? null,
        takeOf(results, cell, guest.name),
        ...alertValues(GUEST_RULES, guest.alerts),
      ]);
    }
  }
  return table(rows);
}
