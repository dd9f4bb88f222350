/** `overbook translate`: one address's walk through process, guest OS, VM and host. */
import { OverbookError } from '@overbook/core';
import { wrapped } from '@overbook/lab/words';
import pc from 'picocolors';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { walkPicture } from '../render/walk-picture.ts';
import { momentLine, physicalText, processesText } from '../render/walk-places.ts';
import { walkTable } from '../render/walk-table.ts';
import type { CountedWalk } from '../translate/counted-walk.ts';
import { countedWalk } from '../translate/counted-walk.ts';
import type { Found, PlaceOptions } from '../translate/paused-scenario.ts';
import { lookAt } from '../translate/paused-scenario.ts';
import type { DemoCase } from '../translate/demo.ts';
import { DEMO_CASES, makeDemo } from '../translate/demo.ts';

/** What `--json` prints; a field is added without a new number, never changed or taken away. */
const SCHEMA = 'overbook.translate/1';

export interface TranslateOptions extends PlaceOptions {
  readonly demo?: true;
  readonly process?: string;
  readonly address?: string;
  readonly json?: true;
}

type Paging = 'nested' | 'shadow';
const BOTH: readonly Paging[] = ['nested', 'shadow'];

/** @returns 0 */
export async function translate(
  io: Io,
  path: string | undefined,
  options: TranslateOptions,
): Promise<number> {
  if ((path === undefined) !== (options.demo === true))
    throw usage(
      'translate',
      path === undefined ? 'no scenario is given' : 'both a scenario and --demo are given',
      'Give a scenario, or `--demo` for a built-in example.',
    );
  const place = options.address === undefined ? undefined : placeOf(options, options.address);
  if (path !== undefined) refuseOtherKind('scenario', path, io.self);
  if (path === undefined) showDemo(io, options, place);
  else showScenario(io, await lookAt(path, options, place), options);
  return EXIT.fine;
}

function showDemo(io: Io, options: TranslateOptions, place: Place | undefined): void {
  const { bold } = pc.createColors(io.color);
  if (place !== undefined) {
    if (place.process > 1)
      throw usage('--process', `the demonstration has no process ${place.process}`, 'It has 0 and 1.');
    const one = { ...place, write: options.write === true };
    const walks = (options.paging === undefined ? BOTH : [options.paging]).map((paging) =>
      walkDemo(paging, one),
    );
    if (options.json === true) printJson(io, { walks });
    else io.out(walks.map((walk) => walkPicture(walk, bold)).join('\n\n'));
    return;
  }
  const inAll = (paging: Paging): readonly CountedWalk[] => DEMO_CASES.map((one) => walkDemo(paging, one));
  const nested = inAll('nested');
  const shadow = inAll('shadow');
  if (options.json === true) printJson(io, { walks: [...nested, ...shadow] });
  else io.out(demonstration(nested, shadow, bold));
}

function showScenario(io: Io, found: Found, { json }: TranslateOptions): void {
  if (json === true) {
    const { kind: _kind, ...told } = found;
    printJson(io, 'walk' in told ? { ...told, walks: [told.walk] } : { ...told, walks: [] });
    return;
  }
  const { bold } = pc.createColors(io.color);
  io.out(`${momentLine(found)}\n`);
  if (found.kind === 'walk') io.out(walkPicture(found.walk, bold));
  else if (found.kind === 'processes') io.out(processesText(found.processes, bold));
  else io.out(physicalText(found.guest, found.page, bold));
}

function printJson(io: Io, told: object): void {
  return io.out(`${JSON.stringify({ schema: SCHEMA, ...told }, undefined, 2)}\n`);
}

/** Each address on a machine of its own: what one access changes shows in no other. */
function walkDemo(paging: Paging, { process, address, write }: Omit<DemoCase, 'name'>): CountedWalk {
  const { host, translation, processes } = makeDemo(paging);
  const table = processes[process]!;
  const walk = countedWalk({ host, translation, guest: 'demo', process, table, address, write });
  host.dispose();
  return walk;
}

const INTRODUCTION =
  'A machine with a page of every backing. Each line is one read, or a write (w): page-table references by ' +
  'the hardware (and, after +, those by the hypervisor to guest tables), exits to the ' +
  'hypervisor, then the references of a second walk. Process 0 has its own tables on 4 KiB frames of the host, ' +
  'process 1 (the addresses from 0x5555) on 2 MiB frames. With m guest and n host levels, (m+1)(n+1)-1 references ' +
  'make 24, 19, 19 and 15 where all host levels are the same.';

function demonstration(
  nested: readonly CountedWalk[],
  shadow: readonly CountedWalk[],
  bold: (text: string) => string,
): string {
  const swapped = DEMO_CASES.findIndex(({ name }) => name.startsWith('swapped'));
  return [
    wrapped(INTRODUCTION, 78),
    walkTable(nested, shadow, bold),
    walkPicture(nested[0]!, bold),
    walkPicture(shadow[swapped]!, bold),
    'To draw one: overbook translate --demo --process 0 --address 0x7f1240013abc\n',
  ].join('\n');
}

interface Place {
  readonly process: number;
  readonly address: number;
}

/** Process and address as given. @throws OVB_USAGE */
function placeOf({ process = '0' }: TranslateOptions, address: string): Place {
  const place = { process: Number(process), address: Number(address) };
  if (!/^\d+$/.test(process))
    throw usage('--process', `'${process}' is not a process number`, 'Give one from 0 on.');
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(address) || place.address >= 2 ** 48)
    throw usage(
      '--address',
      `'${address}' is not an address below 2^48`,
      'Give one, as in `--address 0x7f1234567abc`; without it, addresses to choose from are listed.',
    );
  return place;
}

function usage(option: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_USAGE', option, what, mend);
}
