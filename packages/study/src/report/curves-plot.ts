/** A figure of each mix over what varies: lines with bands of their intervals, bounds dashed, knees as rings. */
import * as Plot from '@observablehq/plot';
import type { ScaleWish, SeriesLook } from '@overbook/lab/report';
import { Frame } from '@overbook/lab/report';

import type { CurvePoint } from './knee.ts';

export interface Curve {
  readonly name: string;
  readonly look: SeriesLook;
  readonly bound?: boolean;
  /** By rising x. */
  readonly points: readonly CurvePoint[];
  readonly knee?: CurvePoint;
}

export interface CurvesChart {
  readonly x: Omit<ScaleWish, 'values'>;
  readonly y: string;
  /** No figure is less. */
  readonly floor: number;
  /** Neighbouring values of x are steps of one thing: lines may join them. */
  readonly isJoined: boolean;
  readonly curves: readonly Curve[];
}

/** Curves whose largest value is more than this many times the least are drawn on a logarithmic scale. */
const LOG_FROM = 4;

/** @param width in pixels */
export function curvesPlot(chart: CurvesChart, width: number): Plot.PlotOptions {
  const { x, y, floor, isJoined } = chart;
  const curves = isJoined ? chart.curves : sideBySide(chart.curves);
  const all = curves.flatMap(({ points }) => points);
  const ys = all.map((point) => point.y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const spread = most - least || Math.abs(most) * 0.1 || 1;
  const log = least > 0 && most > LOG_FROM * least;
  // Intervals of few seeds may be far wider than the curves are apart: they are cut.
  const lowest = Math.min(...all.map((point) => point.low ?? point.y));
  const highest = Math.max(...all.map((point) => point.high ?? point.y));
  const low = Math.max(floor, log ? least / 1.3 : least - spread * 0.15, lowest);
  const high = Math.min(log ? most * 1.5 : most + spread * 0.3, highest);
  const frame = new Frame(
    width,
    { ...x, values: isJoined ? all.map((point) => point.x) : around(chart.curves) },
    {
      label: y,
      values: [Math.min(low, least), Math.max(high, most)],
      log,
    },
    curves.map(labelOf),
  );
  const cut = (point: CurvePoint): CurvePoint & { low: number; high: number } => ({
    ...point,
    low: frame.clampY(point.low ?? point.y),
    high: frame.clampY(point.high ?? point.y),
  });
  const ends = curves.flatMap((curve) => {
    const last = curve.points.at(-1);
    return last === undefined
      ? []
      : [{ text: labelOf(curve), x: last.x, y: last.y, color: curve.look.color }];
  });
  return {
    ...frame.options(),
    marks: [
      ...curves.map((curve) => intervals(curve, curve.points.map(cut), isJoined)),
      ...curves.flatMap((curve) => drawn(curve, isJoined)),
      ...frame.sideLabels(ends),
    ],
  };
}

/** Part of the way to the next place that the points of one place take. */
const PLACE = 0.7;

/** Points of one place that is no number, beside each other by mix. */
function sideBySide(curves: readonly Curve[]): readonly Curve[] {
  return curves.map((curve, i) => {
    const by = ((i + 0.5) / curves.length - 0.5) * PLACE;
    return { ...curve, points: curve.points.map((point) => ({ ...point, x: point.x + by })) };
  });
}

/** Half a place more on both sides. */
function around(curves: readonly Curve[]): readonly number[] {
  const xs = curves.flatMap(({ points }) => points.map((point) => point.x));
  return [Math.min(...xs) - 0.5, Math.max(...xs) + 0.5];
}

function labelOf({ name, bound }: Curve): string {
  return bound === true ? `${name} †` : name;
}

function intervals(
  { look }: Curve,
  points: readonly (CurvePoint & { low: number; high: number })[],
  isJoined: boolean,
): Plot.Markish {
  return isJoined
    ? Plot.areaY(points, { x: 'x', y1: 'low', y2: 'high', fill: look.color, fillOpacity: 0.12 })
    : Plot.link(points, {
        x1: 'x',
        x2: 'x',
        y1: 'low',
        y2: 'high',
        stroke: look.color,
        strokeWidth: 4,
        strokeOpacity: 0.3,
      });
}

/** Many points need no dots: a line shows them. */
const DOTS_MAX = 40;

function drawn({ look, bound, points, knee }: Curve, isJoined: boolean): readonly Plot.Markish[] {
  const { color, dash, symbol } = look;
  const line = isJoined
    ? [
        Plot.line(points, {
          x: 'x',
          y: 'y',
          stroke: color,
          strokeWidth: bound === true ? 1.5 : 2,
          strokeDasharray: dash,
        }),
      ]
    : [];
  const dots =
    (bound === true && isJoined) || points.length > DOTS_MAX
      ? []
      : [Plot.dot(points, { x: 'x', y: 'y', fill: color, r: 3, symbol })];
  const ring =
    knee === undefined
      ? []
      : [Plot.dot([knee], { x: 'x', y: 'y', r: 7.5, stroke: color, strokeWidth: 2, fill: 'none' })];
  return [...line, ...dots, ...ring];
}
