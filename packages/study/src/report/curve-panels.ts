/** Curves over one axis of a study, a panel for each combination of what else varies. */
import type { SeriesLook } from '@overbook/lab/report';

import type { MixAtPoint, PointSummary } from '../rows/point-summary.ts';
import type { StudyMix } from '../study.ts';
import type { Axis, Point } from '../vary/points.ts';
import { valueText } from '../vary/value-text.ts';
import type { ChartAxis } from './axis-of-chart.ts';
import { chartAxis } from './axis-of-chart.ts';
import type { Curve } from './curves-plot.ts';
import type { CurvePoint, Knee } from './knee.ts';
import { kneeOf } from './knee.ts';
import type { ShownMetric } from './shown-metrics.ts';
import { SLOW_DOWN } from './shown-metrics.ts';

/** Panels beyond this many are a table's work. Chosen. */
export const PANELS_MAX = 12;
/** Points of a curve that are drawn. Chosen: more are no longer told apart. */
export const CURVE_POINTS_MAX = 400;

export interface Panel {
  /** What else varies, and has this value here; empty where nothing does. */
  readonly name: string;
  readonly points: readonly PointSummary[];
}

export interface Panels {
  readonly axis: ChartAxis;
  readonly panels: readonly Panel[];
}

/**
 * @param points of the whole study @param isSample points lie anywhere, so that no two share all but one value
 * @returns undefined where there would be no curve, or too many panels
 */
export function panelsOf(
  axes: readonly Pick<Axis, 'path'>[],
  points: readonly PointSummary[],
  isSample: boolean,
): Panels | undefined {
  if (axes.length === 0 || points.length === 0 || (isSample && axes.length > 1)) return undefined;
  const shown = axes.map((axis) =>
    chartAxis(
      axis,
      points.map(({ values }) => values[axis.path]!),
    ),
  );
  const counts = axes.map(({ path }) => new Set(points.map(({ values }) => valueText(values[path]))).size);
  // The numeric axis with the most values; the first of equals.
  const place = shown
    .map((_, i) => i)
    .reduce((best, i) => {
      const better =
        Number(shown[i]!.isNumeric) - Number(shown[best]!.isNumeric) || counts[i]! - counts[best]!;
      return better > 0 ? i : best;
    });
  const axis = shown[place]!;
  const others = axes.filter((_, i) => i !== place).map(({ path }) => path);
  const panels = new Map<string, PointSummary[]>();
  for (const point of points) {
    const name = nameOf(point.values, others);
    const panel = panels.get(name);
    if (panel === undefined) panels.set(name, [point]);
    else panel.push(point);
  }
  if (panels.size > PANELS_MAX) return undefined;
  return { axis, panels: [...panels].map(([name, own]) => ({ name, points: byRising(own, axis) })) };
}

function nameOf(values: Point, paths: readonly string[]): string {
  return paths.map((path) => `${path} ${valueText(values[path])}`).join(', ');
}

function byRising(points: readonly PointSummary[], { of, path }: ChartAxis): readonly PointSummary[] {
  return points.toSorted((a, b) => of(a.values[path]!) - of(b.values[path]!));
}

/** All curves of a panel, with no point where a mix lost work or failed. */
export function curvesOf(
  { points }: Panel,
  axis: ChartAxis,
  mixes: readonly StudyMix[],
  looks: ReadonlyMap<string, SeriesLook>,
  metric: ShownMetric,
): readonly Curve[] {
  const step = Math.ceil(points.length / CURVE_POINTS_MAX);
  const drawn = points.filter((_, i) => i % step === 0);
  return mixes
    .map(({ name, bound }, mix): Curve => {
      const own = drawn.flatMap((point) =>
        curvePoint(point.mixes[mix]!, axis.of(point.values[axis.path]!), metric),
      );
      // Knees are those of the slow-down.
      const hasKnee = metric === SLOW_DOWN && axis.isNumeric && !bound;
      const knee = hasKnee ? kneeOf(own) : undefined;
      return {
        name,
        look: looks.get(name)!,
        bound,
        points: own,
        ...(knee?.kind === 'knee' && { knee: own[knee.index]! }),
      };
    })
    .filter((curve) => curve.points.length > 0);
}

function curvePoint(mix: MixAtPoint, x: number, { metric, unit }: ShownMetric): readonly CurvePoint[] {
  if (mix.figures === undefined || mix.lostWork) return [];
  const { mean, low, high } = mix.figures[metric];
  return [
    { x, y: mean / unit, low: low === null ? null : low / unit, high: high === null ? null : high / unit },
  ];
}

/** A knee as tables tell it. */
export interface KneeRow {
  readonly panel: string;
  readonly mix: string;
  readonly at: string;
  readonly slowdown: string;
}

const NO_KNEE: Readonly<Record<Exclude<Knee['kind'], 'knee'>, string>> = {
  few: 'fewer than five points',
  flat: 'its ends cannot be told apart',
  straight: 'bends nowhere enough',
};

/** Where each mix has its knee, or why it has none. */
export function kneeRows(
  { axis, panels }: Panels,
  curves: (panel: Panel) => readonly Curve[],
  metric: ShownMetric,
): readonly KneeRow[] {
  return panels.flatMap((panel) =>
    curves(panel)
      .filter(({ bound }) => bound !== true)
      .map(({ name, points }) => {
        const knee = kneeOf(points);
        if (knee.kind !== 'knee')
          return { panel: panel.name, mix: name, at: `none: ${NO_KNEE[knee.kind]}`, slowdown: '' };
        const { x, y } = points[knee.index]!;
        const point = panel.points.find(({ values }) => axis.of(values[axis.path]!) === x)!;
        return {
          panel: panel.name,
          mix: name,
          at: valueText(point.values[axis.path]),
          slowdown: metric.text(y * metric.unit),
        };
      }),
  );
}
