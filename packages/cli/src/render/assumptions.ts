/** What a comparison rests on beside the recordings: whole sentences, and the same in a few lines. */
import { basename } from 'node:path';

import type { MemoryStateModel, Overhead } from '@overbook/core/host';
import { HOST_SETTINGS, OVERHEAD_TABLES, hostProfile } from '@overbook/core/host';
import type { Described, Experiment } from '@overbook/lab';
import { copiesIn, settledOf } from '@overbook/lab';
import { listed, mebibytes, wrapped } from '@overbook/lab/words';
import { costTable } from '@overbook/sim';

import type { Assumption } from './assumption.ts';
import { copiesSaid } from './copies.ts';
import { scanPaces } from './scan-paces.ts';

/** Guests with takes are listed up to so many. */
const TAKES_NAMED = 3;

/** One item for each assumption, wrapped. */
export function assumptions(experiment: Experiment, columns: number): string {
  const items = assumptionsOf(experiment).map((line) => wrapped(`- ${line}`, columns, '  '));
  return `Assumed:\n${items.join('')}`;
}

/** What can change the answer most, in a few lines; the scenario's own notes are never left out. */
export function assumptionsInBrief(experiment: Experiment, columns: number): string {
  const brief = allOf(experiment).flatMap((one) => one?.brief ?? []);
  const notes = experiment.file.scenario.notes ?? [];
  const said = [`Assumed: ${brief.join('; ')}.`, ...notes, '(All assumptions: --assumptions)'];
  return wrapped(said.join(' '), columns, '  ');
}

/** One sentence or more for each assumption. */
export function assumptionsOf(experiment: Experiment): readonly string[] {
  const notes = experiment.file.scenario.notes ?? [];
  return [...allOf(experiment).flatMap((one) => one?.whole ?? []), ...notes];
}

function allOf(experiment: Experiment): readonly (Assumption | undefined)[] {
  const { file, memories } = experiment;
  const settled = settledOf(file.scenario, memories[0]!);
  return [
    paces(settled),
    families(experiment),
    scanPaces(experiment),
    ...states(experiment),
    hypervisor(settled),
    activity(settled),
    others(settled),
    costs(experiment),
    devices(experiment),
    recorded(experiment),
    takes(experiment),
    recordersWork(experiment),
    scripted(experiment),
    order(experiment),
    seeds(experiment),
    copiesSaid(copiesIn(experiment)),
  ];
}

/** How often things happen: every pace of the table, as it is settled. */
function paces({ settings }: Described): Assumption {
  const all = Object.entries(HOST_SETTINGS.paces.settings).map(([name, { label }]) => {
    const { said, from } = settings.find(({ key }) => key === `paces.${name}`)!;
    return `${label ?? name} ${said}${from === 'given' ? ' (set by the scenario)' : ''}`;
  });
  return { whole: `${HOST_SETTINGS.paces.label}: ${listed(all)}.` };
}

/** Families of hosts, where there is one that is not the default's, or several. */
function families({ file, mixes, memories }: Experiment): Assumption | undefined {
  const of = new Map<string, string[]>();
  for (const mix of mixes) {
    const { profile } = settledOf(file.scenario, memories[0]!, mix).values;
    of.set(profile, [...(of.get(profile) ?? []), mix.name]);
  }
  if (of.size === 1 && of.has(HOST_SETTINGS.profile.default as string)) return undefined;
  const all = [...of].map(([name, names]) => {
    const { title, what } = hostProfile(name);
    return `${listed(names)} on ${title} (${what.replace(/\.$/, '')})`;
  });
  return {
    whole: `Hosts: ${all.join('; ')}.`,
    ...(of.size > 1 && { brief: `hosts: ${listed([...of.keys()].map((name) => hostProfile(name).title))}` }),
  };
}

/** One item for each model that a mix has. */
function states({ file, mixes, memories }: Experiment): readonly Assumption[] {
  const models = mixes.map((mix) => settledOf(file.scenario, memories[0]!, mix));
  return models
    .filter(({ model }, i) => models.findIndex((other) => other.model.id === model.id) === i)
    .map(({ model, values }) =>
      values.memoryStates === 'direct'
        ? {
            whole: 'Memory states: none; one page is reclaimed when the host has no free frame.',
            brief: 'no memory states',
          }
        : {
            whole: `${subject(model)}: ${model.title} (${model.source}); ${model.assumed.join('; ')}.`,
            brief: model.basis === 'watermarks' ? model.title : `memory states of ${model.title}`,
          },
    );
}

/** Linux has watermarks where ESX has states. */
function subject({ basis }: MemoryStateModel): string {
  return basis === 'watermarks' ? 'Free memory' : 'Memory states';
}

/** What the hypervisor keeps of machine memory. */
function hypervisor({ values: { overhead, vmkernel } }: Described): Assumption {
  const own = vmkernel === 0 ? 'nothing' : `${mebibytes(vmkernel)} MiB`;
  return {
    whole: `Hypervisor: it keeps ${own} for itself and ${overheadSaid(overhead)}.`,
    ...(vmkernel === 0 && overhead === 'none' ? { brief: 'no memory for the hypervisor itself' } : {}),
  };
}

