import type { AccessedBits, Gfn, PageService, VmId } from '@overbook/core';
import { toGfn } from '@overbook/core';

/** Pages that a page table maps: a read-ahead by addresses stays within it (PMD_SIZE). */
const TABLE_PAGES = 512;
/** Linux begins as if so many pages that came along had been used (swapin_readahead_hits). */
const HITS_AT_FIRST = 4;
/** Pages brought along that are looked at again: those of some reads, so that none are looked at for ever. */
const WATCHED = 64;

/** What one place that is swapped out holds. */
export interface Swapped {
  readonly vm: VmId;
  readonly page: Gfn;
  readonly slot: number;
}

/** What is remembered of one stream of swap-ins: a VM's, or all VMs' where slots are read. */
interface Stream {
  /** Place of the last one: a guest page, or a slot. */
  last: number;
  hits: number;
  /** Pages of the last read. */
  pages: number;
  /** Brought along and not seen to be touched yet. */
  watched: { readonly vm: VmId; readonly page: Gfn; readonly place: number }[];
}

/** How many pages to read (mm/swap_state.c, __swapin_nr_pages): more while what comes along is used. */
export function windowPages(last: number, place: number, hits: number, most: number, before: number): number {
  let pages = hits + 2;
  if (pages === 2) {
    // Nothing of it was used: only the neighbour of the last place is a sign of a sequence.
    if (Math.abs(place - last) !== 1) pages = 1;
  } else {
    pages = 2 ** Math.max(2, Math.ceil(Math.log2(pages)));
  }
  return Math.max(Math.min(pages, most), Math.floor(before / 2));
}

/** Part of guest memory or of the swap area, end excluded. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Around a guest page (swap_vma_readahead): ahead of a walk up or down, else on both sides. */
export function addressWindow(last: number, page: number, pages: number, size: number): Window {
  const left = page === last + 1 ? 0 : page === last - 1 ? pages - 1 : Math.floor((pages - 1) / 2);
  const table = page - (page % TABLE_PAGES);
  return {
    from: Math.max(page - left, table, 0),
    to: Math.min(page - left + pages, table + TABLE_PAGES, size),
  };
}

/** The aligned slots around one (swap_cluster_readahead). @param pages a power of two */
export function slotWindow(slot: number, pages: number): Window {
  const from = slot - (slot % pages);
  return { from, to: from + pages };
}

/**
 * Which swapped pages a swap-in brings along, as Linux 6.1 chooses (mm/swap_state.c): around the touched guest page
 * (`vma`, its choice where no swap device rotates), or of the neighbouring slots (`cluster`). What it brought and was
 * touched since makes the next read larger. Linux notices that at the first touch; here those touched are looked for
 * when the next read is planned.
 */
export class ReadAhead {
  readonly #byAddress: boolean;
  readonly #most: number;
  readonly #pages: PageService;
  readonly #bits: AccessedBits;
  readonly #kind: number;
  readonly #inSlot: (vm: VmId, slot: number) => Swapped | undefined;
  readonly #streams: readonly Stream[];
  /** By VM and page: 1 while it was brought along and not seen to be touched. */
  readonly #untouched: readonly Uint8Array[];
  #brought = 0;
  #hits = 0;
  #wasted = 0;

  constructor(parts: {
    readonly mode: 'cluster' | 'vma';
    readonly pageCluster: number;
    readonly pages: PageService;
    /** The kind of swapped pages. */
    readonly kind: number;
    /** The page behind a slot, if it is still out there. */
    readonly inSlot: (vm: VmId, slot: number) => Swapped | undefined;
  }) {
    this.#byAddress = parts.mode === 'vma';
    this.#most = 2 ** parts.pageCluster;
    this.#pages = parts.pages;
    this.#bits = parts.pages.accessedBits();
    this.#kind = parts.kind;
    this.#inSlot = parts.inSlot;
    const { vms } = parts.pages;
    this.#streams = (this.#byAddress ? vms : [0]).map(() => ({
      last: -2,
      hits: HITS_AT_FIRST,
      pages: 0,
      watched: [],
    }));
    this.#untouched = vms.map(({ size }) => new Uint8Array(size));
  }

  /** Pages to read, the touched one among them, in the order in which they are read. */
  plan(vm: VmId, page: Gfn, slot: number): readonly Swapped[] {
    const wanted = { vm, page, slot };
    const stream = this.#streams[this.#byAddress ? vm : 0]!;
    const place = this.#byAddress ? page : slot;
    this.#look(stream, place);
    const { hits, last } = stream;
    const pages = windowPages(last, place, hits, this.#most, stream.pages);
    stream.hits = 0;
    stream.pages = pages;
    if (this.#byAddress || hits === 0) stream.last = place;
    if (pages === 1) return [wanted];
    const window = this.#byAddress
      ? addressWindow(last, page, pages, this.#pages.vms[vm]!.size)
      : slotWindow(slot, pages);
    const found: Swapped[] = [];
    for (let at = window.from; at < window.to; at++) {
      const one = at === place ? wanted : this.#at(vm, at);
      if (one !== undefined) found.push(one);
    }
    return found;
  }

  /** The page came along and is in memory. */
  came({ vm, page, slot }: Swapped): void {
    const stream = this.#streams[this.#byAddress ? vm : 0]!;
    stream.watched.push({ vm, page, place: this.#byAddress ? page : slot });
    if (stream.watched.length > WATCHED) stream.watched.shift();
    this.#untouched[vm]![page] = 1;
    this.#brought++;
  }

  /** A page leaves memory, or what it held there: was it ever touched? */
  left(vm: VmId, page: Gfn): void {
    if (this.#untouched[vm]![page] === 0) return;
    this.#untouched[vm]![page] = 0;
    if (this.#bits.accessed(vm, page)) this.#hits++;
    else this.#wasted++;
  }

  poweredOff(vm: VmId): void {
    this.#untouched[vm]!.fill(0);
    for (const stream of this.#streams) stream.watched = stream.watched.filter((one) => one.vm !== vm);
    if (!this.#byAddress) return;
    Object.assign(this.#streams[vm]!, { last: -2, hits: HITS_AT_FIRST, pages: 0 });
  }

  /** In pages since power-on. What is in memory and not touched yet is neither hit nor wasted. */
  counters(): Readonly<Record<string, number>> {
    return { readAhead: this.#brought, readAheadHits: this.#hits, readAheadWasted: this.#wasted };
  }

  /** A swapped page of the VM, or the one in a slot. */
  #at(vm: VmId, at: number): Swapped | undefined {
    if (!this.#byAddress) return this.#inSlot(vm, at);
    const page = toGfn(at);
    if (this.#pages.kind(vm, page) !== this.#kind) return undefined;
    return { vm, page, slot: this.#pages.payload(vm, page) };
  }

  /** Counts what was touched since the last read; a touched neighbour is the last place of a walk. */
  #look(stream: Stream, place: number): void {
    stream.watched = stream.watched.filter(({ vm, page, place: where }) => {
      if (this.#untouched[vm]![page] === 0) return false;
      if (!this.#bits.accessed(vm, page)) return true;
      this.#untouched[vm]![page] = 0;
      this.#hits++;
      stream.hits++;
      if (this.#byAddress && Math.abs(where - place) === 1) stream.last = where;
      return false;
    });
  }
}
