/** One access of a process, looked at from all four layers: before it, while it is counted, and after it. */
import type {
  ExplainedPage,
  ExplainedWalk,
  GuestPageTable,
  Host,
  Translation,
  TranslationStats,
} from '@overbook/core/host';
import { BLOCKED, toGvpn, toNs } from '@overbook/core';
import { GUEST_FAULT, PTE_ACCESSED, PTE_DIRTY, PTE_WRITABLE } from '@overbook/core/host';

const PAGE_BYTES = 4096;

/** What translation counted during one access. */
export interface WalkCounts {
  /** Entries that the hardware read. A walk that begins again counts from its beginning each time. */
  readonly references: number;
  /** Entries of the guest's tables that the hypervisor read (shadow only). */
  readonly softwareReferences: number;
  readonly exits: number;
  readonly nestedFaults: number;
  readonly hiddenFaults: number;
  readonly trueFaults: number;
}

/** One line of the pmap, in words. */
export interface PageInWords {
  readonly gfn: number;
  readonly kind: string;
  /** Machine frame; absent where the page has none. */
  readonly mfn?: number;
  /** Guest pages on that frame. */
  readonly references?: number;
  /** Slot or other number of the kind; absent where there is none. */
  readonly slot?: number;
  /** Size of the host's mapping. */
  readonly hostPage: '4 KiB' | '2 MiB';
  readonly accessed: boolean;
  readonly dirty: boolean;
}

/** One entry of the guest's tables, in words. */
export interface GuestEntry {
  readonly level: number;
  readonly index: number;
  readonly table: PageInWords;
  readonly entry: ExplainedWalk['guest'][number]['entry'];
  readonly gfn?: number;
  readonly writable: boolean;
  readonly accessed: boolean;
  readonly dirty: boolean;
  readonly traced: boolean;
}

/** One entry of the host's tables, in words. */
export interface HostEntry {
  readonly level: number;
  readonly index: number;
  readonly entry: ExplainedWalk['host'][number]['entry'];
  readonly mfn?: number;
  readonly writable: boolean;
}

/** The four layers at one moment. Plain data, as `--json` prints it. */
export interface LayersNow {
  readonly guest: readonly GuestEntry[];
  /** Size of the guest's own leaf; absent where it maps nothing. */
  readonly guestPage?: '4 KiB' | '2 MiB';
  readonly backing?: PageInWords;
  readonly host: readonly HostEntry[];
  /** Size of the TLB entry that holds the translation; absent where none does. */
  readonly inTlb?: '4 KiB' | '2 MiB';
}

/** One address walked. */
export interface CountedWalk {
  readonly paging: 'nested' | 'shadow';
  readonly guest: string;
  readonly process: number;
  readonly address: string;
  readonly access: 'read' | 'write';
  readonly before: LayersNow;
  /** The access now, its translation taken out of the TLB first. */
  readonly first: WalkCounts;
  readonly outcome: 'landed' | 'blocked' | 'guest fault';
  /** How long the access waited for the host (a swap device, say), in ns; walks cost apart. */
  readonly waitNs: number;
  /** The same access again, out of the TLB again; absent unless the first one landed. */
  readonly again?: WalkCounts;
  readonly after: LayersNow;
}

/** What is to be walked, and where. */
export interface WalkRequest {
  readonly host: Host;
  readonly translation: Translation;
  readonly guest: string;
  readonly process: number;
  readonly table: GuestPageTable;
  /** Byte address in the process. */
  readonly address: number;
  readonly write: boolean;
}

/** Looks at an address, then makes the access, twice. The host is changed as by any access. */
export function countedWalk({
  host,
  translation,
  table,
  address,
  write,
  ...names
}: WalkRequest): CountedWalk {
  const page = toGvpn(Math.floor(address / PAGE_BYTES));
  const look = (): LayersNow => layersOf(host, translation.explain(table, page));
  let landed = toNs(0);
  const access = (): WalkCounts => {
    translation.flushPage(table, page);
    const before = countsOf(translation.stats(table.vm));
    landed = translation.translate(table, page, write, host.clock.now());
    return difference(countsOf(translation.stats(table.vm)), before);
  };
  translation.switchTo(table);
  const { paging } = translation.explain(table, page);
  const before = look();
  const first = access();
  const outcome = landed === BLOCKED ? 'blocked' : landed === GUEST_FAULT ? 'guest fault' : 'landed';
  const waitNs = outcome === 'landed' ? landed - host.clock.now() : 0;
  return {
    paging,
    guest: names.guest,
    process: names.process,
    address: `0x${address.toString(16)}`,
    access: write ? 'write' : 'read',
    before,
    first,
    outcome,
    waitNs,
    ...(outcome === 'landed' ? { again: access() } : {}),
    after: look(),
  };
}

/** The same counts from each of them. */
function eachCount(of: (name: keyof WalkCounts) => number): WalkCounts {
  return {
    references: of('references'),
    softwareReferences: of('softwareReferences'),
    exits: of('exits'),
    nestedFaults: of('nestedFaults'),
    hiddenFaults: of('hiddenFaults'),
    trueFaults: of('trueFaults'),
  };
}

function countsOf(stats: Readonly<TranslationStats>): WalkCounts {
  return eachCount((name) => stats[name]);
}

function difference(now: WalkCounts, then: WalkCounts): WalkCounts {
  return eachCount((name) => now[name] - then[name]);
}

function sizeOf(large: boolean): '4 KiB' | '2 MiB' {
  return large ? '2 MiB' : '4 KiB';
}

function layersOf(host: Host, walk: ExplainedWalk): LayersNow {
  const leaf = walk.guest.at(-1)!;
  return {
    guest: walk.guest.map((step) => ({
      level: step.level,
      index: step.index,
      table: inWords(host, step.table),
      entry: step.entry,
      ...(step.leadsTo < 0 ? {} : { gfn: step.leadsTo }),
      writable: (step.flags & PTE_WRITABLE) !== 0,
      accessed: (step.flags & PTE_ACCESSED) !== 0,
      dirty: (step.flags & PTE_DIRTY) !== 0,
      traced: step.traced,
    })),
    ...(leaf.entry === 'nothing' ? {} : { guestPage: sizeOf(leaf.entry === 'large page') }),
    ...(walk.backing === undefined ? {} : { backing: inWords(host, walk.backing) }),
    host: walk.host.map(({ level, index, entry, leadsTo, writable }) => ({
      level,
      index,
      entry,
      ...(leadsTo < 0 ? {} : { mfn: leadsTo }),
      writable,
    })),
    ...(walk.cachedPages === 0 ? {} : { inTlb: sizeOf(walk.cachedPages === 512) }),
  };
}

/** A line of the pmap with its kind's name. */
export function inWords(host: Host, page: ExplainedPage): PageInWords {
  const kind = host.kinds.names[page.kind]!;
  const hasFrame = page.references > 0;
  const hasSlot = !hasFrame && kind !== 'untouched' && kind !== 'ballooned';
  return {
    gfn: page.gfn,
    kind,
    ...(hasFrame ? { mfn: page.payload, references: page.references } : {}),
    ...(hasSlot ? { slot: page.payload } : {}),
    hostPage: sizeOf(page.large),
    accessed: page.accessed,
    dirty: page.dirty,
  };
}
