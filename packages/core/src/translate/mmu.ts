// hot
import type { FailCheck } from '../contract/contract-promise.ts';
import { ContractViolation } from '../contract/contract-violation.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { BIT_ACCESSED, BIT_DIRTY, BIT_LARGE, touchedBits } from '../pmap/pmap.ts';
import { ACCESS_WRITE } from '../units/access.ts';
import type { Meter } from '../ports/meter.ts';
import { BLOCKED } from '../contract/strategy.ts';
import type { Gfn, Gvpn, Nanoseconds, VmId } from '../units/page.ts';
import { LARGE_PAGE_PAGES, toGfn, toGvpn, toNs } from '../units/page.ts';
import type { ExplainedWalk } from './explained-walk.ts';
import { endOf, explainGuest, explainPage } from './explained-walk.ts';
import type { GuestPageTable, PageTableWatcher } from './guest-page-table.ts';
import { touchHost } from './host-touch.ts';
import type { TableWritten } from './nested-walk.ts';
import { PTE_DIRTY, PTE_LARGE, PTE_PRESENT, PTE_WRITABLE } from './page-table-arena.ts';
import { TableWrites } from './table-writes.ts';
import type { Tlb, TlbArray } from './tlb.ts';
import { TAG_LIMIT, TLB_SEEN, TLB_WRITE } from './tlb.ts';
import type { Translation, TranslationStats } from './translation.ts';
import { GUEST_FAULT, emptyStats } from './translation.ts';
import type { Walker } from './walker.ts';

/** One VM as translation keeps it. */
interface Processor {
  readonly pmap: Pmap;
  readonly stats: TranslationStats;
  readonly writes: TableWrites;
  /** Process whose root is loaded. */
  loaded: GuestPageTable | undefined;
  /** Misses, references and exits that the meter was charged for. */
  charged: { misses: number; references: number; exits: number };
}

/** How an Mmu is made. */
export interface MmuParts {
  readonly walker: Walker;
  readonly tlb: Tlb;
  readonly meter: Meter;
  /** False: the TLB knows no address spaces, and a switch empties it of the process that leaves. */
  readonly tagged: boolean;
  readonly written: TableWritten | undefined;
}

/**
 * A processor's memory management: a TLB in front of a walker (nested or shadow). The TLB keeps whole
 * translations gvpn → mfn. A hit costs one lookup; it leaves the host's accessed, dirty and idle bits and the
 * order of last touches as Pmap.touchMany would have left them.
 */
export class Mmu implements Translation, PageTableWatcher {
  outcome: Nanoseconds = toNs(0);
  readonly #walker: Walker;
  readonly #tlb: Tlb;
  readonly #small: TlbArray;
  readonly #large: TlbArray;
  readonly #meter: Meter;
  readonly #tagged: boolean;
  readonly #written: TableWritten | undefined;
  #host!: HostMemory;
  /** By VM. */
  #processors: Processor[] = [];
  /** By tag; tags begin at 1 and are never used again. */
  readonly #tables: (GuestPageTable | undefined)[] = [undefined];
  #gfn = 0;
  #mfn = 0;
  /** The last access was answered by a 2 MiB entry. */
  #byLarge = false;

  constructor(parts: MmuParts) {
    this.#walker = parts.walker;
    this.#tlb = parts.tlb;
    this.#small = parts.tlb.small;
    this.#large = parts.tlb.large;
    this.#meter = parts.meter;
    this.#tagged = parts.tagged;
    this.#written = parts.written;
  }

