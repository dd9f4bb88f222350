import { NS_PER_MS, OverbookError } from '@overbook/core';
import { valueSaid } from '@overbook/core/internals';

import type { CostEntry, CostName } from './costs.ts';
import type {
  FlatGuestSpec,
  GuestSpec,
  LinuxGuestSpec,
  RecordedGuestSpec,
  ScriptGuestSpec,
} from './guest-spec.ts';
import { INSTRUCTIONS_PER_INTERVAL } from './guests/script-guest.ts';
import type { RunSettings } from './run-settings.ts';
import { takesOf } from './recorded/takes.ts';
import { RUN_SETTINGS } from './run-settings.ts';

/**
 * Refuses a spread that is longer than the work of a guest: it could be done before the next one begins, and guests
 * that never meet do not compete. For whoever compares mixes: a run itself takes any spread. Only a given one is held
 * against the work: the default is short, and so may work be.
 * @throws OVB_SPREAD_TOO_LONG
 */
export function checkSpread(
  { offsetSpread: spread }: RunSettings,
  guests: readonly GuestSpec[],
  costs: Readonly<Record<CostName, CostEntry>>,
): void {
  if (spread === undefined) return;
  const shortest = shortestWork(guests, costs);
  if (shortest === undefined || spread <= shortest.ms) return;
  const most = said(Math.floor(shortest.ms));
  throw new OverbookError(
    'OVB_SPREAD_TOO_LONG',
    'host.offsetSpread',
    `starts are spread over ${said(spread)}, but guest '${shortest.name}' is done after ${most}`,
    `Give at most ${most}, or let '${shortest.name}' do its work more than once (\`repeat\`).`,
    undefined,
    { setting: 'host.offsetSpread' },
  );
}

/** The guest whose work is done first where nothing makes it wait; its time is the longest spread. */
export function shortestWork(
  guests: readonly GuestSpec[],
  costs: Readonly<Record<CostName, CostEntry>>,
): { readonly name: string; readonly ms: number } | undefined {
  const [shortest] = guests
    .map((guest) => ({ name: guest.name, ms: workMs(guest, costs) }))
    .sort((a, b) => a.ms - b.ms);
  return shortest;
}

function said(ms: number): string {
  return valueSaid(RUN_SETTINGS.offsetSpread, ms);
}

/** How long a guest's work takes where nothing makes it wait, in milliseconds. */
function workMs(guest: GuestSpec, costs: Readonly<Record<CostName, CostEntry>>): number {
  const { repeat = 1 } = guest;
  switch (guest.kind) {
    case 'recorded':
      return repeat * recordedMs(guest);
    case 'phased':
      return repeat * guest.untilMs;
    default:
      return (repeat * instructionsOf(guest) * costs.instruction.ns) / NS_PER_MS;
  }
}

/** The shortest of its takes. */
function recordedMs(guest: RecordedGuestSpec): number {
  const workStart = guest.start === 'work-start';
  return Math.min(
    ...takesOf(guest).map(({ snapshots }) => {
      const from = workStart ? snapshots.find(({ label }) => label === 'work-start') : snapshots[0];
      return snapshots.at(-1)!.guestMs - (from?.guestMs ?? 0);
    }),
  );
}

function instructionsOf(guest: FlatGuestSpec | ScriptGuestSpec | LinuxGuestSpec): number {
  if (guest.kind === 'script')
    return guest.intervals * (guest.instructionsPerInterval ?? INSTRUCTIONS_PER_INTERVAL);
  const traces = guest.kind === 'flat' ? [guest.trace] : guest.programs;
  return traces.reduce((sum, trace) => sum + trace.instructions.reduce((all, one) => all + one, 0), 0);
}
