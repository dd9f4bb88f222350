/** What a comparison rests on beside the recordings: printed under every table. */
import type { Overhead } from '@overbook/core/host';
import { HOST_SETTINGS, OVERHEAD_TABLES } from '@overbook/core/host';
import type { Described, Experiment } from '@overbook/lab';
import { copiesIn, settledOf } from '@overbook/lab';
import { costTable } from '@overbook/sim';

import { copiesSaid } from './copies.ts';
import { scanPaces } from './scan-paces.ts';
import { listed, mebibytes, wrapped } from './words.ts';

/** One item for each assumption, wrapped. */
export function assumptions(experiment: Experiment, columns: number): string {
  return assumptionsOf(experiment)
    .map((line) => wrapped(`- ${line}`, columns, '  '))
    .join('');
}

/** One sentence or more for each assumption. */
export function assumptionsOf(experiment: Experiment): readonly string[] {
  const { file, memories } = experiment;
  const settled = settledOf(file.scenario, memories[0]!);
  return [
    paces(settled),
    scanPaces(experiment),
    ...states(experiment),
    hypervisor(settled),
    activity(settled),
    others(settled),
    costs(experiment),
    devices(experiment),
    recorded(experiment),
    scripted(experiment),
    order(experiment),
    seeds(experiment),
    copiesSaid(copiesIn(experiment)),
    ...(experiment.file.scenario.notes ?? []),
  ].filter((line) => line !== undefined);
}

/** How often things happen: every pace of the table, as it is settled. */
function paces({ settings }: Described): string {
  const all = Object.entries(HOST_SETTINGS.paces.settings).map(([name, { label }]) => {
    const { said, from } = settings.find(({ key }) => key === `paces.${name}`)!;
    return `${label ?? name} ${said}${from === 'given' ? ' (set by the scenario)' : ''}`;
  });
  return `${HOST_SETTINGS.paces.label}: ${listed(all)}.`;
}

/** One item for each model that a mix has. */
function states({ file, mixes, memories }: Experiment): readonly string[] {
  const models = mixes.map((mix) => settledOf(file.scenario, memories[0]!, mix));
  return models
    .filter(({ model }, i) => models.findIndex((other) => other.model.id === model.id) === i)
    .map(({ model, values }) =>
      values.memoryStates === 'direct'
        ? 'Memory states: none; one page leaves when the host has no free frame.'
        : `Memory states: ${model.title} (${model.source}); ${model.assumed.join('; ')}.`,
    );
}

/** What the hypervisor keeps of machine memory. */
function hypervisor({ values: { overhead, vmkernel } }: Described): string {
  const own = vmkernel === 0 ? 'nothing' : `${mebibytes(vmkernel)} MiB`;
  return `Hypervisor: it keeps ${own} for itself and ${overheadSaid(overhead)}.`;
}

function overheadSaid(overhead: Overhead): string {
  if (typeof overhead === 'number') return `${mebibytes(overhead)} MiB for each VM (set by the scenario)`;
  if (overhead === 'none') return "nothing for VMs' overhead (assumed)";
  const { source, assumed } = OVERHEAD_TABLES[overhead];
  return `for each VM's overhead what is published (${source}; assumed: ${assumed})`;
}

function activity({ values }: Described): string {
  const { pages, time, slowGain, fastGain } = values.sampling;
  const period = time === 'execution' ? 'of the time a guest ran' : 'of host time';
  return (
    `Active memory: ${pages} pages drawn per period ${period}; gains of its averages ${slowGain} and ${fastGain} ` +
    '(fitted to published curves unless set by the scenario).'
  );
}

/** Settings that lines of their own tell. */
const TOLD = [
  /^paces\./,
  /^memoryStates/,
  /^overhead$/,
  /^vmkernel$/,
  /^sampling\.(pages|time|slowGain|fastGain)$/,
];

/** Whatever else the scenario sets on its host and its runs, by key. */
function others({ settings }: Described): string | undefined {
  const set = settings.filter(({ key, from }) => from === 'given' && !TOLD.some((told) => told.test(key)));
  if (set.length === 0) return undefined;
  return `Set by the scenario: ${listed(set.map(({ key, said }) => `${key} ${said}`))}.`;
}

function costs({ file }: Experiment): string {
  const all = Object.entries(costTable(file.scenario.costs));
  const assumed = all.filter(([, entry]) => entry.assumed).map(([name]) => name);
  return (
    `Costs: of ${all.length} in the table ${all.length - assumed.length} have a published value; assumed within ` +
    `published bounds: ${assumed.join(', ')}.`
  );
}

/** Device models, as strategies name them in an option `device`. */
function devices({ mixes, catalogue }: Experiment): string | undefined {
  const named = new Set<string>();
  for (const mix of mixes) {
    for (const { id, options } of mix.strategies) {
      const parsed = catalogue.strategy(id, mix.name).options.safeParse(options ?? {});
      const device = parsed.success ? (parsed.data as { device?: unknown } | null)?.device : undefined;
      if (typeof device === 'string') named.add(`${id} on ${device}`);
    }
  }
  return named.size === 0
    ? undefined
    : `Devices: ${listed([...named].sort())}; a model, not a measured disk.`;
}

function recorded({ guests }: Experiment): string | undefined {
  if (!guests.some(({ kind }) => kind === 'recorded')) return undefined;
  return (
    'Recorded guests: what they touch does not depend on the host. How they answer a balloon is a model: free pages ' +
    'first, then clean cache, then their own swap; what they gave and need again is read again.'
  );
}

function scripted({ guests }: Experiment): string | undefined {
  const names = guests.filter(({ kind }) => kind === 'script').map(({ name }) => name);
  return names.length === 0 ? undefined : `Which pages ${listed(names)} touch is generated: synthetic.`;
}

function order({ file }: Experiment): string {
  return file.scenario.order === 'recorded'
    ? 'Pages of one recorded interval are touched in ascending order.'
    : 'Pages of one recorded interval are touched in an order drawn by the seed.';
}

function seeds({ seeds: all }: Experiment): string | undefined {
  return all.length === 1
    ? `One seed (${all[0]}): no intervals.`
    : `Seeds ${all.join(', ')}: intervals are 95 % t intervals.`;
}
