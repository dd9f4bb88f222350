/** What of a paused run can be walked, and a page of a guest that has no page tables. */
import { grouped, percent, wrapped } from '@overbook/lab/words';

import type { Moment, PhysicalPage, ProcessInWords } from '../translate/paused-scenario.ts';
import type { Column } from './table.ts';
import { table } from './table.ts';

/** `guest web at 12.3 s of the measured part, 50 % of all work done`. */
export function momentLine({ guest, atMs, done }: Moment): string {
  const seconds = (atMs / 1000).toFixed(3);
  return `guest ${guest} at ${seconds} s of the measured part, ${percent(done)} of all guests' work done\n`;
}

const COLUMNS: readonly Column[] = [
  { head: 'process', align: 'right' },
  { head: 'program', align: 'left' },
  { head: 'backing', align: 'left' },
  { head: 'mappings', align: 'right' },
  { head: 'address of one', align: 'left' },
];

/** Processes with an address of each backing behind their pages. */
export function processesText(processes: readonly ProcessInWords[], bold: (text: string) => string): string {
  if (processes.length === 0) return 'No process is running any more: give an earlier time with --at.\n';
  const rows = processes.flatMap(({ process, program, backings }) =>
    backings.map(({ kind, pages, address }, i) => [
      i === 0 ? String(process) : '',
      i === 0 ? program : '',
      kind,
      grouped(pages),
      address,
    ]),
  );
  const [first] = processes;
  const address = first!.backings.at(-1)?.address ?? '0x0';
  return `${table(COLUMNS, rows, bold)}\nOne of them: --process ${first!.process} --address ${address}\n`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** What is known of a guest whose tables are not modelled. */
export function physicalText(
  guest: string,
  page: PhysicalPage | undefined,
  bold: (text: string) => string,
): string {
  const without =
    `Guest ${guest} has no page tables to show: recordings, and traces of one program as a whole VM, record guest ` +
    'pages. Its process and guest layers are n/a; an --address is a guest-physical ' +
    'one.';
  if (page === undefined) return wrapped(without, 78);
  const { backing, host, address } = page;
  const on =
    backing.mfn === undefined
      ? 'no machine frame'
      : `mfn ${hex(backing.mfn)}, by a ${backing.hostPage} mapping`;
  const entries = host.map(({ level, index }) => `${level}[${index}]`).join(' → ');
  const end = host.at(-1)!;
  return [
    `${bold('process')}    n/a`,
    `${bold('guest OS')}   n/a: guest-physical address ${address}`,
    `${bold('VM')}         pmap: guest page ${hex(backing.gfn)} is ${backing.kind}: ${on}`,
    `${bold('host')}       nested tables ${entries} → ${end.mfn === undefined ? 'nothing' : `mfn ${hex(end.mfn)}`}`,
    '',
    wrapped(without, 78),
  ].join('\n');
}
