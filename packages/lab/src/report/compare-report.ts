/** What a comparison came to as one HTML file: drawings and tables of what results.json has. */
import { mebibytes } from '../words/words.ts';
import type { CellOutcome } from '../experiment/run-experiment.ts';
import { meaning } from '../results/meaning.ts';
import type { MixResult, Results } from '../results/results.ts';
import { comparedFigures, exactFigures } from './compared-figures.ts';
import { alertsSection } from './compared-alerts.ts';
import { givenSection } from './compared-given.ts';
import { guestsSection } from './compared-guests.ts';
import { painSection, ranksSection } from './compared-mixes.ts';
import type { PageSection } from './page.ts';
import { escapeHtml, foldedHtml, listHtml, reportPage, tableHtml, withCode } from './page.ts';
import type { SeriesLook } from './series-look.ts';
import { looksOf } from './series-look.ts';

/** What only the program that ran a comparison can tell. */
export interface CompareReportParts {
  /** What was compared, on what: `quickstart: 5 guests with 1,280 MiB on a host of 486 MiB`. */
  readonly about: string;
  /** Whether the order is known to turn with what is assumed. */
  readonly order?: string;
  /** A line for each alert rule that held, on a host of this size. */
  readonly alerts: (mixes: readonly MixResult[]) => readonly string[];
  /** What a state of memory is called on hosts that have other words for it. */
  readonly states: readonly string[];
}

/** The mixes of one host size. */
export interface ComparedHost {
  readonly results: Results;
  readonly memory: number;
  readonly mixes: readonly MixResult[];
  readonly bounds: readonly MixResult[];
  readonly outcomes: readonly CellOutcome[];
  readonly looks: ReadonlyMap<string, SeriesLook>;
  /** What ids and file names of this host end in; empty where there is one. */
  readonly suffix: string;
  /** What headings end in. */
  readonly on: string;
}

/** The whole page; the same bytes for the same results. */
export function compareReport(
  results: Results,
  outcomes: readonly CellOutcome[],
  parts: CompareReportParts,
): string {
  const hosts = hostsOf(results, outcomes);
  const sections = [
    ...hosts.flatMap((host) => hostSections(host, parts, hosts.length > 1)),
    {
      id: 'assumed',
      heading: 'Assumed',
      html: foldedHtml('What these figures rest on', listHtml(results.assumptions ?? [])),
    },
    { id: 'figures', heading: 'All figures', html: exactFigures(results) },
    { id: 'again', heading: 'To run it again', html: provenance(results) },
  ];
  const answers = hosts.map(({ mixes, bounds }) =>
    meaning(mixes, results.seeds.length, results.baseline, bounds),
  );
  const order = parts.order === undefined ? '' : ` ${parts.order}`;
  const said = hosts.map(({ memory }, i) =>
    hosts.length === 1 ? answers[i]! : `On ${mebibytes(memory)} MiB: ${answers[i]!}`,
  );
  return reportPage({
    title: `Comparison: ${results.scenario}`,
    lead: `${parts.about}. ${said.join(' ')}${order}`,
    sections: sections.filter((section) => section !== undefined),
    footer: [
      ...(results.command === undefined ? [] : [results.command]),
      'The same figures, with those of each run, are in results.json: `--json` and `-o FOLDER` write it.',
    ],
  });
}

function hostsOf(results: Results, outcomes: readonly CellOutcome[]): readonly ComparedHost[] {
  const { hostMemoryPages } = results.settings;
  return hostMemoryPages.map((memory, i) => {
    const mixes = results.mixes.filter((mix) => mix.hostMemoryPages === memory);
    const bounds = results.bounds.filter((mix) => mix.hostMemoryPages === memory);
    const isOne = hostMemoryPages.length === 1;
    return {
      results,
      memory,
      mixes,
      bounds,
      outcomes: outcomes.filter(({ cell }) => cell.memory === memory),
      looks: looksOf([...mixes, ...bounds.map(({ name }) => ({ name, bound: true }))]),
      suffix: isOne ? '' : `-${i + 1}`,
      on: isOne ? '' : `, host of ${mebibytes(memory)} MiB`,
    };
  });
}

function hostSections(
  host: ComparedHost,
  { alerts, states }: CompareReportParts,
  isOneOfSeveral: boolean,
): readonly (PageSection | undefined)[] {
  const { mixes, bounds, results } = host;
  const failed = [...mixes, ...bounds].filter(({ error }) => error !== undefined);
  const said = isOneOfSeveral
    ? `<p>${withCode(meaning(mixes, results.seeds.length, results.baseline, bounds))}</p>`
    : '';
  const pain = painSection(host);
  return [
    pain && { ...pain, html: said + pain.html },
    ranksSection(host),
    comparedFigures(host),
    guestsSection(host),
    givenSection(host, states),
    alertsSection(host, alerts(mixes)),
    failed.length === 0
      ? undefined
      : {
          id: `failed${host.suffix}`,
          heading: `Runs that failed${host.on}`,
          failing: String(failed.length),
          html: listHtml(failed.map(({ name, error }) => `\`${name}\`: ${error!}`)),
        },
  ];
}

function provenance({ command, seeds, hashes, scenarioText }: Results): string {
  const rows: (readonly [string, string])[] = [
    ...(command === undefined ? [] : [['command', command] as const]),
    ['seeds', seeds.join(', ')],
    ['scenario, SHA-256', hashes.scenario],
    ...Object.entries({ ...hashes.datasets, ...hashes.plugins }).map(
      ([name, hash]) => [`${name}, SHA-256`, hash] as const,
    ),
    ...Object.entries(hashes.versions),
  ];
  return (
    foldedHtml(
      'Command, hashes and versions',
      tableHtml({ caption: 'From results.json', columns: [{ head: 'what' }, { head: 'value' }], rows }),
    ) +
    foldedHtml(
      'The scenario',
      `<pre tabindex="0" role="region" aria-label="The scenario">${escapeHtml(scenarioText)}</pre>`,
    )
  );
}
