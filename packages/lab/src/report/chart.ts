/** Charts as static SVG: no script, no network, readable on a light and on a dark page. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/**
 * Colours of series, in order: custom properties of the page (page.ts), so that light and dark pages each have their
 * own. At most so many series tell one another apart without a legend's help.
 */
export const SERIES_COLORS: readonly string[] = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `var(--series-${i})`);

/** What is drawn, and what a reader who does not see it is told. */
export interface Chart {
  /** The drawing's name, for screen readers. */
  readonly title: string;
  /** One sentence: what is to be seen. */
  readonly description: string;
  /** Marks, scales and sizes, as Observable Plot takes them; `document` and colours are filled in. */
  readonly plot: Plot.PlotOptions;
}

/** What is needed of a drawn element: packages compile without the DOM's types, so it is cast by way of unknown. */
interface Drawn {
  readonly tagName: string;
  readonly outerHTML: string;
  querySelector(selector: string): Drawn | null;
  querySelectorAll(selector: string): Iterable<Drawn>;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
}

/**
 * Draws a chart. The same input gives the same text.
 * @returns one `<svg>` element, with a viewBox, as wide as its container allows; an ordinal colour scale that names no
 *   range gets SERIES_COLORS
 */
export function chartSvg({ title, description, plot }: Chart): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const { color, ...rest } = plot;
  const ordinal =
    color !== undefined &&
    color.range === undefined &&
    color.scheme === undefined &&
    (color.type === undefined || color.type === 'ordinal' || color.type === 'categorical');
  const drawn = Plot.plot({
    // A legend would make a figure of HTML around the drawing: the page has its own (legendHtml).
    // Room for the label of the x axis below its ticks, at the page's font size.
    marginBottom: 42,
    marginLeft: 52,
    ...rest,
    ...(color === undefined ? {} : { color: ordinal ? { ...color, range: [...SERIES_COLORS] } : color }),
    document,
    className: 'chart',
  }) as unknown as Drawn;
  const svg = drawn.tagName.toLowerCase() === 'svg' ? drawn : drawn.querySelector('svg');
  if (svg === null) throw new TypeError('Plot drew no svg element');
  // Accessibility checkers reject labels on parts; the drawing as a whole has one (WAI-ARIA graphics).
  for (const part of svg.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  // Plot's own style sheet fixes a white background and a font; the page has both.
  for (const style of svg.querySelectorAll('style')) style.remove();
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${title}. ${description}`);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}
