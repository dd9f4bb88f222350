/** A scenario's guests as the simulator takes them, and what can be told about them before a run. */
import type { ContentTable, Pages } from '@overbook/core';
import { OverbookError, pages } from '@overbook/core';
import type { GuestCommon, GuestSpec } from '@overbook/sim';

import type { Scenario, ScenarioGuest } from '../scenario/schema.ts';
import type { DatasetShelf } from './datasets.ts';

/** All guests of a scenario with their datasets read. @throws what the readers throw */
export async function guestSpecs(scenario: Scenario, shelf: DatasetShelf): Promise<readonly GuestSpec[]> {
  const specs: GuestSpec[] = [];
  for (const guest of scenario.guests) specs.push(await guestSpec(guest, shelf));
  return specs;
}

async function guestSpec(guest: ScenarioGuest, shelf: DatasetShelf): Promise<GuestSpec> {
  const { offset, ...rest } = commonOf(guest);
  const common: GuestCommon = { ...rest, ...(offset === undefined ? {} : { offsetMs: offset }) };
  if ('recording' in guest) {
    const { start, size, driver, driverFrom: driverFromMs, swap } = guest;
    const recording = shelf.recording(guest.recording);
    const options = given({ size, driver, driverFromMs, guestSwap: swap });
    return { kind: 'recorded', ...common, recording, start, ...options };
  }
  if ('trace' in guest) {
    const { size, compressedBytes, image } = guest;
    const contents = image === undefined ? undefined : await shelf.contents(image, guest.name);
    const trace = shelf.trace(guest.trace);
    return { kind: 'flat', ...common, trace, ...given({ size, contents, compressedBytes }) };
  }
  if ('programs' in guest) {
    const { size, swap, driver, driverFrom: driverFromMs, fileCache } = guest;
    const programs = guest.programs.map((file) => shelf.trace(file));
    const options = given({ guestSwap: swap, driver, driverFromMs, fileCache });
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

/** Size of a guest's VM. */
export function sizeOf(spec: GuestSpec): Pages {
  if (spec.size !== undefined) return spec.size;
  return spec.kind === 'recorded' ? spec.recording.pages : (spec as { trace: { pages: Pages } }).trace.pages;
}

/** What all guests of a host are configured with. */
export function configuredPages(specs: readonly GuestSpec[]): Pages {
  return pages(specs.reduce((sum, spec) => sum + sizeOf(spec), 0));
}

/** Table whose contents a guest writes, where it is known. */
function tableOf(spec: GuestSpec): Pick<ContentTable, 'contentKey' | 'bytes'> | undefined {
  if (spec.kind === 'recorded') return spec.recording;
  return spec.kind === 'linux' || spec.kind === 'phased' ? undefined : spec.contents;
}

/**
 * Keys of one host agree, and a host with bytes has guests with bytes.
 * @throws OVB_CONTENT_KEYS, OVB_NO_BYTES
 */
export function checkContents(
  specs: readonly GuestSpec[],
  store: Scenario['host']['store'],
  placeOf: (guest: number) => string,
): void {
  let first: { readonly name: string; readonly contentKey: string } | undefined;
  for (const [i, spec] of specs.entries()) {
    const table = tableOf(spec);
    if (store === 'bytes' && spec.kind !== 'linux' && table?.bytes === undefined) {
      throw new OverbookError(
        'OVB_NO_BYTES',
        placeOf(i),
        `guest '${spec.name}' has no page bytes, and the host keeps bytes`,
        'Use `store: keys`, or a guest whose `image` is a raw image.',
      );
    }
    if (table === undefined) continue;
    first ??= { name: spec.name, contentKey: table.contentKey };
    if (first.contentKey === table.contentKey) continue;
    throw new OverbookError(
      'OVB_CONTENT_KEYS',
      placeOf(i),
      `guest '${spec.name}' has content keys ${table.contentKey}, guest '${first.name}' ${first.contentKey}`,
      'Guests with different keys would share nothing: digest the images again with one content key and secret.',
    );
  }
}
