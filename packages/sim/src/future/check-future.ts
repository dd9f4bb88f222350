import { FUTURE, GUESTS, OverbookError } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';
import type { Trace } from '@overbook/traces';
import { pagesInInterval } from '@overbook/traces/expand';

import type { FlatGuestSpec, GuestSpec, RecordedGuestSpec } from '../guest-spec.ts';
import { runsDriver } from '../make-guest.ts';
import type { Mix } from '../simulation-config.ts';

/** A guest whose accesses are all known before it runs. */
export type ReplayedGuestSpec = FlatGuestSpec | RecordedGuestSpec;

/** Most accesses of one guest: 1 GiB for the answers, and as much again while they are made. Chosen. */
const ACCESSES_MAX = 2 ** 28;

function isReplayed(guest: GuestSpec): guest is ReplayedGuestSpec {
  return guest.kind === 'flat' || guest.kind === 'recorded';
}

/** Accesses of all rounds of a guest's work; what arrives or comes from a device is not among them. */
export function accessesOf(spec: ReplayedGuestSpec): number {
  return accessesIn(spec.kind === 'flat' ? spec.trace : spec.recording.trace) * (spec.repeat ?? 1);
}

/** Asked of each guest in every run, and before. */
const counted = new WeakMap<Trace, number>();

function accessesIn(trace: Trace): number {
  const known = counted.get(trace);
  if (known !== undefined) return known;
  let sum = 0;
  for (let interval = 0; interval < trace.intervals; interval++) sum += pagesInInterval(trace, interval);
  counted.set(trace, sum);
  return sum;
}

/**
 * The guests as ones that are replayed, where a strategy of the mix asks for their future; undefined where none does.
 * @throws OVB_NO_FUTURE for a guest that has none that could be known, or a strategy that would change it
 */
export function replayedFor(
  { strategies }: Mix,
  guests: readonly GuestSpec[],
): readonly ReplayedGuestSpec[] | undefined {
  const plugins = strategies.map((one) => ('plugin' in one ? one.plugin : one));
  const asks = plugins.find((plugin) => namesToken(plugin, FUTURE));
  if (asks === undefined) return undefined;
  const changes = plugins.find((plugin) => namesToken(plugin, GUESTS));
  return guests.map((guest) => {
    if (!isReplayed(guest)) throw unknowable(asks.id, guest);
    if (changes !== undefined && runsDriver(guest)) throw changeable(asks.id, changes.id, guest);
    if (accessesOf(guest) > ACCESSES_MAX) throw tooLong(asks.id, guest);
    return guest;
  });
}

function namesToken({ needs }: AnyStrategyPlugin, token: symbol): boolean {
  return Object.values(needs).some((need) => (typeof need === 'symbol' ? need : need.optional) === token);
}

function unknowable(asks: string, { name, kind }: GuestSpec): OverbookError {
  return noFuture(
    name,
    `strategy '${asks}' needs to know what its guests will touch, but a ${kind} guest decides that while it runs`,
    `Make it a guest that is replayed (\`recording:\` or \`trace:\`), or leave '${asks}' out of the mix.`,
  );
}

function changeable(asks: string, changes: string, { name }: GuestSpec): OverbookError {
  return noFuture(
    name,
    `strategy '${asks}' needs to know what its guests will touch, but '${changes}' asks their drivers for pages, and ` +
      'the guest then touches others',
    `Leave '${changes}' or '${asks}' out of the mix, or set \`driver: false\` for the guests.`,
  );
}

function tooLong(asks: string, guest: ReplayedGuestSpec): OverbookError {
  return noFuture(
    guest.name,
    `strategy '${asks}' needs to know what its guests will touch: ${accessesOf(guest)} accesses, ` +
      `${ACCESSES_MAX} at most`,
    `Set a smaller \`repeat\` for the guest, or leave '${asks}' out of the mix.`,
  );
}

function noFuture(name: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_NO_FUTURE', `guest ${name}`, what, mend, undefined, { vm: name });
}
