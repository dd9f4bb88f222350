/** A drawing on a page, once for wide screens and once for a phone's, with its legend and a link that saves it. */
import type * as Plot from '@observablehq/plot';

import { chartSvg } from './chart.ts';
import { escapeHtml } from './page.ts';
import type { LegendKey } from './saved-svg.ts';
import { saveLink } from './saved-svg.ts';

/** Widths that drawings are made for, in pixels. */
export const WIDE = 800;
export const NARROW = 360;

export interface PlotFigure {
  /** Name of the file that it is saved as, without the ending. */
  readonly file: string;
  readonly title: string;
  /** One sentence: what is to be seen. */
  readonly description: string;
  /** Plain text under the drawing. */
  readonly caption: string;
  readonly legend?: readonly LegendKey[];
  readonly plot: (width: number) => Plot.PlotOptions;
}

/** The figure, in both widths. */
export function plotFigure(figure: PlotFigure): string {
  const draw = (width: number): string => chartSvg({ ...figure, plot: figure.plot(width) });
  const wide = draw(WIDE);
  return (
    `<figure>${legendHtml(figure.legend ?? [])}` +
    `<div class="at-wide">${wide}</div><div class="at-narrow">${draw(NARROW)}</div>` +
    `<figcaption>${escapeHtml(figure.caption)} ${linkOf(figure, wide)}</figcaption></figure>`
  );
}

/** A figure of several side by side under one legend: drawn once, for a phone's width, its name above. */
export function smallFigure(figure: PlotFigure): string {
  const svg = chartSvg({ ...figure, plot: figure.plot(NARROW) });
  return `<figure><figcaption>${escapeHtml(figure.caption)} ${linkOf(figure, svg)}</figcaption>${svg}</figure>`;
}

function linkOf({ file, title, description, legend = [] }: PlotFigure, svg: string): string {
  return saveLink(file, { title, description, svg, legend });
}

/** What colours stand for, as a list. */
export function legendHtml(legend: readonly LegendKey[]): string {
  if (legend.length === 0) return '';
  const keys = legend.map(
    ({ name, color }) => `<li><span class="key" style="background:${color}"></span>${escapeHtml(name)}</li>`,
  );
  return `<ul class="legend">${keys.join('')}</ul>`;
}
