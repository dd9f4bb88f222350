/** The frame of a drawing whose scales are known before it is drawn, as labels beside points need them. */
import * as Plot from '@observablehq/plot';

import { labelPlaces } from './label-places.ts';

export interface ScaleWish {
  readonly label: string;
  /** What the scale must hold; at least one number. */
  readonly values: readonly number[];
  readonly log?: boolean;
  /** Ticks with texts of their own. */
  readonly ticks?: readonly { readonly value: number; readonly text: string }[];
}

export interface SideLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly color: string;
}

/** Height of a line of labels, and about the width of a letter, in pixels. */
const LINE = 15;
const LETTER = 7.2;
const MARGIN = { top: 28, bottom: 42, left: 52 } as const;
/** From the plot's edge to its labels. */
const WAY = 16;

export class Frame {
  readonly width: number;
  readonly height: number;
  readonly #right: number;
  readonly #x: { readonly wish: ScaleWish; readonly domain: readonly [number, number] };
  readonly #y: { readonly wish: ScaleWish; readonly domain: readonly [number, number] };
  readonly #longest: number;

  /** @param names of the labels right of the plot */
  constructor(width: number, x: ScaleWish, y: ScaleWish, names: readonly string[]) {
    this.width = width;
    // No more than two fifths for labels: longer ones are cut.
    this.#longest = Math.min(
      Math.max(0, ...names.map((name) => name.length)),
      Math.floor((width * 0.4 - WAY) / LETTER),
    );
    this.#right = names.length === 0 ? 16 : Math.ceil(WAY + 4 + this.#longest * LETTER);
    this.height = Math.max(width < 500 ? 320 : 400, names.length * LINE + MARGIN.top + MARGIN.bottom);
    this.#x = { wish: x, domain: padded(x) };
    this.#y = { wish: y, domain: padded(y) };
  }

  /** Sizes, margins and scales for Plot. */
  options(): Plot.PlotOptions {
    const { wish: x, domain: xDomain } = this.#x;
    const { wish: y, domain: yDomain } = this.#y;
    return {
      width: this.width,
      height: this.height,
      marginTop: MARGIN.top,
      marginBottom: MARGIN.bottom,
      marginLeft: MARGIN.left,
      marginRight: this.#right,
      x: {
        label: x.label,
        domain: [...xDomain],
        ...scaleOptions(x),
        ...ticksOf(x, this.width < 500 ? 4 : 8),
      },
      y: { label: y.label, domain: [...yDomain], grid: true, ...scaleOptions(y), ...ticksOf(y, 6) },
    };
  }

  get yDomain(): readonly [number, number] {
    return this.#y.domain;
  }

  /** The value, or the edge of the drawing where it lies beyond. */
  clampY(value: number): number {
    const [low, high] = this.#y.domain;
    return Math.min(Math.max(value, low), high);
  }

  clampX(value: number): number {
    const [low, high] = this.#x.domain;
    return Math.min(Math.max(value, low), high);
  }

  /** Labels in a column right of the plot, each with a thin line to what it labels. */
  sideLabels(labels: readonly SideLabel[]): readonly Plot.Markish[] {
    const [top, bottom] = [MARGIN.top, this.height - MARGIN.bottom];
    const places = labelPlaces(
      labels.map(({ y }) => this.#pixelY(y)),
      LINE,
      top,
      bottom,
    );
    const edge = this.width - this.#right;
    return labels.flatMap(({ text, x, y, color }, i) => {
      const to = this.#valueY(places[i]!);
      const way = [{ x1: x, y1: y, x2: this.#valueX(edge + WAY - 2), y2: to }];
      return [
        Plot.link(way, {
          x1: 'x1',
          y1: 'y1',
          x2: 'x2',
          y2: 'y2',
          stroke: color,
          strokeWidth: 1,
          strokeOpacity: 0.45,
        }),
        Plot.text([{ x: this.#valueX(edge + WAY), y: to }], {
          x: 'x',
          y: 'y',
          text: () => (text.length > this.#longest ? `${text.slice(0, this.#longest - 1)}…` : text),
          textAnchor: 'start',
          fill: color,
        }),
      ];
    });
  }

  #pixelY(value: number): number {
    return along(this.#y, value, this.height - MARGIN.bottom, MARGIN.top);
  }

  #valueY(pixel: number): number {
    return back(this.#y, pixel, this.height - MARGIN.bottom, MARGIN.top);
  }

  #valueX(pixel: number): number {
    return back(this.#x, pixel, MARGIN.left, this.width - this.#right);
  }
}

interface Scaled {
  readonly wish: ScaleWish;
  readonly domain: readonly [number, number];
}

function along({ wish, domain: [low, high] }: Scaled, value: number, from: number, to: number): number {
  const part =
    wish.log === true ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return from + part * (to - from);
}

function back({ wish, domain: [low, high] }: Scaled, pixel: number, from: number, to: number): number {
  const part = (pixel - from) / (to - from);
  return wish.log === true ? low * (high / low) ** part : low + part * (high - low);
}

function scaleOptions({ log }: ScaleWish): { readonly type?: 'log' } {
  return log === true ? { type: 'log' } : {};
}

function ticksOf({ ticks, log }: ScaleWish, most: number): object {
  if (ticks === undefined) return log === true ? { tickFormat: '~r' } : { ticks: most };
  // Every second, third, ... where all would not fit.
  const step = Math.ceil(ticks.length / (most * 1.5));
  const shown = ticks.filter((_, i) => i % step === 0);
  const texts = new Map(ticks.map(({ value, text }) => [value, text]));
  return { ticks: shown.map(({ value }) => value), tickFormat: (value: number) => texts.get(value) ?? '' };
}

/** A little more than the values take; never empty. */
function padded({ values, log }: ScaleWish): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log === true) {
    const by = low === high ? 1.1 : (high / low) ** 0.03;
    return [low / by, high * by];
  }
  if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.05, high + Math.abs(high) * 0.05];
  return [low - (high - low) * 0.02, high + (high - low) * 0.03];
}
