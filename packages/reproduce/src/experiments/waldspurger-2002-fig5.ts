import { hostswap } from '@overbook/hostswap';
import type { PhasedContent, PhasedGuestSpec } from '@overbook/sim';
import { tps } from '@overbook/tps';

import type { Experiment, Row, RunContext } from '../experiment.ts';
import { solvedBy, within, withinPercent } from '../tolerance.ts';
import type { Sample } from './waldspurger-2002.ts';
import { MINUTE_MS, PAPER, SECOND_MS, pagesOf, runHost, total } from './waldspurger-2002.ts';

/** Figure 5, a printed table. MB, and percent of the total as printed (truncated). */
interface Site {
  readonly name: string;
  readonly guests: string;
  /** Sizes of the VMs; only their number, range and sum are published. */
  readonly sizes: readonly number[];
  readonly shared: number;
  readonly sharedPercent: number;
  readonly reclaimed: number;
  readonly reclaimedPercent: number;
  /** Of what is reclaimed, copies of the zero page; unknown for site A. */
  readonly zero?: number;
}

export const SITES: readonly Site[] = [
  {
    name: 'A',
    guests: '10 Windows NT 4.0',
    sizes: Array.from({ length: 10 }, () => 204.8),
    shared: 880,
    sharedPercent: 42.9,
    reclaimed: 673,
    reclaimedPercent: 32.9,
  },
  {
    name: 'B',
    guests: '9 Linux',
    sizes: [64, 96, 128, 128, 128, 192, 192, 150, 768],
    shared: 539,
    sharedPercent: 29.2,
    reclaimed: 345,
    reclaimedPercent: 18.7,
    zero: 70,
  },
  {
    name: 'C',
    guests: '5 Linux',
    sizes: [32, 256, 346, 512, 512],
    shared: 165,
    sharedPercent: 10,
    reclaimed: 120,
    reclaimedPercent: 7.2,
    zero: 25,
  },
];

const RUN_MINUTES = 12;
/** Looks at each page by the end, on average: with random candidates all but e^-7 of the pages are seen. */
const PASSES = 7;

/** Contents of one VM, MB. */
export interface SiteContents {
  /** In every VM. */
  readonly common: number;
  /** Of all VMs together, by their size: pages that occur twice in one VM, and zero pages. */
  readonly twins: number;
  readonly zero: number;
}

/**
 * Contents that have the published sums: pages common to all n VMs (c MB each) and pages twice in one VM (t MB of
 * copies) share n·c + 2·t and keep c + t. How far sharing went across VMs is not published.
 */
export function contentsOf({ sizes, shared, reclaimed, zero = 0 }: Site): SiteContents {
  const kept = shared - reclaimed;
  const others = shared - zero;
  const common = (others - 2 * kept) / (sizes.length - 2);
  return { common, twins: 2 * (kept - common), zero };
}

function guestsOf(site: Site): readonly PhasedGuestSpec[] {
  const { common, twins, zero } = contentsOf(site);
  const all = site.sizes.reduce((sum, mb) => sum + mb, 0);
  return site.sizes.map((mb, i) => {
    const size = pagesOf(mb);
    const part = mb / all;
    const shared: readonly PhasedContent[] = [
      { kind: 'common', of: `site ${site.name}`, pages: Math.round(pagesOf(common)) },
      { kind: 'copies', copies: 2, pages: 2 * Math.round((pagesOf(twins) * part) / 2) },
      { kind: 'zero', pages: Math.round(pagesOf(zero) * part) },
    ];
    const taken = shared.reduce((sum, { pages }) => sum + pages, 0);
    // Frame 0 belongs to the firmware.
    const contents: readonly PhasedContent[] = [{ kind: 'private', pages: size - 1 - taken }, ...shared];
    return {
      kind: 'phased',
      name: `${site.name}${i + 1}`,
      size,
      contents,
      phases: [{ atMs: 0, active: Math.floor((size - taken) / 10) }],
      loadMs: MINUTE_MS,
      stepMs: 5 * SECOND_MS,
      touchEveryMs: MINUTE_MS,
      untilMs: RUN_MINUTES * MINUTE_MS,
    };
  });
}

