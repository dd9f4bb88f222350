import type { CachedTranslations } from '../memory/cached-translations.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { Gfn, Gvpn, Nanoseconds, VmId } from '../units/page.ts';
import type { ExplainedWalk } from './explained-walk.ts';
import type { GuestPageTable } from './guest-page-table.ts';

/** What the hypervisor tells the translation hardware (and its own shadow tables) when a backing changes. */
export interface TranslationService extends CachedTranslations {
  /** Called once by the composition root, when the mapping tables exist. */
  bind?(memory: HostMemory): void;
}

/**
 * The answer of an access that the guest's own tables do not allow (nothing mapped, or a write to a page mapped
 * read-only): the guest kernel resolves it and touches again.
 */
export const GUEST_FAULT: Nanoseconds = -2 as Nanoseconds;

/** What translation did for one VM since power-on. */
export interface TranslationStats {
  /** Accesses answered by the TLB alone. */
  tlbHits: number;
  /** Accesses whose page was not in the TLB. */
  tlbMisses: number;
  /** First writes through a TLB entry that was cached clean or read-only: they walk too. */
  dirtyWalks: number;
  /** Walks that ended in a translation. */
  walks: number;
  /**
   * Memory references of the hardware's walks. A walk that the hypervisor had to help begins again, as the
   * hardware does, and its references so far count too.
   */
  references: number;
  /** Memory references of the hypervisor's own walks of guest tables (shadow only). */
  softwareReferences: number;
  /**
   * Transitions into the hypervisor and back. Nested: one per nested fault. Shadow: hidden and true faults,
   * traced writes, switches, flushes, and nested faults on table pages that the guest itself wrote.
   */
  exits: number;
  /** A page or a table page had no usable machine frame: EPT violations. Shadow: mostly found in hidden faults. */
  nestedFaults: number;
  /** Shadow: the guest's tables were right and the shadow was not filled yet. */
  hiddenFaults: number;
  /** The guest's own page faults. They exit with shadow tables, to be forwarded, and do not with nested ones. */
  trueFaults: number;
  /** Shadow: guest writes to write-protected page-table pages. */
  tracedWrites: number;
  /** Shadow: loads of a process's root. */
  switchExits: number;
  /** Shadow: the guest flushed a page or an address space. */
  flushExits: number;
  /** Backings that changed under a translation (`invalidate` was called). */
  invalidations: number;
  /** TLB entries and shadow entries that invalidations dropped. */
  dropped: number;
  /** CPU time of all this by the meter's prices, in ns. */
  ns: number;
}

export function emptyStats(): TranslationStats {
  return {
    tlbHits: 0,
    tlbMisses: 0,
    dirtyWalks: 0,
    walks: 0,
    references: 0,
    softwareReferences: 0,
    exits: 0,
    nestedFaults: 0,
    hiddenFaults: 0,
    trueFaults: 0,
    tracedWrites: 0,
    switchExits: 0,
    flushExits: 0,
    invalidations: 0,
    dropped: 0,
    ns: 0,
  };
}

/**
 * Guest-virtual page → machine frame, by a processor with a TLB and either nested page tables or a hypervisor's
 * shadow tables. Both give the same translations and differ in what they cost.
 *
 * ```ts
 * const translation = nestedTranslation({ meter });                     // or shadowTranslation
 * const host = composeHost({ …, edges: { translation } });
 * const table = new GuestPageTable(vm, frames);
 * translation.attach(table);
 * translation.switchTo(table);
 * const done = translation.translate(table, page, write, at);
 * if (done === GUEST_FAULT) { table.map(page, guest.allocate(), true); }   // and touch again
 * else if (done === BLOCKED) { … }                                          // wait, and touch again
 * else { translation.gfn; translation.mfn; }                                // landed at `done`
 * ```
 *
 * Host-side accessed, dirty and idle bits, and the order of last touches, come out as they do for accesses by
 * guest frame: reclaim sees the same guest. A guest kernel that takes rights away must flush
 * (`flushPage`, `flushSpace`), which is where a flush's cost is counted; a kernel that forgets is not punished
 * with stale answers, since changing an entry drops its translations here.
 */
export interface Translation extends TranslationService {
  bind(memory: HostMemory): void;
  /** Takes a process in. @throws Error when it is attached already, or its VM is unknown */
  attach(table: GuestPageTable): void;
  /** The process ends: everything cached of it goes. Then destroy the table. */
  detach(table: GuestPageTable): void;
  /** The VM's processor loads this process's root (CR3). The same process again costs nothing. */
  switchTo(table: GuestPageTable): void;
  /**
   * One access. Host faults on the page, and on table pages that the walk reads, are served on the way.
   * @returns when it lands: `at` where nothing waited for the host; BLOCKED to try again later; GUEST_FAULT.
   * What the walk itself cost is in `stats(vm).ns`, and not in the answer.
   */
  translate(table: GuestPageTable, page: Gvpn, write: boolean, at: Nanoseconds): Nanoseconds;
  /**
   * Accesses in order while each lands at once, i.e. at `at`: the hot loop.
   * @param pages and @param accesses of each access @param gfns gets each access's guest frame
   * @returns `to`, or the index of the access that did not land at `at`. `outcome` is what translate would have
   * returned for it: BLOCKED and GUEST_FAULT are to be touched again; a time means that it has landed, go on
   * behind it.
   */
  touchMany(
    table: GuestPageTable,
    pages: Uint32Array,
    accesses: Uint8Array,
    from: number,
    to: number,
    gfns: Uint32Array,
    at: Nanoseconds,
  ): number;
  /** What became of the access at which touchMany stopped. */
  readonly outcome: Nanoseconds;
  /** Guest frame and machine frame of the last access that landed. */
  readonly gfn: Gfn;
  readonly mfn: number;
  /** The guest flushes one page (INVLPG), or an address space. */
  flushPage(table: GuestPageTable, page: Gvpn): void;
  flushSpace(table: GuestPageTable): void;
  /** One page's current walk through all layers. Touches and counts nothing. */
  explain(table: GuestPageTable, page: Gvpn): ExplainedWalk;
  /** Counts of one VM, live: read them, do not keep them. */
  stats(vm: VmId): Readonly<TranslationStats>;
  /** Pages that the hypervisor's own tables take: 0 with nested paging, whose tables are not modelled. */
  readonly shadowTables: number;
  /** Holds everything cached against the tables that it was made from. @throws ContractViolation */
  verify(): void;
}
