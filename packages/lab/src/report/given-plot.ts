/** Who gave what over time: stacked areas by technique, with the memory state as a band under them. */
import { PAGES_PER_MIB } from '@overbook/core';
import type { Series } from '@overbook/sim';
import * as Plot from '@observablehq/plot';

import { seriesLook } from './series-look.ts';

const NS_PER_S = 1e9;
/** Samples that are drawn: more than a phone's width shows. */
export const SAMPLES_MAX = 240;

/** How many samples one that is drawn stands for. */
export function samplesPerPoint({ timeNs }: Series): number {
  return Math.ceil(timeNs.length / SAMPLES_MAX);
}

/** Most pages that all techniques together gave back at one sample. */
export function mostGiven({ timeNs, credit }: Series): number {
  const columns = Object.values(credit);
  return timeNs.reduce(
    (most, _, row) =>
      Math.max(
        most,
        columns.reduce((sum, column) => sum + Math.max(0, column[row] ?? 0), 0),
      ),
    0,
  );
}

export interface GivenChart {
  readonly series: Series;
  /** Ids of the techniques of all mixes: each has one colour. */
  readonly ids: readonly string[];
  /** Most pages of all mixes: they share a scale. */
  readonly most: number;
  /** Virtual time at which all guests had arrived. */
  readonly fromNs: number;
}

/** @param width in pixels */
export function givenPlot({ series, ids, most, fromNs }: GivenChart, width: number): Plot.PlotOptions {
  const { timeNs, credit } = series;
  const step = samplesPerPoint(series);
  const given = ids
    .filter((id) => credit[id] !== undefined)
    .flatMap((id) =>
      timeNs.flatMap((time, row) =>
        row % step === 0
          ? [{ s: time / NS_PER_S, id, mib: Math.max(0, credit[id]![row] ?? 0) / PAGES_PER_MIB }]
          : [],
      ),
    );
  const top = Math.max(1, most / PAGES_PER_MIB);
  const end = (timeNs.at(-1) ?? 1) / NS_PER_S;
  const color = ({ id }: { readonly id: string }): string => seriesLook(ids.indexOf(id)).color;
  return {
    width,
    height: 210,
    marginTop: 24,
    marginRight: 12,
    x: { label: 'virtual time (s)', domain: [0, end], ticks: 6 },
    y: {
      label: 'memory given back (MiB)',
      domain: [-0.13 * top, top],
      ticks: 4,
      grid: true,
      tickFormat: (value: number) => (value < 0 ? '' : String(value)),
    },
    marks: [
      Plot.areaY(
        given,
        Plot.stackY({
          x: 's',
          y: 'mib',
          z: 'id',
          fill: color,
          // Neighbours of like colours stay apart.
          stroke: 'var(--paper)',
          strokeWidth: 0.75,
          curve: 'step-after',
        }),
      ),
      Plot.rect(
        stateBand(series, end).map((one) => ({ ...one, y1: -0.12 * top, y2: -0.03 * top })),
        { x1: 'from', x2: 'to', y1: 'y1', y2: 'y2', fill: ({ state }: Band) => `var(--state-${state})` },
      ),
      ...(fromNs > 0
        ? [
            Plot.ruleX([fromNs / NS_PER_S], {
              stroke: 'currentColor',
              strokeOpacity: 0.7,
              strokeDasharray: '3 3',
            }),
          ]
        : []),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    ],
  };
}

interface Band {
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

/** Stretches of one memory state, in seconds. */
function stateBand({ timeNs, state }: Series, end: number): readonly Band[] {
  const bands: { state: string; from: number; to: number }[] = [];
  for (const [row, name] of state.entries()) {
    const from = timeNs[row]! / NS_PER_S;
    const last = bands.at(-1);
    if (last?.state === name) continue;
    if (last !== undefined) last.to = from;
    bands.push({ state: name, from, to: end });
  }
  return bands;
}
