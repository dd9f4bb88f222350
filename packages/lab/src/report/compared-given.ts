/** Who gave what over time, a small drawing for each mix. */
import { HOST_MEMORY_STATES } from '@overbook/core';

import { idsOf } from '../results/csv.ts';
import type { ComparedHost } from './compare-report.ts';
import { givenPlot, mostGiven, samplesPerPoint } from './given-plot.ts';
import type { PageSection } from './page.ts';
import { escapeHtml, withCode } from './page.ts';
import { legendHtml, smallFigure } from './plot-figure.ts';
import { seriesLook } from './series-look.ts';

/** Mixes that are drawn. Chosen. */
const MIXES_MAX = 24;

/** With fewer samples there is no course to be seen. Chosen. */
const SAMPLES_MIN = 4;
const TOO_SHORT =
  'The runs were too short for a drawing: fewer than four samples of the host. `--series 10ms` takes more.';

/** @param words what states are called on hosts that have other words for them */
export function givenSection(host: ComparedHost, words: readonly string[]): PageSection | undefined {
  const { results, mixes, bounds, outcomes, suffix, on } = host;
  const [seed] = results.seeds;
  const all = [...mixes, ...bounds];
  const runs = outcomes.flatMap(({ cell, outcome }) =>
    cell.seed === seed && outcome.kind === 'done' ? [{ name: cell.mix.name, result: outcome.result }] : [],
  );
  if (runs.length === 0) return undefined;
  if (runs.every(({ result }) => result.series.timeNs.length < SAMPLES_MIN))
    return {
      id: `given${suffix}`,
      heading: `Who gave what over time${on}`,
      html: `<p>${withCode(TOO_SHORT)}</p>`,
    };
  const ids = idsOf(all);
  const most = Math.max(...runs.map(({ result }) => mostGiven(result.series)));
  const states = HOST_MEMORY_STATES.filter((state) =>
    runs.some(({ result }) => result.series.state.includes(state)),
  );
  const legend = [
    ...ids.map((id, i) => ({ name: id, color: seriesLook(i).color })),
    ...states.map((state) => ({ name: `memory state: ${state}`, color: `var(--state-${state})` })),
  ];
  const figures = runs.slice(0, MIXES_MAX).map(({ name, result }) => {
    const step = samplesPerPoint(result.series);
    const label = bounds.some((bound) => bound.name === name) ? `${name} †` : name;
    return smallFigure({
      file: `${results.scenario}-${name}${suffix}-given`,
      title: `Who gave what: ${label}${on}`,
      description:
        'Memory given back by each technique over virtual time, stacked, with the memory state under it',
      caption: step === 1 ? label : `${label} (one sample in ${step})`,
      legend,
      plot: (width) => givenPlot({ series: result.series, ids, most, fromNs: result.measuredFromNs }, width),
    });
  });
  const about =
    `Memory that each technique kept from guests over virtual time, stacked, with seed ${seed}; the band under it is ` +
    'the host’s memory state. The dashed line is where all guests have arrived: figures count from there. ' +
    words.join(' ') +
    (runs.length > MIXES_MAX ? ` The first ${MIXES_MAX} of ${runs.length} mixes.` : '');
  return {
    id: `given${suffix}`,
    heading: `Who gave what over time${on}`,
    html: `<p>${escapeHtml(about.trim())}</p>${legendHtml(legend)}<div class="small">${figures.join('\n')}</div>`,
  };
}
