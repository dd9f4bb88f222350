/** What varies as an axis of a drawing: numbers where its values are such, else places in their order. */
import type { Json } from '@overbook/core';
import type { ScaleWish } from '@overbook/lab/report';

import type { Axis } from '../vary/points.ts';
import { parseMeasure } from '../vary/measure.ts';
import { valueText } from '../vary/value-text.ts';

export interface ChartAxis {
  readonly path: string;
  readonly isNumeric: boolean;
  readonly wish: Omit<ScaleWish, 'values'>;
  readonly of: (value: Json) => number;
}

/** @param values that points of the study have */
export function chartAxis({ path }: Pick<Axis, 'path'>, values: readonly Json[]): ChartAxis {
  const distinct = [...new Map(values.map((value) => [valueText(value), value])).values()];
  const measures = distinct.map((value) =>
    typeof value === 'number' || typeof value === 'string' ? parseMeasure(value) : undefined,
  );
  const unit = measures[0]?.unit;
  if (unit !== undefined && measures.every((measure) => measure?.unit === unit)) {
    const numbers = measures.map((measure) => measure!.number);
    return {
      path,
      isNumeric: true,
      wish: {
        label: unit === '' ? path : `${path} (${unit})`,
        log: isLogarithmic(numbers),
        ...(numbers.length <= TICKS_MAX && {
          ticks: numbers.toSorted((a, b) => a - b).map((value) => ({ value, text: String(value) })),
        }),
      },
      of: (value) => parseMeasure(value as number | string)!.number,
    };
  }
  const texts = distinct.map(valueText);
  return {
    path,
    isNumeric: false,
    wish: { label: path, ticks: texts.map((text, value) => ({ value, text })) },
    of: (value) => texts.indexOf(valueText(value)),
  };
}

/** Values that are ticks of their own, up to so many. */
const TICKS_MAX = 24;

/** Values at about equal ratios that span more than a decade. */
function isLogarithmic(numbers: readonly number[]): boolean {
  const sorted = numbers.toSorted((a, b) => a - b);
  if (sorted.length < 3 || sorted[0]! <= 0 || sorted.at(-1)! < 10 * sorted[0]!) return false;
  const ratios = sorted.slice(1).map((value, i) => value / sorted[i]!);
  const [least, most] = ratios.reduce(
    ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
    [Infinity, 0],
  );
  return most! < 1.5 * least!;
}
