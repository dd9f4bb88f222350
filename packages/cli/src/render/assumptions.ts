/** What a comparison rests on beside the recordings: printed under every table. */
import type { Overhead } from '@overbook/core';
import { OVERHEAD_TABLES, SAMPLING, memoryStateModel } from '@overbook/core';
import type { Experiment } from '@overbook/lab';
import { costTable } from '@overbook/sim';

import { duration, listed, mebibytes, wrapped } from './words.ts';

const MS = 1e6;

/** One item for each assumption, wrapped. */
export function assumptions(experiment: Experiment, columns: number): string {
  return [
    paces(experiment),
    ...states(experiment),
    hypervisor(experiment),
    activity(experiment),
    costs(experiment),
    devices(experiment),
    recorded(experiment),
    scripted(experiment),
    order(experiment),
    seeds(experiment),
    ...(experiment.file.scenario.notes ?? []),
  ]
    .filter((line) => line !== undefined)
    .map((line) => wrapped(`- ${line}`, columns, '  '))
    .join('');
}

/** A time that somebody set: `1.5 s`, not `1.50 s`. */
function plain(ns: number): string {
  return duration(ns)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ');
}

function paces({ file }: Experiment): string {
  const set = file.scenario.host.paces ?? {};
  const pace = (name: string, ms: number | undefined, fallback: number): string =>
    `${name} ${plain((ms ?? fallback) * MS)}${ms === undefined ? '' : ' (set by the scenario)'}`;
  return `Paces: ${listed([
    pace('policies asked every', set.balance, 15_000),
    pace('working sets sampled every', set.sample, 60_000),
    pace('reclaim works every', set.reclaim, 100),
    pace('patience with orders', set.patience, 5000),
  ])}.`;
}

/** One item for each model that a mix has. */
function states({ file, mixes }: Experiment): readonly string[] {
  const { memoryStates } = file.scenario.host;
  const used = new Set(mixes.map((mix) => mix.memoryStates ?? memoryStates));
  return [...used].map((one) => {
    if (one === 'direct') return 'Memory states: none; one page leaves when the host has no free frame.';
    const model = memoryStateModel(one, file.path);
    return `Memory states: ${model.title} (${model.source}); ${model.assumed.join('; ')}.`;
  });
}

/** What the hypervisor keeps of machine memory. */
function hypervisor({ file }: Experiment): string {
  const { overhead = 'none', vmkernel = 0 } = file.scenario.host;
  const own = vmkernel === 0 ? 'nothing' : `${mebibytes(vmkernel)} MiB`;
  return `Hypervisor: it keeps ${own} for itself and ${overheadSaid(overhead)}.`;
}

function overheadSaid(overhead: Overhead): string {
  if (typeof overhead === 'number') return `${mebibytes(overhead)} MiB for each VM (set by the scenario)`;
  if (overhead === 'none') return "nothing for VMs' overhead (assumed)";
  const { source, assumed } = OVERHEAD_TABLES[overhead];
  return `for each VM's overhead what is published (${source}; assumed: ${assumed})`;
}

function activity({ file }: Experiment): string {
  const { pages, time, slowGain, fastGain } = { ...SAMPLING, ...file.scenario.host.sampling };
  const period = time === 'execution' ? 'of the time a guest ran' : 'of host time';
  return (
    `Active memory: ${pages} pages drawn per period ${period}; gains of its averages ${slowGain} and ${fastGain} ` +
    '(fitted to published curves unless set by the scenario).'
  );
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
