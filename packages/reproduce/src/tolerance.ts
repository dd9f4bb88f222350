/** Rows whose `pass` follows from the numbers: a tolerance is stated once, in the words that are printed. */
import type { Grade, Row } from './experiment.ts';

interface Compared {
  /** What is compared, with its unit. */
  readonly quantity: string;
  readonly published: number;
  readonly measured: number;
  readonly grade: Grade;
}

/** Printed digits: enough to compare by, too few to pretend precision. Figures below 1 keep four digits. */
function shown(value: number): number {
  return Number(value.toPrecision(Math.abs(value) >= 1000 ? 7 : 5));
}

function finite(value: number): boolean {
  return Number.isFinite(value);
}

/** Equal, to the last digit (counts). */
export function exactly({ quantity, published, measured, grade }: Compared): Row {
  return {
    quantity,
    published,
    measured,
    tolerance: 'equal',
    pass: measured === published,
    grade,
  };
}

/** Within so many percent of the published value. */
export function withinPercent(percent: number, row: Compared): Row {
  return {
    quantity: row.quantity,
    published: row.published,
    measured: shown(row.measured),
    tolerance: `±${percent} %`,
    pass:
      finite(row.measured) &&
      Math.abs(row.measured - row.published) <= (Math.abs(row.published) * percent) / 100,
    grade: row.grade,
  };
}

/** Within so much of the published value, in its own unit. */
export function within(most: number, row: Compared, unit = ''): Row {
  return {
    quantity: row.quantity,
    published: row.published,
    measured: shown(row.measured),
    tolerance: unit === '' ? `±${most}` : `±${most} ${unit}`,
    pass: finite(row.measured) && Math.abs(row.measured - row.published) <= most,
    grade: row.grade,
  };
}

interface Bounded {
  readonly quantity: string;
  /** What the source prints, a number or its words; null where the bound is ours. */
  readonly published: number | string | null;
  readonly measured: number;
  readonly grade: Grade;
}

/** At least so much. */
export function atLeast(least: number, row: Bounded): Row {
  return {
    ...row,
    measured: shown(row.measured),
    tolerance: `≥ ${shown(least)}`,
    pass: row.measured >= least,
  };
}

/** At most so much. */
export function atMost(most: number, row: Bounded): Row {
  return {
    ...row,
    measured: shown(row.measured),
    tolerance: `≤ ${shown(most)}`,
    pass: row.measured <= most,
  };
}

/** Between two bounds, both included. */
export function between(least: number, most: number, row: Bounded): Row {
  return {
    ...row,
    measured: shown(row.measured),
    tolerance: `${shown(least)} to ${shown(most)}`,
    pass: row.measured >= least && row.measured <= most,
  };
}

/** One place in an order, best first. */
export interface Place {
  readonly name: string;
  readonly value: number;
}

/**
 * A published order: each place at least as large as the next (`≥`), or larger (`>`).
 * @param order places as the source orders them, largest first
 */
export function inOrder(
  quantity: string,
  published: string,
  order: readonly Place[],
  { strictly = false, grade = 'ordering' }: { readonly strictly?: boolean; readonly grade?: Grade } = {},
): Row {
  const sign = strictly ? '>' : '≥';
  const holds = order.every(
    ({ value }, i) => i === 0 || (strictly ? order[i - 1]!.value > value : order[i - 1]!.value >= value),
  );
  return {
    quantity,
    published,
    measured: order.map(({ name, value }) => `${name} ${shown(value)}`).join(', '),
    tolerance: order.map(({ name }) => name).join(` ${sign} `),
    pass: holds && order.every(({ value }) => finite(value)),
    grade,
  };
}

/** A statement that either holds or does not, with what was seen. */
export function statement(row: {
  readonly quantity: string;
  readonly published: string | null;
  readonly measured: string;
  readonly tolerance: string;
  readonly holds: boolean;
  readonly grade: Grade;
}): Row {
  const { holds, ...rest } = row;
  return { ...rest, pass: holds };
}

/**
 * The row as what it is: a shape whose figure comes out because a parameter was chosen so.
 * @param what the parameter
 */
export function solvedBy(what: string, row: Row): Row {
  return { ...row, grade: 'shape', solved: what };
}

/** The row as what it is: a figure that was put in, read back. */
export function readBack(row: Row): Row {
  return { ...row, grade: 'input' };
}

/** The row, with what is known about why it fails; nothing is added to one that passes. */
export function explained(why: string, row: Row): Row {
  return row.pass ? row : { ...row, explanation: why };
}