function overheadSaid(overhead: Overhead): string {
  if (typeof overhead === 'number') return `${mebibytes(overhead)} MiB for each VM (set by the scenario)`;
  if (overhead === 'none') return "nothing for VMs' overhead (assumed)";
  const { source, assumed } = OVERHEAD_TABLES[overhead];
  return `the published overhead for each VM (${source}; assumed: ${assumed})`;
}

function activity({ values }: Described): Assumption {
  const { pages, time, slowGain, fastGain } = values.sampling;
  const period = time === 'execution' ? 'of the time a guest ran' : 'of host time';
  return {
    whole:
      `Active memory: ${pages} pages sampled per period ${period}; gains of its averages ${slowGain} and ${fastGain} ` +
      '(fitted to published curves unless set by the scenario).',
  };
}

/** Settings that lines of their own tell. */
const TOLD = [
  /^paces\./,
  /^memoryStates/,
  /^profile$/,
  /^overhead$/,
  /^vmkernel$/,
  /^sampling\.(pages|time|slowGain|fastGain)$/,
];

/** Whatever else the scenario sets on its host and its runs, by key. */
function others({ settings }: Described): Assumption | undefined {
  const set = settings.filter(({ key, from }) => from === 'given' && !TOLD.some((told) => told.test(key)));
  if (set.length === 0) return undefined;
  return { whole: `Set by the scenario: ${listed(set.map(({ key, said }) => `${key} ${said}`))}.` };
}

function costs({ file }: Experiment): Assumption {
  const all = Object.entries(costTable(file.scenario.costs));
  const assumed = all.filter(([, entry]) => entry.assumed).map(([name]) => name);
  return {
    whole:
      `Costs: of ${all.length} in the table ${all.length - assumed.length} have a published value; assumed within ` +
      `published bounds: ${assumed.join(', ')}.`,
    brief: `${assumed.length} of ${all.length} costs within published bounds`,
  };
}

/** Device models, as strategies name them in an option `device`. */
function devices({ mixes, catalogue }: Experiment): Assumption | undefined {
  const named = new Set<string>();
  for (const mix of mixes) {
    for (const { id, options } of mix.strategies) {
      const parsed = catalogue.strategy(id, mix.name).options.safeParse(options ?? {});
      const device = parsed.success ? (parsed.data as { device?: unknown } | null)?.device : undefined;
      if (typeof device === 'string') named.add(`${id} on ${device}`);
    }
  }
  if (named.size === 0) return undefined;
  const all = listed([...named].sort());
  return { whole: `Devices: ${all}; a model, not a measured disk.`, brief: `${all}, a model` };
}

function recorded({ guests }: Experiment): Assumption | undefined {
  if (!guests.some(({ kind }) => kind === 'recorded')) return undefined;
  return {
    whole:
      'Recorded guests: what they touch does not depend on the host. How they respond to a balloon is a model: free ' +
      'pages first, then clean cache, then their own swap; what they gave and need again, they read again.',
    brief: 'recorded guests touch the same pages on any host',
  };
}

/** Guests with several recordings of their work. */
function takes({ file }: Experiment): Assumption | undefined {
  const all = file.scenario.guests.flatMap((guest) =>
    'recording' in guest && typeof guest.recording !== 'string'
      ? `${guest.name} (${listed(guest.recording.map((name) => basename(name)))})`
      : [],
  );
  if (all.length === 0) return undefined;
  const many = all.length > TAKES_NAMED ? `${all.length} guests (${all[0]!} and others)` : listed(all);
  return {
    whole: `Takes: the seed draws which recording each guest replays: ${many}.`,
    brief: `the seed draws takes of ${all.length === 1 ? 'one guest' : `${all.length} guests`}`,
  };
}

/** Recordings that do not say from where on their recorder disturbed the guest. */
function recordersWork({ guests }: Experiment): Assumption | undefined {
  const names = guests.flatMap((guest) =>
    guest.kind === 'recorded' &&
    [guest.recording, ...(guest.takes ?? [])].some(({ snapshots }) =>
      snapshots.some(({ agentAsked }, i) => i > 0 && agentAsked === undefined),
    )
      ? [guest.name]
      : [],
  );
  if (names.length === 0) return undefined;
  return {
    brief: `${listed(names)} with the recorder's own work`,
    whole:
      `The recordings of ${listed(names)} do not say when the recorder began to take its snapshots (agentAsked): ` +
      "what it did to the guest's memory is replayed as the guest's own work.",
  };
}

function scripted({ guests }: Experiment): Assumption | undefined {
  const names = guests.filter(({ kind }) => kind === 'script').map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    whole: `The pages that ${listed(names)} touch are generated (synthetic).`,
    brief: `touches of ${names.length === 1 ? 'one guest' : `${names.length} guests`} are generated`,
  };
}

function order({ file }: Experiment): Assumption {
  return {
    whole:
      file.scenario.order === 'recorded'
        ? 'Pages of one recorded interval are touched in ascending order.'
        : 'Pages of one recorded interval are touched in an order drawn by the seed.',
  };
}

function seeds({ seeds: all }: Experiment): Assumption {
  return {
    whole:
      all.length === 1
        ? `One seed (${all[0]}): no intervals.`
        : `Seeds ${all.join(', ')}: intervals are 95 % t intervals.`,
  };
}
