/** A number with or without a unit, as scenarios write sizes, times and parts: `40 % of guests`, `512 MiB`, `2000`. */
import { parseSize } from '@overbook/lab';

export interface Measure {
  readonly number: number;
  /** As it was written; empty where there is none. */
  readonly unit: string;
}

const MEASURE = /^(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(\S.*)?$/;

/** @returns undefined for what begins with no number */
export function parseMeasure(value: number | string): Measure | undefined {
  if (typeof value === 'number') return { number: value, unit: '' };
  const found = MEASURE.exec(value.trim());
  return found === null ? undefined : { number: Number(found[1]), unit: found[2]?.trim() ?? '' };
}

/** Digits that a value between two others keeps. */
const DIGITS = 4;

/**
 * The value as a scenario would have it: a number, or text with its unit. A size is a whole number of pages.
 * @param isWhole the number is to be whole
 */
export function written(number: number, unit: string, isWhole: boolean): number | string {
  const short = isWhole ? Math.round(number) : Number(number.toPrecision(DIGITS));
  if (unit === '') return short;
  const text = `${short} ${unit}`;
  const isSize = parseSize(`1 ${unit}`) !== undefined;
  return isSize && parseSize(text) === undefined ? `${Math.round(number)} ${unit}` : text;
}
