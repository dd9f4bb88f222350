/** One address's walk through process, guest OS, VM and host, drawn for 80 columns. */
import { duration, wrapped } from '@overbook/lab/words';

import type {
  CountedWalk,
  GuestEntry,
  HostEntry,
  PageInWords,
  WalkCounts,
} from '../translate/counted-walk.ts';

const WIDTH = 78;
/** The layers' names are left of this column. */
const LAYER = 11;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
function layer(name: string, text: string): string {
  return `${name.padEnd(LAYER)}${text}`;
}
function below(text: string): string {
  return layer('', text);
}

/** A line whose last figure is in the last column. */
function counted(text: string, figure: string): string {
  return `${text.padEnd(WIDTH - figure.length)}${figure}`.trimEnd();
}

/** The picture, each line ended. @param bold styles the layers' names; it must keep their width */
export function walkPicture(walk: CountedWalk, bold: (text: string) => string): string {
  const { guest, process, access, address, paging } = walk;
  const layers = [processLines(walk), guestLines(walk), vmLines(walk), hostLines(walk), accessLines(walk)];
  const title = `VM ${guest}, process ${process}: a ${access} of ${address}, ${paging} paging`;
  const drawn = layers.map((lines) => lines.map((line) => `${styled(line, bold)}\n`).join(''));
  return [`${bold(title)}\n`, ...drawn].join('\n');
}

function styled(line: string, bold: (text: string) => string): string {
  return line.startsWith(' ') ? line : `${bold(line.slice(0, LAYER))}${line.slice(LAYER)}`;
}

function processLines({ address, before }: CountedWalk): readonly string[] {
  const bytes = Number(address);
  const indices = before.guest.map(({ index }) => index);
  const bits = ['47-39', '38-30', '29-21', '20-12'].slice(0, indices.length);
  return [
    layer('process', `page ${hex(Math.floor(bytes / 4096))}, byte ${hex(bytes % 4096)} of it`),
    below(`bits   ${bits.join('  ')}`),
    below(`index  ${indices.map((index) => String(index).padStart(5)).join('  ')}`),
  ];
}

function guestLines({ before, paging }: CountedWalk): readonly string[] {
  const nested = paging === 'nested';
  const reader = nested ? 'read by the hardware' : 'traced; read by the hypervisor for hidden faults';
  return [
    counted(layer('guest OS', `its own tables, ${reader}`), nested ? 'references' : ''),
    below('level  index  table    backed by          entry'),
    ...before.guest.map((entry) => counted(guestLine(entry), nested ? referencesTo(entry.table) : '')),
    below('w writable, a accessed, d dirty, t traced'),
    ...(before.guestPage === undefined
      ? [below('nothing is mapped here: the guest takes a page fault')]
      : []),
  ];
}

function guestLine(entry: GuestEntry): string {
  const { level, index, table } = entry;
  const place = `${String(level).padStart(5)}  ${String(index).padStart(5)}`;
  return below(`${place}  ${hex(table.gfn).padEnd(7)}  ${standing(table).padEnd(17)}  ${held(entry)}`);
}

/** The backing of a page. */
function standing({ kind, mfn, hostPage }: PageInWords): string {
  return mfn === undefined ? kind : `mfn ${hex(mfn)}, ${hostPage}`;
}

function held({ entry, gfn, writable, accessed, dirty, traced }: GuestEntry): string {
  if (entry === 'nothing') return 'nothing';
  const marks = `${writable ? 'w' : '-'}${accessed ? 'a' : '-'}${dirty ? 'd' : '-'}${traced ? 't' : '-'}`;
  return `${marks} ${entry === 'large page' ? '2 MiB at' : entry} ${hex(gfn!)}`;
}

/** Nested paging finds each table by a walk of the host's tables, and then reads one entry of it. */
function referencesTo(table: PageInWords): string {
  return table.mfn === undefined ? '-' : `${table.hostPage === '2 MiB' ? 3 : 4} + 1`;
}

