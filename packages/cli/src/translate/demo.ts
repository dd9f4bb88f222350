/**
 * A small machine with a page of every backing, made by the real mechanisms in a fixed order: what
 * `overbook translate --demo` shows and docs/model/translation.md works out by hand.
 */
import { compression } from '@overbook/compression';
import type { Gfn } from '@overbook/core';
import type { Host, Translation } from '@overbook/core/host';
import { FILL_OTHER, toGfn, toGvpn, toMfn, mib, toPages, toVmId } from '@overbook/core';
import { GuestPageTable, composeHost, nestedTranslation, shadowTranslation } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { tps } from '@overbook/tps';

const VM = toVmId(0);
const REGION = 512;

/** Guest frames by region of 512: 0 tables of process 0, 1 its small pages, 2 process 1, 3 to 5 under 2 MiB leaves. */
const SMALL = 0x210;
const TABLES = [0x010, 0x400] as const;
const INSIDE_LARGE = 0x433;
const WHOLE_LARGE = 0x600;
const BROKEN = 0x800;
const FRESH = 0xa00;

/** Pages of the processes. */
const P0_SMALL = 0x7f1234567;
const P0_BROKEN = 0x7f1240000;
const P0_FRESH = 0x7f1240200;
const P1_SMALL = 0x555555401;
const P1_LARGE = 0x555600000;

/** Backings of the small pages, one page after the other from SMALL on and from BROKEN + 16 on. */
const BACKINGS = ['mapped', 'shared', 'ballooned', 'compressed', 'swapped', 'untouched'] as const;
const [MAPPED, SHARED, BALLOONED, COMPRESSED, SWAPPED, UNTOUCHED] = [0, 1, 2, 3, 4, 5];
const TWIN = 6;
/** Places of the six in the broken region. */
const INSIDE = 16;

const TEXT_BYTES = 900;
const NOISE_BYTES = 4096;

/** One address worth looking at. */
export interface DemoCase {
  readonly name: string;
  readonly process: number;
  readonly address: number;
  readonly write: boolean;
}

function at(page: number): number {
  return page * 4096 + 0xabc;
}

/** The addresses of the demonstration, in the order in which they are shown. */
export const DEMO_CASES: readonly DemoCase[] = [
  ...BACKINGS.map((backing, i) => ({
    name: `${backing}, 4 KiB in the guest`,
    process: 0,
    address: at(P0_SMALL + i),
    write: false,
  })),
  { name: 'shared, 4 KiB, written', process: 0, address: at(P0_SMALL + SHARED), write: true },
  { name: 'mapped by 2 MiB, 4 KiB in the guest', process: 1, address: at(P1_SMALL), write: false },
  ...BACKINGS.map((backing, i) => ({
    name: `${backing}, 2 MiB in the guest`,
    process: 0,
    address: at(P0_BROKEN + INSIDE + i),
    write: false,
  })),
  { name: 'untouched region, 2 MiB in the guest', process: 0, address: at(P0_FRESH), write: false },
  { name: 'mapped by 2 MiB, 2 MiB in the guest', process: 1, address: at(P1_LARGE), write: false },
];

/** The machine, at rest, with its two processes. */
export interface Demo {
  readonly host: Host;
  readonly translation: Translation;
  readonly processes: readonly GuestPageTable[];
}

/** Makes it: the same to the last frame every time. */
export function makeDemo(paging: 'nested' | 'shadow'): Demo {
  // Table pages are the guest's memory too, and no two of them are equal.
  const tableWritten = (_vm: number, page: Gfn): void =>
    host.store.writePrivate(host.memory.frame(VM, page), NOISE_BYTES, FILL_OTHER);
  const options = { tableWritten };
  const translation = paging === 'nested' ? nestedTranslation(options) : shadowTranslation(options);
  const host: Host = composeHost({
    name: 'demo',
    memory: mib(64),
    vms: [{ name: 'demo', size: mib(16) }],
    strategies: [
      { plugin: tps, options: { order: 'sequential', pagesPerSecond: 40_960 } },
      compression,
      { plugin: hostswap, options: { victims: 'lru' } },
    ],
    store: 'keys',
    largePages: 'on',
    largePageRules: { formsPerSecond: 0 },
    edges: { translation },
  });
  const demo: Demo & { processes: GuestPageTable[] } = { host, translation, processes: [] };
  runFirst(demo, start(demo, TABLES[0]));
  runSecond(demo, start(demo, TABLES[1]));
  reclaim(demo);
  return demo;
}

