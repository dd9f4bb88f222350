/** One mix of a scenario, run to a point and looked at there. */
import { OverbookError } from '@overbook/core';
import { explainNested, explainPage } from '@overbook/core/host';
import { configOf, didYouMean, planExperiment, readScenario } from '@overbook/lab';
import type { GuestProcess, PausedRun } from '@overbook/sim';
import { pauseSimulation } from '@overbook/sim';

import { chosenMix } from '../commands/chosen-mix.ts';
import type { ExperimentOptions } from '../commands/experiment-options.ts';
import { overridesOf, periodOf } from '../commands/experiment-options.ts';
import type { CountedWalk, HostEntry, PageInWords } from './counted-walk.ts';
import { countedWalk, inWords } from './counted-walk.ts';

export interface PlaceOptions extends ExperimentOptions {
  readonly mix?: string;
  readonly guest?: string;
  readonly at?: string;
  readonly paging?: 'nested' | 'shadow';
  readonly write?: true;
}

/** The virtual time of the pause. */
export interface Moment {
  readonly guest: string;
  /** Since the measured part began. */
  readonly atMs: number;
  readonly done: number;
}

/** A process that can be walked, with an address for each backing that its pages have. */
export interface ProcessInWords {
  readonly process: number;
  readonly program: string;
  readonly pages: number;
  readonly largePages: number;
  readonly backings: readonly { readonly kind: string; readonly pages: number; readonly address: string }[];
}

/** A page of a guest that has no page tables to show: its line of the pmap and its nested tables. */
export interface PhysicalPage {
  readonly address: string;
  readonly backing: PageInWords;
  readonly host: readonly HostEntry[];
}

/** What was found. Plain data. */
export type Found = Moment &
  (
    | { readonly kind: 'walk'; readonly walk: CountedWalk }
    | { readonly kind: 'processes'; readonly processes: readonly ProcessInWords[] }
    | { readonly kind: 'physical'; readonly page: PhysicalPage | undefined }
  );

/** Runs and looks. @param place undefined: what can be looked at @throws OverbookError */
export async function lookAt(
  path: string,
  options: PlaceOptions,
  place: { readonly process: number; readonly address: number } | undefined,
): Promise<Found> {
  const file = readScenario(path);
  const mix = await chosenMix(file.scenario, options.mix);
  const experiment = await planExperiment(file, { ...overridesOf(options), mixes: [mix] });
  const { plan, catalogue, guests, cells } = experiment;
  const described = configOf(plan, cells[0]!, catalogue, guests, {});
  const said = described.host.translation;
  const translation = options.paging ?? (said === undefined || said === 'none' ? 'nested' : said);
  const config = { ...described, host: { ...described.host, translation } };
  const atMs = options.at === undefined ? undefined : periodOf('--at', options.at);
  return pauseSimulation(config, atMs, (paused) => lookInside(paused, options, place));
}

function lookInside(
  paused: PausedRun,
  options: PlaceOptions,
  place: { readonly process: number; readonly address: number } | undefined,
): Found {
  const names = paused.guests.map(({ name }) => name);
  const guest = paused.guests.find(({ name }) => name === (options.guest ?? names[0]));
  if (guest === undefined)
    throw usage(
      '--guest',
      `there is no guest '${options.guest!}'`,
      didYouMean(options.guest!, names, 'Guests'),
    );
  const moment: Moment = { guest: guest.name, atMs: paused.atMs, done: paused.done };
  const { processes } = guest;
  if (processes === undefined) {
    const page = place === undefined ? undefined : physicalPage(paused, guest.vm, place.address);
    return { ...moment, kind: 'physical', page };
  }
  if (place === undefined)
    return { ...moment, kind: 'processes', processes: processes.map((one) => processInWords(paused, one)) };
  const found = processes.find(({ process }) => process === place.process);
  if (found === undefined) {
    const running = processes.map(({ process, program }) => `${process} (${program})`).join(', ');
    throw usage(
      '--process',
      `guest '${guest.name}' has no process ${place.process} at that time`,
      running === '' ? 'Give an earlier time: it has no processes any more.' : `It has ${running}.`,
    );
  }
  const walk = countedWalk({
    host: paused.host,
    translation: paused.translation!,
    guest: guest.name,
    process: found.process,
    table: found.table,
    address: place.address,
    write: options.write === true,
  });
  return { ...moment, kind: 'walk', walk };
}

function processInWords({ host }: PausedRun, { process, program, table }: GuestProcess): ProcessInWords {
  const { names } = host.kinds;
  const backings = new Map<number, { pages: number; first: number }>();
  table.forEachLeaf((page, frame) => {
    const kind = host.memory.kind(table.vm, frame);
    const known = backings.get(kind);
    if (known === undefined) backings.set(kind, { pages: 1, first: page });
    else known.pages++;
  });
  return {
    process,
    program,
    pages: table.smallLeaves,
    largePages: table.largeLeaves,
    backings: [...backings]
      .sort(([a], [b]) => a - b)
      .map(([kind, { pages, first }]) => ({
        kind: names[kind]!,
        pages,
        address: `0x${(first * 4096).toString(16)}`,
      })),
  };
}

function physicalPage({ host }: PausedRun, vm: number, address: number): PhysicalPage {
  const pmap = host.memory.pmaps[vm]!;
  const gfn = Math.floor(address / 4096);
  if (gfn >= pmap.size)
    throw usage(
      '--address',
      `guest-physical address 0x${address.toString(16)} is outside this VM of ${pmap.size} pages`,
      'Give an address in its memory: this guest has no page tables to show.',
    );
  const page = explainPage(host.memory, pmap, gfn);
  return {
    address: `0x${address.toString(16)}`,
    backing: inWords(host, page),
    host: explainNested(page).map(({ level, index, entry, leadsTo, writable }) => ({
      level,
      index,
      entry,
      ...(leadsTo < 0 ? {} : { mfn: leadsTo }),
      writable,
    })),
  };
}

function usage(option: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_USAGE', option, what, mend);
}