function runSite(site: Site, context: RunContext, progress: (fraction: number) => void): Sample {
  const pages = site.sizes.reduce((sum, mb) => sum + pagesOf(mb), 0);
  const { end } = runHost(
    {
      name: `waldspurger-2002-fig5, site ${site.name}`,
      host: { memory: pagesOf((pages / 256) * 1.15) },
      guests: guestsOf(site),
      mix: {
        strategies: [
          {
            plugin: tps,
            options: { salting: 0, pagesPerSecond: Math.ceil((PASSES * pages) / ((RUN_MINUTES - 2) * 60)) },
          },
          hostswap,
        ],
      },
      run: { seriesPeriodMs: RUN_MINUTES * MINUTE_MS },
    },
    context,
    progress,
  );
  return end;
}

function rowsOf(site: Site, sample: Sample): readonly Row[] {
  const all = site.sizes.reduce((sum, mb) => sum + mb, 0);
  const shared = total(sample, (vm) => vm.shared);
  const zero = total(sample, (vm) => vm.zero);
  const percent = (quantity: string, published: number, part: number): Row =>
    within(0.1, { quantity, published, measured: (100 * part) / all, grade: 'shape' }, 'points');
  const amount = (quantity: string, published: number, measured: number): Row =>
    withinPercent(1, { quantity, published, measured, grade: 'shape' });
  const rows = [
    amount(`site ${site.name}: shared [MB]`, site.shared, shared),
    percent(`site ${site.name}: shared ÷ total [%]`, site.sharedPercent, shared),
    amount(`site ${site.name}: reclaimed [MB]`, site.reclaimed, sample.saving),
    percent(`site ${site.name}: reclaimed ÷ total [%]`, site.reclaimedPercent, sample.saving),
    ...(site.zero === undefined
      ? []
      : [amount(`site ${site.name}: zero pages of the reclaimed [MB]`, site.zero, zero)]),
  ];
  return rows.map((row) => solvedBy(`contents of site ${site.name}`, row));
}

export const waldspurger2002Fig5: Experiment = {
  id: 'waldspurger-2002-fig5',
  grade: 'shape',
  title: 'Page sharing of three production sites',
  source: `${PAPER}, figure 5 and §4.3`,
  about:
    'Three hosts with the published numbers of VMs and sums of memory. Contents are set so that the ' +
    'published amounts can be found: pages common to all VMs of a site, pages twice in one VM, ' +
    'zero pages. Shared and reclaimed are what the running scan achieved. Other amounts would have come out as ' +
    'well: the rows show that the scan finds what is there, and that amounts and percentages of the table agree.',
  calibrated: SITES.map((site) => {
    const { common, twins, zero } = contentsOf(site);
    const figure = (mb: number): string => mb.toFixed(1);
    const shared = `${figure(common)} MB common to each VM, ${figure(twins)} MB twice in a VM`;
    return `site ${site.name}: ${shared}, ${zero} MB zero`;
  }),
  chosen: [
    `a scan that visits each page ${PASSES} times within ${RUN_MINUTES} minutes: the sites ran for days`,
    'sizes of single VMs (only number, range and sum are published)',
    'site A has no zero pages (not published)',
  ],
  gaps: ['contents of the guests, and how much was shared across VMs, are not published'],
  run: (context) => {
    const samples = SITES.map((site, i) =>
      runSite(site, context, (fraction) => context.progress((i + fraction) / SITES.length)),
    );
    return {
      rows: SITES.flatMap((site, i) => rowsOf(site, samples[i]!)),
      figures: [
        {
          id: 'waldspurger-2002-fig5',
          title: 'Memory shared and reclaimed at three sites',
          x: 'site',
          y: 'part of all guest memory [%]',
          series: (['published', 'measured'] as const).map((from) => ({
            name: 'shared, reclaimed',
            from,
            as: 'bars' as const,
            points: SITES.flatMap((site, i) => {
              const all = site.sizes.reduce((sum, mb) => sum + mb, 0);
              const shared = from === 'published' ? site.shared : total(samples[i]!, (vm) => vm.shared);
              const reclaimed = from === 'published' ? site.reclaimed : samples[i]!.saving;
              return [
                [`${site.name} shared`, (100 * shared) / all] as const,
                [`${site.name} reclaimed`, (100 * reclaimed) / all] as const,
              ];
            }),
          })),
        },
      ],
    };
  },
};
