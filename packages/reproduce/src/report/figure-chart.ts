/** Published points beside measured curves, as one static drawing. */
import * as Plot from '@observablehq/plot';
import { SERIES_COLORS, chartSvg } from '@overbook/lab/report';

import type { Figure, FigureSeries } from '../experiment.ts';

interface Dot {
  readonly x: number | string;
  readonly y: number;
}

function dotsOf({ points }: FigureSeries): readonly Dot[] {
  return points.map(([x, y]) => ({ x, y }));
}

function styleOf({ as, from }: FigureSeries): 'line' | 'points' | 'bars' {
  return as ?? (from === 'published' ? 'points' : 'line');
}

/** What the colours of a figure stand for: each name has one, whether published or measured. */
export function namesIn({ series }: Figure): readonly string[] {
  return [...new Set(series.map(({ name }) => name))];
}

const MARKS = {
  measured: { line: 'lines', points: 'filled points', bars: 'filled bars' },
  published: { line: 'dashed lines', points: 'open points', bars: 'outlined bars' },
} as const;

/** What its marks stand for, as a sentence: `Lines: measured. Open points: published.` */
export function marksOf({ series }: Figure): string {
  const said = (['measured', 'published'] as const).flatMap((from) => {
    const marks = series.filter((one) => one.from === from).map((one) => MARKS[from][styleOf(one)]);
    return marks.length === 0 ? [] : [`${[...new Set(marks)].join(' and ')}: ${from}.`];
  });
  return said.map((text) => text[0]!.toUpperCase() + text.slice(1)).join(' ');
}

/** Draws a figure. Names beyond the eighth share colours with the first. */
export function figureChart(figure: Figure): string {
  const { title, x, y, series } = figure;
  const description = `${y} over ${x}: ${series.map(({ name, from }) => `${name} (${from})`).join(', ')}`;
  const names = namesIn(figure);
  const color = ({ name }: FigureSeries): string =>
    SERIES_COLORS[names.indexOf(name) % SERIES_COLORS.length]!;
  return series.some((one) => styleOf(one) === 'bars')
    ? chartSvg({ title, description, plot: barPlot(figure, color) })
    : chartSvg({ title, description, plot: curvePlot(figure, color) });
}

type ColorOf = (series: FigureSeries) => string;

function curvePlot({ x, y, series }: Figure, color: ColorOf): Plot.PlotOptions {
  return {
    width: 800,
    height: 360,
    x: { label: x, grid: false },
    y: { label: y, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...series.map((one) => curve(one, color(one))),
    ],
  };
}

function curve(one: FigureSeries, color: string): Plot.Markish {
  const channels = { x: 'x', y: 'y', stroke: color };
  const isPublished = one.from === 'published';
  return styleOf(one) === 'line'
    ? Plot.line(dotsOf(one), {
        ...channels,
        strokeWidth: 1.75,
        ...(isPublished ? { strokeDasharray: '5 3' } : {}),
      })
    : Plot.dot(dotsOf(one), { ...channels, r: 3, strokeWidth: 1.5, ...(isPublished ? {} : { fill: color }) });
}

function barPlot({ x, y, series }: Figure, color: ColorOf): Plot.PlotOptions {
  const barsOf = (from: FigureSeries['from']) =>
    series
      .filter((one) => one.from === from)
      .flatMap((one) =>
        dotsOf(one).map((dot) => ({ category: dot.x, y: dot.y, series: keyOf(one), color: color(one) })),
      );
  const [measured, published] = [barsOf('measured'), barsOf('published')];
  return {
    width: 800,
    height: 360,
    marginBottom: 56,
    fx: {
      label: x,
      domain: [...new Set([...measured, ...published].map(({ category }) => category))],
      padding: 0.15,
    },
    x: { axis: null, domain: series.map(keyOf) },
    y: { label: y, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.barY(measured, { fx: 'category', x: 'series', y: 'y', fill: 'color' }),
      Plot.barY(published, {
        fx: 'category',
        x: 'series',
        y: 'y',
        fill: 'none',
        stroke: 'color',
        strokeWidth: 1.5,
      }),
    ],
  };
}

function keyOf({ name, from }: FigureSeries): string {
  return `${name} (${from})`;
}