function vmLines({ before: { backing } }: CountedWalk): readonly string[] {
  if (backing === undefined) return [layer('VM', 'it maps no guest page')];
  const { gfn, kind, mfn, references, slot, hostPage, accessed, dirty } = backing;
  const head = layer('VM', `pmap: guest page ${hex(gfn)} is ${kind}`);
  if (mfn === undefined)
    return [`${head}${slot === undefined ? '' : `, in slot ${slot}`}: it has no machine frame`];
  const others = references! - 1;
  const company = others === 0 ? '' : `, with ${others} other ${others === 1 ? 'page' : 'pages'}`;
  const bits = [...(accessed ? ['accessed'] : []), ...(dirty ? ['dirty'] : [])].join(', ');
  return [
    `${head} on mfn ${hex(mfn)}${company}`,
    below(`by a ${hostPage} mapping${bits === '' ? '' : `; ${bits}`}`),
  ];
}

function hostLines({ before, paging, again }: CountedWalk): readonly string[] {
  const { backing, host } = before;
  const nested = paging === 'nested';
  const by = !nested
    ? "the process's page"
    : backing === undefined
      ? 'guest page'
      : `guest page ${hex(backing.gfn)}`;
  const lines = [counted(layer('host', `${paging} tables by ${by}`), nested ? '' : 'references')];
  if (host.length === 0) return [...lines, below('nothing to look up')];
  const entries = host.map(({ level, index }) => `${level}[${index}]`).join(' → ');
  const isLost = nested && backing!.mfn === undefined;
  lines.push(counted(below(`${entries} → ${hostEnd(host.at(-1)!)}`), isLost ? '-' : String(host.length)));
  if (again !== undefined) lines.push(counted(below('a walk without faults'), String(again.references)));
  return lines;
}

function hostEnd({ entry, mfn, writable }: HostEntry): string {
  return mfn === undefined
    ? 'nothing'
    : `${entry === 'large page' ? '2 MiB at ' : ''}mfn ${hex(mfn)}, ${writable ? 'writable' : 'read-only'}`;
}

function accessLines({
  access,
  address,
  before,
  first,
  again,
  outcome,
  waitNs,
  after,
}: CountedWalk): string[] {
  const said = (text: string): readonly string[] =>
    wrapped(text, WIDTH - LAYER)
      .trimEnd()
      .split('\n');
  const texts = [`The ${access}, with nothing cached in the TLB: ${countsInWords(first)}.`];
  if (outcome === 'guest fault') texts.push('The guest kernel has a page fault to resolve.');
  if (outcome === 'blocked') texts.push('The host has no free frame: the access must wait.');
  if (outcome === 'landed') {
    const { gfn, kind, mfn } = after.backing!;
    if (waitNs > 0) texts.push(`It waited ${duration(waitNs)} for the host.`);
    if (kind !== before.backing?.kind)
      texts.push(`Guest page ${hex(gfn)} is ${kind} now, on mfn ${hex(mfn!)}.`);
    const byte = Number(address) % 4096;
    texts.push(
      `It reached machine address ${hex(mfn! * 4096 + byte)}; the TLB holds it as ${after.inTlb ?? 'nothing'}.`,
    );
    texts.push(`Again, with the TLB flushed: ${countsInWords(again!)}.`);
  }
  return texts.flatMap(said).map((text, i) => layer(i === 0 ? 'now' : '', text));
}

/** `44 references, 1 exit, 1 nested fault`. */
export function countsInWords(counts: WalkCounts): string {
  const of = (count: number, one: string, many = `${one}s`): readonly string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  const words = [
    ...of(counts.references, 'reference'),
    ...of(counts.softwareReferences, 'more by the hypervisor', 'more by the hypervisor'),
    ...of(counts.exits, 'exit'),
    ...of(counts.hiddenFaults, 'hidden fault'),
    ...of(counts.trueFaults, 'true fault'),
    ...of(counts.nestedFaults, 'nested fault'),
  ];
  return words.join(', ') || 'nothing';
}
