/** A scenario's guests as the simulator takes them, and what can be told about them before a run. */
import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';
import type { GuestCommon, GuestSpec } from '@overbook/sim';
import { vmOf } from '@overbook/sim';

import type { Scenario, ScenarioGuest } from '../scenario/schema.ts';
import { withCommonContents } from './common-contents.ts';
import type { DatasetShelf } from './datasets.ts';
import { filesOf } from './datasets.ts';

/**
 * All guests of a scenario with their datasets read.
 * @param common list of common contents, where it is not the shipped one @throws what the readers throw
 */
export async function guestSpecs(
  scenario: Scenario,
  shelf: DatasetShelf,
  common?: string,
): Promise<readonly GuestSpec[]> {
  const specs: GuestSpec[] = [];
  for (const guest of scenario.guests) specs.push(await guestSpec(guest, shelf));
  return withCommonContents(specs, common);
}

async function guestSpec(guest: ScenarioGuest, shelf: DatasetShelf): Promise<GuestSpec> {
  const { offset, ...rest } = commonOf(guest);
  const common: GuestCommon = { ...rest, ...(offset === undefined ? {} : { offsetMs: offset }) };
  if ('recording' in guest) {
    const { start, size, driver, driverFrom: driverFromMs, swap, disk, clones } = guest;
    const [recording, ...others] = filesOf(guest).map(({ file }) => shelf.recording(file));
    const takes = others.length === 0 ? undefined : others;
    const options = given({ size, driver, driverFromMs, guestSwap: swap, disk, clones, takes });
    return { kind: 'recorded', ...common, recording: recording!, start, ...options };
  }
  if ('trace' in guest) {
    const { size, compressedBytes, image } = guest;
    const contents = image === undefined ? undefined : await shelf.contents(image, guest.name);
    const trace = shelf.trace(guest.trace);
    return { kind: 'flat', ...common, trace, ...given({ size, contents, compressedBytes }) };
  }
  if ('programs' in guest) {
    const { size, swap, disk, driver, driverFrom: driverFromMs, fileCache } = guest;
    const programs = guest.programs.map((file) => shelf.trace(file));
    const options = given({ guestSwap: swap, disk, driver, driverFromMs, fileCache });
    return { kind: 'linux', ...common, size, programs, ...options };
  }
  const { size, driver, driverFrom: driverFromMs, script } = guest;
  const contents = await shelf.contents(guest.image, guest.name);
  return { kind: 'script', ...common, size, contents, ...script, ...given({ driver, driverFromMs }) };
}

function commonOf(guest: ScenarioGuest) {
  const { name, reservation, limit, shares, pool, vcpus, overhead, salt, offset, repeat, afterWork } = guest;
  const rights = { reservation, limit, shares, pool, vcpus, overhead };
  const sharing = guest.sharing === 'off' ? false : undefined;
  return { name, ...given({ ...rights, salt, sharing, offset, repeat, afterWork }) };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The properties that are not undefined: an absent setting must stay absent. */
function given<T extends object>(settings: T): Given<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** What all guests of a host are configured with. */
export function configuredPages(specs: readonly GuestSpec[]): Pages {
  return toPages(specs.reduce((sum, spec) => sum + vmOf(spec).size, 0));
}
