/** The drawings of an analysis: what is left after each technique, which guests share, physical memory by kind. */
import { PAGE_BYTES, PAGES_PER_MIB } from '@overbook/core/units';
import type { Analysis, MapKind, MemoryMap, SequenceBytes } from '@overbook/images';
import { MAP_KINDS } from '@overbook/images';
import { chartSvg, SERIES_COLORS } from '@overbook/lab/report';
import * as Plot from '@observablehq/plot';
import { mebibytes } from '@overbook/lab/words';

function bytesAsMiB(bytes: number): string {
  return `${mebibytes(bytes / PAGE_BYTES)} MiB`;
}

/** Steps of the waterfall in the order of SERIES_COLORS. */
export const STEPS: readonly { readonly name: string; readonly of: (part: SequenceBytes) => number }[] = [
  { name: 'zero pages', of: (part) => part.zeroBytes },
  { name: 'sharing', of: (part) => part.shareBytes },
  { name: 'patching', of: (part) => part.patchBytes },
  { name: 'compression', of: (part) => part.compressBytes },
  { name: 'rest', of: (part) => part.restBytes },
];

/** Above this number of guests only the sum is drawn: forty rows are unreadable. */
const GUESTS_MAX = 12;

interface Bar {
  readonly guest: string;
  readonly step: string;
  readonly from: number;
  readonly till: number;
  readonly text: string;
}

/** Each guest's bars as parts of its memory, the first ending at 1. */
function barsOf(rows: readonly (SequenceBytes & { readonly image: string })[], steps: typeof STEPS): Bar[] {
  return rows.flatMap((row) => {
    const whole = Math.max(1, row.knownBytes);
    let end = 1;
    return steps.map(({ name, of }) => {
      const part = of(row) / whole;
      end -= part;
      return {
        guest: row.image,
        step: name,
        from: Math.max(0, end),
        till: end + part,
        text: bytesAsMiB(of(row)),
      };
    });
  });
}

/** Where a bar's text goes: right of it, while that leaves room for the text; else left. */
function isLabelledRight({ from, till }: Bar): boolean {
  return till <= 0.7 || from < 0.3;
}

/** Per guest, from all of its memory down to the rest: each technique takes its bar away from the right. */
export function waterfallSvg({ sequence }: Analysis): string {
  const { byGuest, ...all } = sequence!;
  const own = byGuest.length > GUESTS_MAX ? [] : byGuest;
  const rows = [...own, ...(byGuest.length === 1 ? [] : [{ image: 'all', ...all }])];
  const steps = STEPS.filter(({ of }) => rows.some((row) => of(row) > 0));
  const bars = barsOf(rows, steps);
  const label = { y: 'step', fy: 'guest', text: 'text', fill: 'currentColor' } as const;
  return chartSvg({
    title: 'Memory left after each technique',
    description: 'One waterfall per guest, from all known memory down to the rest',
    plot: {
      // A phone's width: the bars that matter most, zero pages, are at the right end.
      width: 400,
      height: 60 + rows.length * ((steps.length + 1) * 17 + 8),
      marginLeft: 92,
      marginRight: 78,
      x: {
        label: 'part of known memory',
        grid: true,
        domain: [0, 1],
        ticks: [0, 0.25, 0.5, 0.75, 1],
        tickFormat: '.0%',
      },
      // The first line of each guest holds its name: it stays in sight where a narrow screen cuts the drawing.
      y: { domain: ['', ...steps.map(({ name }) => name)], label: null, tickSize: 0 },
      fy: { domain: rows.map(({ image }) => image), axis: null, padding: 0.08 },
      color: {
        type: 'categorical',
        domain: steps.map(({ name }) => name),
        range: steps.map(({ name }) => SERIES_COLORS[STEPS.findIndex((step) => step.name === name)]!),
      },
      marks: [
        Plot.barX(bars, {
          x1: 'from',
          x2: 'till',
          y: 'step',
          fy: 'guest',
          fill: 'step',
          insetTop: 1,
          insetBottom: 1,
        }),
        // Beside its bar, on the side where there is room.
        Plot.text(bars.filter(isLabelledRight), { ...label, x: 'till', textAnchor: 'start', dx: 4 }),
        Plot.text(
          bars.filter((bar) => !isLabelledRight(bar)),
          { ...label, x: 'from', textAnchor: 'end', dx: -4 },
        ),
        Plot.text(rows, {
          x: 0,
          y: () => '',
          fy: 'image',
          text: 'image',
          textAnchor: 'start',
          dx: 4,
          fontWeight: 'bold',
          fill: 'currentColor',
        }),
        Plot.ruleX([0]),
      ],
    },
  });
}

