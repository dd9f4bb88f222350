/** Pain over memory given back: a line for each mix through the points of the study. */
import { PAGES_PER_MIB } from '@overbook/core';
import type { PageSection, PainPoint } from '@overbook/lab/report';
import { painPlot, plotFigure } from '@overbook/lab/report';

import type { PointSummary } from '../rows/point-summary.ts';
import type { Study } from '../study.ts';
import type { Looks } from './study-report.ts';
import { fileName } from './study-report.ts';

/** Points that are drawn, of all mixes together. Chosen: more cover one another. */
const DRAWN_MAX = 800;

export function painFigure(
  study: Study,
  points: readonly PointSummary[],
  looks: Looks,
): PageSection | undefined {
  const step = Math.max(1, Math.ceil((points.length * study.mixes.length) / DRAWN_MAX));
  const drawn = points.filter((_, i) => i % step === 0);
  const shown = study.mixes.flatMap(({ name, bound }, mix) =>
    drawn.flatMap(({ mixes }): readonly PainPoint[] => {
      const { figures, lostWork, reclaimedPages } = mixes[mix]!;
      if (figures === undefined || lostWork || reclaimedPages === undefined) return [];
      const { mean, low, high } = figures.workSlowdown;
      return [
        {
          name,
          look: looks.get(name)!,
          bound,
          x: reclaimedPages / PAGES_PER_MIB,
          y: mean,
          yLow: low,
          yHigh: high,
        },
      ];
    }),
  );
  if (shown.length === 0) return undefined;
  // Points of several axes have no order in which a line could join them.
  const isJoined = study.axes.length === 1 && study.file.settings.sample === undefined;
  const cut = step === 1 ? '' : ` One point in ${step} is drawn; summary.json has all.`;
  return {
    id: 'pain',
    heading: 'Pain over memory given back',
    html: plotFigure({
      file: fileName([study.file.settings.name, 'pain']),
      title: 'Slow-down over memory given back',
      description: `A point for each mix at each point of the study${isJoined ? ', joined in their order' : ''}`,
      caption:
        'A point for each mix at each point of the study: lower is less pain, further right is more memory. ' +
        `Memory given back: the most that each technique saved at one time, summed, mean over seeds. ${
          study.seeds.length > 1 ? 'Bars: 95 % intervals over seeds, cut at the edge. ' : ''
        }${study.mixes.some(({ bound }) => bound) ? '† is a bound, what no real host can do.' : ''}${cut}`,
      plot: (width) => painPlot(shown, { x: 'memory given back (MiB)', y: 'slow-down' }, width, isJoined),
    }),
  };
}
