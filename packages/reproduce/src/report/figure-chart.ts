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

/** Name of a series as the legend prints it. */
export function seriesName({ name, from }: FigureSeries): string {
  return `${name} (${from})`;
}

/** Draws a figure. Series beyond the eighth share colours with the first. */
export function figureChart(figure: Figure): string {
  const { title, x, y, series } = figure;
  const description = `${y} over ${x}: ${series.map(seriesName).join(', ')}`;
  const color = (i: number): string => SERIES_COLORS[i % SERIES_COLORS.length]!;
  return series.some((one) => styleOf(one) === 'bars')
    ? chartSvg({ title, description, plot: barPlot(figure, color) })
    : chartSvg({ title, description, plot: curvePlot(figure, color) });
}

function curvePlot({ x, y, series }: Figure, color: (i: number) => string): Plot.PlotOptions {
  return {
    width: 800,
    height: 360,
    x: { label: x, grid: false },
    y: { label: y, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      ...series.map((one, i) => {
        const channels = { x: 'x', y: 'y', stroke: color(i) };
        return styleOf(one) === 'line'
          ? Plot.line(dotsOf(one), { ...channels, strokeWidth: 1.75 })
          : Plot.dot(dotsOf(one), { ...channels, r: 3, strokeWidth: 1.5 });
      }),
    ],
  };
}

function barPlot({ x, y, series }: Figure, color: (i: number) => string): Plot.PlotOptions {
  const bars = series.flatMap((one, i) =>
    dotsOf(one).map((dot) => ({ category: dot.x, y: dot.y, series: seriesName(one), color: color(i) })),
  );
  const names = series.map(seriesName);
  return {
    width: 800,
    height: 360,
    marginBottom: 56,
    fx: { label: x, domain: [...new Set(bars.map(({ category }) => category))], padding: 0.15 },
    x: { axis: null, domain: names },
    y: { label: y, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.barY(bars, { fx: 'category', x: 'series', y: 'y', fill: 'color' }),
    ],
  };
}