/** A process whose table pages are guest frames from `first` on. */
function start(
  { translation, processes }: { translation: Translation; processes: GuestPageTable[] },
  first: number,
) {
  let next = first;
  const table = new GuestPageTable(VM, { take: () => next++, give: () => undefined });
  translation.attach(table);
  processes.push(table);
  return table;
}

/**
 * Process 0 maps its pages and writes them; what is to leave memory first is used first and not again. A ballooned
 * page in a region keeps the host from backing the region by 2 MiB.
 */
function runFirst(demo: Demo, table: GuestPageTable): void {
  const { host } = demo;
  host.memory.balloon(VM, toGfn(REGION - 1));
  host.memory.balloon(VM, toGfn(SMALL + BALLOONED));
  for (let i = 0; i <= TWIN; i++) table.map(toGvpn(P0_SMALL + i), toGfn(SMALL + i), true);
  table.mapLarge(toGvpn(P0_BROKEN), toGfn(BROKEN), true);
  table.mapLarge(toGvpn(P0_FRESH), toGfn(FRESH), true);
  write(demo, table, P0_SMALL + COMPRESSED, TEXT_BYTES);
  write(demo, table, P0_SMALL + SWAPPED, NOISE_BYTES);
  write(demo, table, P0_BROKEN + INSIDE + COMPRESSED, TEXT_BYTES);
  write(demo, table, P0_BROKEN + INSIDE + SWAPPED, NOISE_BYTES);
  for (let i = 0; i < REGION; i++)
    if (i !== INSIDE + COMPRESSED && i !== INSIDE + SWAPPED) write(demo, table, P0_BROKEN + i, NOISE_BYTES);
  write(demo, table, P0_SMALL + MAPPED, NOISE_BYTES);
  write(demo, table, P0_SMALL + SHARED, NOISE_BYTES);
  write(demo, table, P0_SMALL + TWIN, NOISE_BYTES);
  copyContent(host, SMALL + SHARED, SMALL + TWIN);
  copyContent(host, SMALL + SHARED, BROKEN + INSIDE + SHARED);
}

/** Process 1 has its tables and its pages in regions that the host backs by 2 MiB. */
function runSecond(demo: Demo, table: GuestPageTable): void {
  table.map(toGvpn(P1_SMALL), toGfn(INSIDE_LARGE), true);
  table.mapLarge(toGvpn(P1_LARGE), toGfn(WHOLE_LARGE), true);
  write(demo, table, P1_SMALL, NOISE_BYTES);
  write(demo, table, P1_LARGE, NOISE_BYTES);
}

/** The balloon, the scan for equal pages and hypervisor swapping take their pages. */
function reclaim({ host, translation, processes }: Demo): void {
  host.memory.balloon(VM, toGfn(BROKEN + INSIDE + BALLOONED));
  host.memory.balloon(VM, toGfn(BROKEN + INSIDE + UNTOUCHED));
  host.memory.unballoon(VM, toGfn(BROKEN + INSIDE + UNTOUCHED));
  // Two rounds of the scan over all 4096 pages: what one finds in a large page is shared once that is broken.
  host.advance(300);
  const swap = host.strategies.find(({ id }) => id === hostswap.id)!.strategy;
  // Two victims are compressed into one frame, two are swapped, and so is a table that walks had no use for lately.
  const goal = toPages(4);
  swap.reclaim!({ vm: VM, goal, budget: toPages(64), state: 'hard', direct: false, at: host.clock.now() });
  // The guest goes on: its table comes back, and the page it reads has its 4 KiB mapping.
  translation.switchTo(processes[0]!);
  translation.translate(processes[0]!, toGvpn(P0_BROKEN + INSIDE + MAPPED), false, host.clock.now());
}

function write({ host, translation }: Demo, table: GuestPageTable, page: number, bytes: number): void {
  translation.switchTo(table);
  const landed = translation.translate(table, toGvpn(page), true, host.clock.now());
  if (landed < 0) throw new Error(`page ${page} of the demonstration found no frame`);
  host.store.writePrivate(toMfn(translation.mfn), bytes, FILL_OTHER);
}

/** One page gets what another holds: a guest that reads one block of a file twice. */
function copyContent(host: Host, from: number, to: number): void {
  return host.store.copy(host.memory.frame(VM, toGfn(from)), host.memory.frame(VM, toGfn(to)));
}