/** Who holds contents that another holds too. Each row is a guest; darker is more of its pages. */
export function matrixSvg({ images, sharing }: Analysis): string {
  const names = images.map(({ name }) => name);
  const cells = sharing.matrix.flatMap((row, from) =>
    row.map((pages, to) => {
      const { pages: all, unknownPages, zeroPages } = images[from]!;
      const of = Math.max(1, all - unknownPages - zeroPages);
      return { guest: names[from]!, other: names[to]!, pages, part: pages / of };
    }),
  );
  const margin = longest(names) * 7 + 14;
  const size = Math.min(96, Math.max(52, longest(names) * 7 + 10));
  return chartSvg({
    title: 'Pages that guests have in common',
    description:
      'A matrix of guests: the part of the row’s non-zero pages whose content the column holds too',
    plot: {
      width: Math.max(800, margin + names.length * size + 20),
      height: 50 + names.length * 34,
      marginLeft: margin,
      marginTop: 34,
      marginBottom: 8,
      x: { domain: names, label: null, axis: 'top', tickSize: 0 },
      y: { domain: names, label: null, tickSize: 0 },
      marks: [
        Plot.cell(cells, {
          x: 'other',
          y: 'guest',
          fill: SERIES_COLORS[0]!,
          fillOpacity: ({ part }: Cell) => 0.06 + 0.64 * part,
          inset: 1,
        }),
        Plot.text(cells, {
          x: 'other',
          y: 'guest',
          text: ({ part, pages }: Cell) =>
            pages === 0 ? '0' : `${(part * 100).toFixed(part < 0.0995 ? 1 : 0)} %`,
          fill: 'currentColor',
        }),
      ],
    },
  });
}

interface Cell {
  readonly part: number;
  readonly pages: number;
}

/** Colours of the map by letter. */
const MAP_COLORS: Readonly<Record<MapKind, string>> = {
  z: 'var(--line)',
  a: 'var(--series-1)',
  w: 'var(--series-6)',
  f: 'var(--series-7)',
  c: 'var(--series-3)',
  u: 'var(--series-2)',
  '?': 'none',
};

/** Kinds of the map that occur, with their colours: its legend. */
export function mapLegend(
  maps: readonly MemoryMap[],
): readonly { readonly name: string; readonly color: string }[] {
  return (Object.keys(MAP_KINDS) as MapKind[])
    .filter((kind) => maps.some(({ cells }) => cells.includes(kind)))
    .map((kind) => ({ name: MAP_KINDS[kind], color: MAP_COLORS[kind] }));
}

const COLUMNS = 128;
/** Pixels of a cell, at the drawing's own size. */
const CELL_WIDTH = 6;
const CELL_HEIGHT = 11;

/** One guest's memory, from address 0 at the top left, row by row. */
export function mapSvg({ image, cells, pagesPerCell }: MemoryMap): string {
  const rows = Math.ceil(cells.length / COLUMNS);
  const rects: { x1: number; x2: number; y1: number; y2: number; kind: MapKind }[] = [];
  for (let at = 0; at < cells.length;) {
    const kind = cells[at] as MapKind;
    const lineEnd = Math.min(cells.length, (Math.floor(at / COLUMNS) + 1) * COLUMNS);
    let end = at + 1;
    while (end < lineEnd && cells[end] === kind) end++;
    const row = Math.floor(at / COLUMNS);
    rects.push({ x1: at % COLUMNS, x2: ((end - 1) % COLUMNS) + 1, y1: row, y2: row + 1, kind });
    at = end;
  }
  const rowMiB = (COLUMNS * pagesPerCell) / PAGES_PER_MIB;
  return chartSvg({
    title: `Physical memory of ${image}`,
    description: `By kind, ${mebibytes(COLUMNS * pagesPerCell)} MiB per row from address 0 at the top left`,
    plot: {
      width: 60 + COLUMNS * CELL_WIDTH,
      height: 10 + rows * CELL_HEIGHT + 4,
      marginLeft: 56,
      marginRight: 4,
      marginTop: 6,
      marginBottom: 8,
      x: { axis: null, domain: [0, COLUMNS] },
      y: {
        domain: [rows, 0],
        label: null,
        ticks: rowTicks(rows),
        tickFormat: (row: number) => `${Math.round(row * rowMiB)} MiB`,
        tickSize: 0,
      },
      marks: [
        Plot.rect(
          rects.filter(({ kind }) => kind !== '?'),
          {
            x1: 'x1',
            x2: 'x2',
            y1: 'y1',
            y2: 'y2',
            fill: ({ kind }: { kind: MapKind }) => MAP_COLORS[kind],
            shapeRendering: 'crispEdges',
          },
        ),
        Plot.frame({ stroke: 'var(--line)' }),
      ],
    },
  });
}

/** Four ticks or so, the first at 0. */
function rowTicks(rows: number): number[] {
  const step = Math.max(1, Math.ceil(rows / 4));
  return Array.from({ length: Math.floor(rows / step) + 1 }, (_, i) => i * step);
}

function longest(names: readonly string[]): number {
  return Math.max(0, ...names.map(({ length }) => length));
}