  get gfn(): Gfn {
    return toGfn(this.#gfn);
  }

  get mfn(): number {
    return this.#mfn;
  }

  get shadowTables(): number {
    return this.#walker.tables;
  }

  bind(memory: HostMemory): void {
    if (this.#processors.length > 0) throw new Error('a translation belongs to one host: make one for each');
    this.#host = memory;
    this.#walker.bind(memory);
    this.#processors = memory.pmaps.map((one) => ({
      pmap: one,
      stats: emptyStats(),
      writes: new TableWrites(),
      loaded: undefined,
      charged: { misses: 0, references: 0, exits: 0 },
    }));
  }

  attach(table: GuestPageTable): void {
    this.#of(table.vm);
    if (table.tag !== 0) throw new Error(`process ${table.tag} of VM ${table.vm} is attached already`);
    if (this.#tables.length === TAG_LIMIT)
      throw new Error(`a TLB has tags for ${TAG_LIMIT} processes of a run, and this is one too many`);
    table.tag = this.#tables.push(table) - 1;
    table.watcher = this;
    this.#walker.attach(table);
    this.#of(table.vm).writes.note(table.rootGfn);
  }

  detach(table: GuestPageTable): void {
    const processor = this.#of(table.vm);
    if (processor.loaded === table) processor.loaded = undefined;
    processor.stats.dropped += this.#tlb.dropTag(table.tag) + this.#walker.detach(table);
    this.#tables[table.tag] = undefined;
    table.tag = 0;
    // The watcher stays for `destroy`: freed table pages are not written any more.
  }

  switchTo(table: GuestPageTable): void {
    const processor = this.#of(table.vm);
    const left = processor.loaded;
    if (left === table) return;
    processor.loaded = table;
    if (left !== undefined && !this.#tagged) this.#tlb.dropTag(left.tag);
    this.#walker.switched(processor.stats);
    this.#charge(processor);
  }

  translate(table: GuestPageTable, page: Gvpn, write: boolean, at: Nanoseconds): Nanoseconds {
    const processor = this.#of(table.vm);
    const from = processor.writes.count === 0 ? at : this.#settleWrites(processor, at);
    const landed = from === BLOCKED ? BLOCKED : this.#access(table, processor, page, write, from);
    this.#charge(processor);
    return landed;
  }

  touchMany(
    table: GuestPageTable,
    pages: Uint32Array,
    accesses: Uint8Array,
    from: number,
    to: number,
    gfns: Uint32Array,
    at: Nanoseconds,
  ): number {
    const processor = this.#of(table.vm);
    if (processor.writes.count > 0 && from < to) {
      const begin = this.#settleWrites(processor, at);
      if (begin !== at) {
        this.outcome = begin;
        if (begin !== BLOCKED) {
          this.outcome = this.#access(table, processor, pages[from]!, accesses[from] === ACCESS_WRITE, begin);
          gfns[from] = this.#gfn;
        }
        this.#charge(processor);
        return from;
      }
    }
    const small = this.#small;
    const { gfns: cached, metas } = small;
    const { bits, touches } = processor.pmap;
    const tag = table.tag;
    let hits = 0;
    let i = from;
    for (; i < to; i++) {
      const page = pages[i]!;
      const write = accesses[i] === ACCESS_WRITE;
      // A page is in one of the arrays at most: look first where the last one was.
      if (this.#byLarge && this.#hitLarge(processor, tag, page, write)) {
        gfns[i] = this.#gfn;
        continue;
      }
      const entry = small.lookup(tag, page);
      if (entry >= 0) {
        const meta = metas[entry]!;
        if (!write || (meta & TLB_WRITE) !== 0) {
          this.#byLarge = false;
          const frame = cached[entry]!;
          if ((meta & TLB_SEEN) === 0) {
            bits[frame]! |= BIT_ACCESSED;
            metas[entry] = meta | TLB_SEEN;
          }
          if (touches !== undefined) touches.put(frame);
          gfns[i] = frame;
          hits++;
          continue;
        }
      }
      const landed = this.#slow(table, processor, page, write, at, entry >= 0);
      gfns[i] = this.#gfn;
      if (landed !== at) {
        this.outcome = landed;
        break;
      }
    }
    processor.stats.tlbHits += hits;
    this.#charge(processor);
    return i;
  }

  #access(
    table: GuestPageTable,
    processor: Processor,
    page: number,
    write: boolean,
    at: Nanoseconds,
  ): Nanoseconds {
    const small = this.#small;
    const entry = small.lookup(table.tag, page);
    if (entry >= 0) {
      const meta = small.metas[entry]!;
      if (!write || (meta & TLB_WRITE) !== 0) {
        const frame = small.gfns[entry]!;
        const { bits, touches } = processor.pmap;
        bits[frame]! |= BIT_ACCESSED;
        small.metas[entry] = meta | TLB_SEEN;
        touches?.put(frame);
        processor.stats.tlbHits++;
        this.#gfn = frame;
        this.#mfn = small.mfns[entry]!;
        return at;
      }
    }
    return this.#slow(table, processor, page, write, at, entry >= 0);
  }

  /** What the 4 KiB entries did not answer: a large entry, or a walk. @param cached an entry that forbids writing */
  #slow(
    table: GuestPageTable,
    processor: Processor,
    page: number,
    write: boolean,
    at: Nanoseconds,
    cached: boolean,
  ): Nanoseconds {
    const { pmap, stats } = processor;
    const tag = table.tag;
    if (this.#hitLarge(processor, tag, page, write)) return at;
    const region = regionOf(page);
    // An entry that forbids the write gives way to what the walk finds.
    if (cached || this.#large.count > 0) {
      if (this.#tlb.dropPage(tag, page) > 0) stats.dirtyWalks++;
      else stats.tlbMisses++;
    } else {
      stats.tlbMisses++;
    }
    const landed = this.#walker.walk(table, pmap, page, write, at, stats);
    if (landed === BLOCKED || landed === GUEST_FAULT) return landed;
    const { result } = this.#walker;
    this.#gfn = result.gfn;
    this.#mfn = result.mfn;
    if (result.large) {
      const inside = page & 511;
      const first = result.gfn - inside;
      this.#large.insert(tag, region, pmap.hostPage(first), first, result.mfn - inside, result.meta);
    } else {
      this.#small.insert(tag, page, pmap.hostPage(result.gfn), result.gfn, result.mfn, result.meta);
    }
    return landed;
  }

  /** A 2 MiB entry answers. Of such a page the host's bits are kept page by page, at every hit. */
  #hitLarge(processor: Processor, tag: number, page: number, write: boolean): boolean {
    const large = this.#large;
    const entry = large.count === 0 ? -1 : large.lookup(tag, regionOf(page));
    this.#byLarge = entry >= 0 && (!write || (large.metas[entry]! & TLB_WRITE) !== 0);
    if (!this.#byLarge) return false;
    const { pmap, stats } = processor;
    const inside = page & (LARGE_PAGE_PAGES - 1);
    const frame = large.gfns[entry]! + inside;
    pmap.touches?.put(frame);
    const before = pmap.bits[frame]!;
    const after = touchedBits(before, write);
    if (after !== before) pmap.bits[frame] = after;
    stats.tlbHits++;
    this.#gfn = frame;
    this.#mfn = large.mfns[entry]! + inside;
    return true;
  }

  /** The guest kernel's writes to its tables reach machine memory. @returns when they have, or BLOCKED */
  #settleWrites(processor: Processor, at: Nanoseconds): Nanoseconds {
    const { pmap, stats, writes } = processor;
    let time = at;
    while (writes.count > 0) {
      const page = writes.first();
      const faults = stats.nestedFaults;
      time = touchHost(this.#host, pmap, page, true, time, stats);
      stats.exits += stats.nestedFaults - faults;
      if (time === BLOCKED) return BLOCKED;
      writes.forget(page);
      this.#written?.(pmap.id, toGfn(page));
    }
    return time;
  }

  flushPage(table: GuestPageTable, page: Gvpn): void {
    const processor = this.#of(table.vm);
    this.#tlb.dropPage(table.tag, page);
    this.#walker.flushed(table, processor.stats);
    this.#charge(processor);
  }

  flushSpace(table: GuestPageTable): void {
    const processor = this.#of(table.vm);
    this.#tlb.dropTag(table.tag);
    this.#walker.flushed(table, processor.stats);
    this.#charge(processor);
  }

  invalidate(vm: VmId, page: Gfn): void {
    const processor = this.#processors[vm];
    if (processor === undefined) return; // not bound yet: nothing can be cached
    const { pmap, stats } = processor;
    stats.invalidations++;
    stats.dropped += this.#tlb.dropBehind(pmap, page) + this.#walker.invalidate(pmap, page);
  }

  changes(table: GuestPageTable, position: number): void {
    const processor = this.#of(table.vm);
    const { arena } = table;
    processor.writes.note(arena.frames[position >>> 9]!);
    if (table.tag === 0) return;
    const flags = arena.flags[position]!;
    if ((flags & PTE_PRESENT) !== 0) {
      const page = arena.pageAt(position);
      if (arena.levels[position >>> 9] === 0) this.#tlb.dropPage(table.tag, page);
      else if ((flags & PTE_LARGE) !== 0)
        for (let i = 0; i < LARGE_PAGE_PAGES; i++) this.#tlb.dropPage(table.tag, page + i);
    }
    this.#walker.changes(table, position, processor.stats);
  }

  freed(table: GuestPageTable, frame: number): void {
    this.#of(table.vm).writes.forget(frame);
  }

  stats(vm: VmId): Readonly<TranslationStats> {
    const processor = this.#of(vm);
    this.#charge(processor);
    return processor.stats;
  }

  explain(table: GuestPageTable, page: Gvpn): ExplainedWalk {
    const { pmap } = this.#of(table.vm);
    const guest = explainGuest(this.#host, pmap, table, page);
    const end = endOf(guest, page);
    const backing = end < 0 ? undefined : explainPage(this.#host, pmap, end);
    const { paging } = this.#walker;
    return {
      paging,
      vm: table.vm,
      page,
      guest,
      backing,
      host: this.#walker.explain(table, page, backing),
      cachedPages: this.#tlb.holds(table.tag, page),
    };
  }

  verify(): void {
    this.#small.forEach((tag, page, entry) => this.#verifyEntry(this.#small, tag, page, entry, 0));
    this.#large.forEach((tag, region, entry) =>
      this.#verifyEntry(this.#large, tag, region * LARGE_PAGE_PAGES, entry, BIT_LARGE),
    );
    this.#walker.verify(fail);
  }

  #verifyEntry(array: TlbArray, tag: number, page: number, entry: number, size: number): void {
    const table = this.#tables[tag];
    const frame = array.gfns[entry]!;
    const meta = array.metas[entry]!;
    if (table === undefined) fail('no TLB entry is stale', `process ${tag} has gone`);
    const pmap = this.#host.pmaps[table.vm]!;
    const kind = pmap.kind(frame);
    const guest = table.flagsOf(toGvpn(page));
    const writes = (meta & TLB_WRITE) !== 0;
    const right =
      table.gfnOf(toGvpn(page)) === frame &&
      pmap.payload(frame) === array.mfns[entry] &&
      (kind === KIND_MAPPED || (kind === KIND_SHARED && !writes)) &&
      (!writes || (guest & (PTE_WRITABLE | PTE_DIRTY)) === (PTE_WRITABLE | PTE_DIRTY)) &&
      (size === 0 || (pmap.bits[frame]! & size) !== 0) &&
      (size !== 0 || !writes || (pmap.bits[frame]! & BIT_DIRTY) !== 0) &&
      (size !== 0 || (meta & TLB_SEEN) === 0 || (pmap.bits[frame]! & BIT_ACCESSED) !== 0);
    if (!right) fail('no TLB entry is stale', `page ${page} of process ${tag}: guest page ${frame}`);
  }

  #of(vm: VmId): Processor {
    const processor = this.#processors[vm];
    if (processor === undefined)
      throw new Error(
        `translation does not know VM ${vm}: compose a host with it (edges.translation), or bind it`,
      );
    return processor;
  }

  /** Charges what was counted since the last time: the counts are the truth, the meter follows. */
  #charge({ stats, charged }: Processor): void {
    const references = stats.references + stats.softwareReferences;
    if (references !== charged.references) {
      stats.ns += this.#meter.spend('walkReference', references - charged.references);
      charged.references = references;
    }
    if (stats.tlbMisses !== charged.misses) {
      stats.ns += this.#meter.spend('tlbMiss', stats.tlbMisses - charged.misses);
      charged.misses = stats.tlbMisses;
    }
    if (stats.exits !== charged.exits) {
      stats.ns += this.#meter.spend('vmExit', stats.exits - charged.exits);
      charged.exits = stats.exits;
    }
  }
}

/** Number of the 512 pages around a page. Shifts are for pages below 2^31 alone. */
function regionOf(page: number): number {
  return page < 0x80000000 ? page >>> 9 : Math.floor(page / LARGE_PAGE_PAGES);
}

const fail: FailCheck = (promise, numbers) => {
  throw new ContractViolation('core', promise, numbers);
};
