/** Pain over memory given back: a point for each mix, with intervals. */
import * as Plot from '@observablehq/plot';

import { Frame } from './frame.ts';
import type { SeriesLook } from './series-look.ts';

export interface PainPoint {
  readonly name: string;
  readonly look: SeriesLook;
  readonly bound?: boolean;
  /** Memory given back, and slow-down. */
  readonly x: number;
  readonly y: number;
  readonly xLow?: number | null;
  readonly xHigh?: number | null;
  readonly yLow?: number | null;
  readonly yHigh?: number | null;
  /** A wider interval of y behind the other. */
  readonly wide?: { readonly low: number; readonly high: number };
}

/** Slow-down beyond this many times the least is drawn on a logarithmic scale. */
const LOG_FROM = 4;

/** @param labels of the axes @param width in pixels @param isJoined points of one name are joined in their order */
export function painPlot(
  points: readonly PainPoint[],
  labels: { readonly x: string; readonly y: string },
  width: number,
  isJoined = false,
): Plot.PlotOptions {
  const names = [...new Map(points.map((point) => [point.name, point])).values()];
  const frame = painFrame(points, labels, width, names.map(labelOf));
  const shown = points.map((point) => drawnPoint(point, frame));
  const ofName = (name: string): readonly Drawn[] => shown.filter((point) => point.name === name);
  // Where a bound has several points, no one of them is a line to hold the others against.
  const isOneEach = names.length === points.length;
  const bounds = names.filter(({ bound }) => bound === true);
  // A label is beside the point that is nearest to it.
  const ends = names.map(({ name }) => ofName(name).reduce((far, point) => (point.x >= far.x ? point : far)));
  const lines = isJoined
    ? names.map(({ name, look }) =>
        Plot.line(ofName(name), {
          x: 'x',
          y: 'y',
          stroke: look.color,
          strokeDasharray: look.dash,
          strokeOpacity: 0.6,
        }),
      )
    : isOneEach
      ? [Plot.ruleY(bounds, { y: 'y', stroke: 'var(--soft)', strokeDasharray: '2 4' })]
      : [];
  return {
    ...frame.options(),
    marks: [
      ...lines,
      ...frame.sideLabels(ends.map((point) => ({ ...point, text: labelOf(point) }))),
      ...bars(shown, isOneEach),
      Plot.dot(shown, {
        x: 'x',
        y: 'y',
        fill: 'color',
        stroke: 'var(--paper)',
        r: isOneEach ? 5 : 3.5,
        symbol: ({ look }: PainPoint) => look.symbol,
      }),
    ],
  };
}

function labelOf({ name, bound }: PainPoint): string {
  return bound === true ? `${name} †` : name;
}

function painFrame(
  points: readonly PainPoint[],
  labels: { readonly x: string; readonly y: string },
  width: number,
  names: readonly string[],
): Frame {
  const ys = points.map(({ y }) => y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  // Intervals that reach farther than the points do are cut.
  const reach = Math.max(most - least, 0.02) / 2;
  const lows = points.map(({ yLow, y, wide }) => Math.min(yLow ?? y, wide?.low ?? y));
  const highs = points.map(({ yHigh, y, wide }) => Math.max(yHigh ?? y, wide?.high ?? y));
  const low = Math.max(1, Math.min(...lows), least - reach);
  const high = Math.min(Math.max(...highs), most + reach);
  const xs = points.flatMap(({ x, xLow, xHigh }) => [x, xLow ?? x, xHigh ?? x]);
  return new Frame(
    width,
    { label: labels.x, values: xs },
    { label: labels.y, values: [low, high, ...ys], log: most > LOG_FROM * least },
    names,
  );
}

type Drawn = ReturnType<typeof drawnPoint>;

function drawnPoint(point: PainPoint, frame: Frame) {
  const { x, y, xLow, xHigh, yLow, yHigh, wide, look } = point;
  return {
    ...point,
    color: look.color,
    x1: xLow ?? x,
    x2: xHigh ?? x,
    y1: frame.clampY(yLow ?? y),
    y2: frame.clampY(yHigh ?? y),
    wide1: frame.clampY(wide?.low ?? y),
    wide2: frame.clampY(wide?.high ?? y),
  };
}

/** Intervals: the wide ones of y, those of y, those of x. */
function bars(shown: readonly Drawn[], isOneEach: boolean): readonly Plot.Markish[] {
  const thin = { stroke: 'color', strokeWidth: 1.25, strokeOpacity: 0.8 };
  const thick = { stroke: 'color', strokeWidth: isOneEach ? 5 : 2, strokeOpacity: 0.35 };
  return [
    Plot.link(
      shown.filter(({ wide1, wide2 }) => wide1 < wide2),
      { x1: 'x', x2: 'x', y1: 'wide1', y2: 'wide2', ...thin },
    ),
    Plot.link(
      shown.filter(({ y1, y2 }) => y1 < y2),
      { x1: 'x', x2: 'x', y1: 'y1', y2: 'y2', ...thick },
    ),
    Plot.link(
      shown.filter(({ x1, x2 }) => x1 < x2),
      { x1: 'x1', x2: 'x2', y1: 'y', y2: 'y', ...thin },
    ),
  ];
}
