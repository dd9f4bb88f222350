/** A row for each mix: its figure as a dot, its intervals as lines. */
import * as Plot from '@observablehq/plot';

import type { SeriesLook } from './series-look.ts';

export interface IntervalRow {
  readonly name: string;
  readonly look: SeriesLook;
  readonly value: number;
  /** Interval of 95 % over seeds. */
  readonly low: number | null;
  readonly high: number | null;
  /** A wider one behind it. */
  readonly wide?: { readonly low: number; readonly high: number };
  /** The figure as tables have it. */
  readonly text: string;
  /** It is a line to hold the others against. */
  readonly bound?: boolean;
}

const ROW = 22;
const LETTER = 7.2;

/** @param label of the axis @param width in pixels */
export function intervalsPlot(rows: readonly IntervalRow[], label: string, width: number): Plot.PlotOptions {
  const widest = Math.floor((width * 0.36) / LETTER);
  const longest = Math.min(Math.max(...rows.map(({ name }) => name.length)), widest);
  const keys = unique(
    rows.map(({ name }) => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name)),
  );
  const placed = rows.map((row, i) => ({
    ...row,
    key: keys[i]!,
    color: row.look.color,
    low: row.low ?? row.value,
    high: row.high ?? row.value,
  }));
  const [low, high] = domainOf(placed);
  const clamped = placed.map((row) => ({
    ...row,
    low: Math.max(row.low, low),
    high: Math.min(row.high, high),
    wideLow: Math.max(row.wide?.low ?? row.value, low),
    wideHigh: Math.min(row.wide?.high ?? row.value, high),
  }));
  const texts = Math.max(...rows.map(({ text }) => text.length)) * LETTER;
  return {
    width,
    height: rows.length * ROW + 56,
    marginTop: 14,
    marginLeft: Math.ceil(longest * LETTER) + 12,
    marginRight: Math.ceil(texts) + 14,
    x: { label, domain: [low, high], grid: true, ticks: width < 500 ? 4 : 8 },
    y: { domain: keys, label: null, tickSize: 0 },
    marks: marksOf(clamped),
  };
}

interface Clamped extends IntervalRow {
  readonly key: string;
  readonly color: string;
  readonly wideLow: number;
  readonly wideHigh: number;
}

function marksOf(rows: readonly Clamped[]): Plot.Markish[] {
  const line = { y1: 'key', y2: 'key', stroke: 'color' };
  return [
    Plot.ruleX(
      rows.filter(({ bound }) => bound === true),
      { x: 'value', stroke: 'var(--soft)', strokeDasharray: '2 4' },
    ),
    Plot.link(rows, { x1: 'wideLow', x2: 'wideHigh', ...line, strokeWidth: 1.5 }),
    Plot.link(rows, { x1: 'low', x2: 'high', ...line, strokeWidth: 6, strokeOpacity: 0.4 }),
    Plot.dot(rows, {
      x: 'value',
      y: 'key',
      fill: 'color',
      r: 4,
      symbol: ({ look }: IntervalRow) => look.symbol,
    }),
    Plot.text(rows, {
      y: 'key',
      text: 'text',
      frameAnchor: 'right',
      textAnchor: 'start',
      dx: 8,
      fill: 'currentColor',
    }),
  ];
}

/** Around all figures and as much of their intervals as leaves the figures apart. */
function domainOf(
  rows: readonly { value: number; low: number; high: number; wide?: { low: number; high: number } }[],
): readonly [number, number] {
  const values = rows.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const spread = most - least || Math.abs(most) * 0.1 || 1;
  const low = Math.min(...rows.map((row) => Math.min(row.low, row.wide?.low ?? row.low)));
  const high = Math.max(...rows.map((row) => Math.max(row.high, row.wide?.high ?? row.high)));
  return [
    Math.max(low, least - spread * 0.5) - spread * 0.03,
    Math.min(high, most + spread * 0.5) + spread * 0.03,
  ];
}

/** Names that were cut to the same text are told apart by their place. */
function unique(names: readonly string[]): readonly string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}
