import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BIT_ACCESSED, BIT_DIRTY, BIT_LARGE } from '../pmap/pmap.ts';
import type { Gfn, Gvpn, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGfn, toMfn } from '../units/page.ts';
import type { GuestPageTable } from './guest-page-table.ts';
import type { PageTableArena } from './page-table-arena.ts';
import { PTE_LARGE, PTE_PRESENT, TABLE_ENTRIES, TABLE_LEVELS } from './page-table-arena.ts';

/** A guest page as the pmap has it now. */
export interface ExplainedPage {
  readonly gfn: Gfn;
  /** Number of its backing kind. */
  readonly kind: number;
  /** Machine frame, slot or whatever the kind keeps. */
  readonly payload: number;
  /** Guest pages on its machine frame; 0 where it has none. */
  readonly references: number;
  /** It lies in a 2 MiB mapping of the host. */
  readonly large: boolean;
  readonly accessed: boolean;
  readonly dirty: boolean;
}

/** What one entry on the way holds. */
export type ExplainedEntry = 'table' | 'page' | 'large page' | 'nothing';

/** One entry of the guest's own tables. */
export interface GuestStep {
  /** 4 is the root; leaves are at 1 (4 KiB) or 2 (2 MiB). */
  readonly level: number;
  /** Slot in its table: nine bits of the address. */
  readonly index: number;
  /** The page that the table itself occupies: the hardware must find it in machine memory too. */
  readonly table: ExplainedPage;
  readonly entry: ExplainedEntry;
  /** Guest frame of the next table, or of the page (of a large one its first); -1 of nothing. */
  readonly leadsTo: number;
  /** PTE_ bits. */
  readonly flags: number;
  /** Shadow: the hypervisor hears of writes to this table. */
  readonly traced: boolean;
}

/** One entry of the host's tables: nested ones by guest frame, shadow ones by guest-virtual page. */
export interface HostStep {
  readonly level: number;
  readonly index: number;
  readonly entry: ExplainedEntry;
  /** Machine frame of the page (of a large one its first); -1 of nothing and of tables. */
  readonly leadsTo: number;
  readonly writable: boolean;
}

/** The current path of one address through all four layers: process, guest OS, VM, host. Plain data. */
export interface ExplainedWalk {
  readonly paging: 'nested' | 'shadow';
  readonly vm: VmId;
  readonly page: Gvpn;
  /** The guest's tables, root first, as far as they go. */
  readonly guest: readonly GuestStep[];
  /** The guest page behind the address; undefined where the guest maps nothing. */
  readonly backing: ExplainedPage | undefined;
  /** The host's tables as far as they go: nested tables of `backing`, or the process's shadow tables. */
  readonly host: readonly HostStep[];
  /** The TLB holds the translation now, in an entry of so many pages (1 or 512); 0 = it does not. */
  readonly cachedPages: 0 | 1 | 512;
}

/** Reads a guest page's line of the pmap. */
export function explainPage(host: HostMemory, pmap: Pmap, page: number): ExplainedPage {
  const bits = pmap.bits[page]!;
  const kind = pmap.kind(page);
  const payload = pmap.payload(page);
  return {
    gfn: toGfn(page),
    kind,
    payload,
    references: kind === KIND_MAPPED || kind === KIND_SHARED ? host.references(toMfn(payload)) : 0,
    large: (bits & BIT_LARGE) !== 0,
    accessed: (bits & BIT_ACCESSED) !== 0,
    dirty: (bits & BIT_DIRTY) !== 0,
  };
}

/** Reads the guest's tables from the root down to what decides about a page. Touches nothing. */
export function explainGuest(
  host: HostMemory,
  pmap: Pmap,
  table: GuestPageTable,
  page: number,
): readonly GuestStep[] {
  const { arena } = table;
  const steps: GuestStep[] = [];
  let at = table.root;
  for (let level = TABLE_LEVELS - 1; ; level--) {
    const position = at * TABLE_ENTRIES + arena.slot(page, level);
    const entry = entryAt(arena, position, level);
    const payload = arena.payloads[position]!;
    steps.push({
      level: level + 1,
      index: arena.slot(page, level),
      table: explainPage(host, pmap, arena.frames[at]!),
      entry,
      leadsTo: entry === 'nothing' ? -1 : entry === 'table' ? arena.frames[payload]! : payload,
      flags: arena.flags[position]!,
      traced: arena.traced[at] === 1,
    });
    if (entry !== 'table') return steps;
    at = payload;
  }
}

/** Guest page that the guest's tables lead to, or -1. */
export function endOf(steps: readonly GuestStep[], page: number): number {
  const last = steps.at(-1)!;
  if (last.entry === 'nothing') return -1;
  return last.entry === 'large page' ? last.leadsTo + (page % LARGE_PAGE_PAGES) : last.leadsTo;
}

/**
 * Nested tables of a guest page: indices are bits of its guest-physical address. The tables are not kept one by one,
 * so what is between the root and the leaf is taken to be there.
 */
export function explainNested(page: ExplainedPage): readonly HostStep[] {
  const present = page.kind === KIND_MAPPED || page.kind === KIND_SHARED;
  const leaf = page.large ? 1 : 0;
  const steps: HostStep[] = [];
  for (let level = TABLE_LEVELS - 1; level >= leaf; level--) {
    const end = level === leaf;
    const entry = !end ? 'table' : !present ? 'nothing' : page.large ? 'large page' : 'page';
    steps.push({
      level: level + 1,
      index: Math.floor(page.gfn / TABLE_ENTRIES ** level) % TABLE_ENTRIES,
      entry,
      leadsTo: end && present ? page.payload - (page.large ? page.gfn % LARGE_PAGE_PAGES : 0) : -1,
      writable: end && page.kind === KIND_MAPPED,
    });
  }
  return steps;
}

/** What an entry holds. */
export function entryAt(arena: PageTableArena, position: number, level: number): ExplainedEntry {
  const flags = arena.flags[position]!;
  if ((flags & PTE_PRESENT) === 0) return 'nothing';
  if ((flags & PTE_LARGE) !== 0) return 'large page';
  return level === 0 ? 'page' : 'table';
}
