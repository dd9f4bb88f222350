import type { FailCheck } from '../contract/contract-promise.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { Pmap } from '../pmap/pmap.ts';
import type { Nanoseconds } from '../units/page.ts';
import type { ExplainedPage, HostStep } from './explained-walk.ts';
import type { GuestPageTable } from './guest-page-table.ts';
import type { TranslationStats } from './translation.ts';

/** Where a walk leaves what it found: one object, used again by every walk. */
export interface WalkResult {
  gfn: number;
  mfn: number;
  /** True where the guest's leaf and the host's mapping are both 2 MiB: the TLB may hold it as one entry. */
  large: boolean;
  /** TLB_ bits of the entry. */
  meta: number;
}

/** How a TLB miss becomes a translation: the part in which nested and shadow paging differ. */
export interface Walker {
  readonly result: WalkResult;
  bind(memory: HostMemory): void;
  attach(table: GuestPageTable): void;
  /** @returns own entries dropped */
  detach(table: GuestPageTable): number;
  /** Walks for one access. @returns when it lands, BLOCKED or GUEST_FAULT; the translation is in `result` */
  walk(
    table: GuestPageTable,
    pmap: Pmap,
    page: number,
    write: boolean,
    at: Nanoseconds,
    stats: TranslationStats,
  ): Nanoseconds;
  /** Entry `position` of the guest's tables is about to change. What was made from it goes. */
  changes(table: GuestPageTable, position: number, stats: TranslationStats): void;
  /** The VM's processor loads another root. */
  switched(stats: TranslationStats): void;
  /** The guest flushes one page, or everything of the process. */
  flushed(table: GuestPageTable, stats: TranslationStats): void;
  /** The backing of a guest page changed. @returns own entries dropped */
  invalidate(pmap: Pmap, gfn: number): number;
  readonly paging: 'nested' | 'shadow';
  /** The host's current tables for a page of a process; `backing` is the guest page behind it. */
  explain(table: GuestPageTable, page: number, backing: ExplainedPage | undefined): readonly HostStep[];
  /** Pages of the hypervisor's own tables. */
  readonly tables: number;
  verify(fail: FailCheck): void;
}
