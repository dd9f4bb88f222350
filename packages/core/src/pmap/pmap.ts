// hot
import { ACCESS_WRITE, TOUCH_PAGE, TOUCH_WRITE } from '../units/access.ts';
import type { Gfn, HostPage, VmId } from '../units/page.ts';
import { toHostPage } from '../units/page.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_SHIFT, KIND_UNTOUCHED, MAX_KINDS, PAYLOAD_MASK } from './kinds.ts';
import type { LruLists } from './lru-lists.ts';
import type { TouchLog } from './touch-log.ts';

export const BIT_ACCESSED = 1;
export const BIT_DIRTY = 2;
/** Set by the working-set sampler, cleared by any touch: what is still set at the period's end was idle. */
export const BIT_IDLE = 4;
/** The page lies in a large mapping. */
export const BIT_LARGE = 8;
/** Set when a large mapping was looked at, cleared by any touch: one whose pages all keep it is cold. */
export const BIT_COLD = 16;
/** Bits that any touch clears. */
export const BITS_UNTOUCHED = BIT_IDLE | BIT_COLD;
/** Set by the working-set sampler, cleared by any write: what is still set at the period's end was not written. */
export const BIT_UNWRITTEN = 32;
/** The page has no frame now and had one: it gave it up when it went into the kind that it is in, or one before. */
export const BIT_GAVE_FRAME = 64;
/** Bits of the working-set sampler. */
export const BITS_SAMPLED = BIT_IDLE | BIT_UNWRITTEN;
/** Bits that any write clears. */
export const BITS_UNWRITTEN = BITS_UNTOUCHED | BIT_UNWRITTEN;

const WRITTEN = BIT_ACCESSED | BIT_DIRTY;
/** Side bits that a touch leaves, and that it sets, by 0 = read and 1 = write: the processor cannot foresee which. */
const LEFT = Uint8Array.of(~BITS_UNTOUCHED, ~BITS_UNWRITTEN);
const SET = Uint8Array.of(BIT_ACCESSED, WRITTEN);

/** Side bits of a page after the hardware touched it. */
export function touchedBits(before: number, write: boolean): number {
  return write ? (before & ~BITS_UNWRITTEN) | WRITTEN : (before & ~BITS_UNTOUCHED) | BIT_ACCESSED;
}

/** A strategy's lists of one VM's pages. */
interface KeptLists {
  readonly lists: LruLists;
  /** List of a page that has got a frame, by the kind that it has come from. */
  readonly startsOn: (page: Gfn, was: number) => number;
}

/**
 * One VM's pmap (Waldspurger, OSDI 2002, §2): gfn → backing, one 32-bit word a page, and one byte of side
 * bits. The struct of arrays and the loop over it are what every simulated access runs through: no object, no
 * call, no allocation per access.
 */
export class Pmap {
  readonly id: VmId;
  readonly size: number;
  /** Number of this VM's page 0 among the pages of all VMs. */
  readonly base: number;
  /** kind << 28 | payload, by gfn. */
  readonly entries: Uint32Array;
  readonly bits: Uint8Array;
  /** Pages of each kind. */
  readonly counts: Float64Array;
  /** Of these, pages that gave up a frame. A page that goes back to `untouched` is owed none. */
  readonly gave: Float64Array;
  /** Where several clear accessed bits: views for which a page was touched since they looked, a bit each. */
  young: Uint8Array | undefined;
  arrivals: TouchLog | undefined;
  touches: TouchLog | undefined;
  /** Of strategies that keep lists. */
  kept: KeptLists[] | undefined;
  /** Guest pages the VM may not exceed in machine memory. */
  limit: number;
  /** Set while the host is in the low state and the VM above its target: it gets no further frame. */
  blocked = false;
  /** Set by the first access since power-on. */
  ran = false;
  /**
   * Set where such a VM may not run at all: the engine checks it before each batch, and every `access` is BLOCKED.
   */
  stopped = false;

  constructor(id: VmId, size: number, base: number) {
    this.id = id;
    this.size = size;
    this.base = base;
    this.limit = size;
    this.entries = new Uint32Array(size);
    this.bits = new Uint8Array(size);
    this.counts = new Float64Array(MAX_KINDS);
    this.counts[0] = size;
    this.gave = new Float64Array(MAX_KINDS);
  }

  /** Number of a page of this VM among the pages of all VMs. */
  hostPage(page: number): HostPage {
    return toHostPage(this.base + page);
  }

  kind(page: number): number {
    return this.entries[page]! >>> KIND_SHIFT;
  }

  payload(page: number): number {
    return this.entries[page]! & PAYLOAD_MASK;
  }

  /** Changes the backing of a page; keeps the counts and the orders. */
  set(page: Gfn | number, kind: number, payload: number): void {
    const was = this.entries[page]! >>> KIND_SHIFT;
    this.entries[page] = ((kind << KIND_SHIFT) | payload) >>> 0;
    if (was === kind) return;
    this.counts[was]!--;
    this.counts[kind]!++;
    this.#noteFrame(page, was, kind);
    // A page that becomes shared keeps its place in the orders; one that gets a private copy is new.
    if (kind === KIND_MAPPED || (kind === KIND_SHARED && was !== KIND_MAPPED)) {
      this.arrivals?.put(page);
      this.touches?.put(page);
      if (this.kept !== undefined)
        for (const { lists, startsOn } of this.kept) lists.put(page, startsOn(page as Gfn, was));
    } else if (kind !== KIND_SHARED && (was === KIND_MAPPED || was === KIND_SHARED)) {
      this.arrivals?.remove(page);
      this.touches?.remove(page);
      if (this.kept !== undefined) for (const { lists } of this.kept) lists.remove(page);
    }
  }

  /** The page has a frame that the guest has not touched by a mapping of its own yet. */
  mappedAnew(page: number): void {
    this.bits[page]! &= BIT_UNWRITTEN;
    if (this.young !== undefined) this.young[page] = 0;
  }

  /** Keeps BIT_GAVE_FRAME and its counts when a page changes its kind. */
  #noteFrame(page: number, was: number, kind: number): void {
    const gave =
      was === KIND_MAPPED || was === KIND_SHARED ? true : (this.bits[page]! & BIT_GAVE_FRAME) !== 0;
    if (!gave) return;
    if (was !== KIND_MAPPED && was !== KIND_SHARED) this.gave[was]!--;
    if (kind === KIND_MAPPED || kind === KIND_SHARED || kind === KIND_UNTOUCHED) {
      this.bits[page]! &= ~BIT_GAVE_FRAME;
    } else {
      this.bits[page]! |= BIT_GAVE_FRAME;
      this.gave[kind]!++;
    }
  }

  /**
   * Touches pages in order as long as the hardware would do it alone: mapped pages, and shared ones unless
   * written. Sets accessed and dirty bits.
   * @param gfns pages, range-checked where they entered @param accesses what each does (`ACCESS_…`)
   * @returns index of the first access that needs the hypervisor, or `to`
   */
  touchMany(gfns: Uint32Array, accesses: Uint8Array, from: number, to: number): number {
    if (this.touches !== undefined) return this.#touchManyLogged(this.touches, gfns, accesses, from, to);
    const entries = this.entries;
    const bits = this.bits;
    for (let i = from; i < to; i++) {
      const page = gfns[i]!;
      const write = accesses[i] === ACCESS_WRITE;
      const kind = entries[page]! >>> KIND_SHIFT;
      if (kind !== KIND_MAPPED && (kind !== KIND_SHARED || write)) return i;
      // Most pages are touched again with their bits already set: a compare is cheaper than a store.
      const before = bits[page]!;
      const after = write ? (before & ~BITS_UNWRITTEN) | WRITTEN : (before & ~BITS_UNTOUCHED) | BIT_ACCESSED;
      if (after !== before) bits[page] = after;
    }
    return to;
  }

  /**
   * Touches all pages of a list where the hardware would do that alone, in whatever order: nothing then tells it.
   * @param touches TOUCH_PAGE and TOUCH_WRITE of each, those from `from` to `to` - 1
   * @param frames guest frame of each of these pages, none where it is no page of the VM; absent: the page is the frame
   * @returns false, with nothing done, where one needs the hypervisor, or the order of touches is kept
   */
  touchAll(touches: Int32Array, from: number, to: number, frames?: Uint32Array): boolean {
    if (this.touches !== undefined) return false;
    const { entries, bits, size } = this;
    let changes = 0;
    for (let i = from; i < to; i++) {
      const touch = touches[i]!;
      const page = frames === undefined ? touch & TOUCH_PAGE : frames[touch & TOUCH_PAGE]!;
      if (page >= size) return false;
      const write = Number((touch & TOUCH_WRITE) !== 0);
      const kind = entries[page]! >>> KIND_SHIFT;
      if (kind !== KIND_MAPPED && kind + write !== KIND_SHARED) return false;
      const before = bits[page]!;
      changes |= before ^ ((before & LEFT[write]!) | SET[write]!);
    }
    if (changes === 0) return true;
    for (let i = from; i < to; i++) {
      const touch = touches[i]!;
      const page = frames === undefined ? touch & TOUCH_PAGE : frames[touch & TOUCH_PAGE]!;
      const write = Number((touch & TOUCH_WRITE) !== 0);
      bits[page] = (bits[page]! & LEFT[write]!) | SET[write]!;
    }
    return true;
  }

  /**
   * As touchMany, and logs each touch. A copy of the loop: one that asked at every page would
   * cost all.
   */
  #touchManyLogged(log: TouchLog, gfns: Uint32Array, accesses: Uint8Array, from: number, to: number): number {
    const entries = this.entries;
    const bits = this.bits;
    let done = from;
    while (done < to) {
      const room = log.room();
      const stop = to - done > room ? done + room : to;
      const pages = log.pages;
      const stamps = log.stamps;
      let next = log.next;
      let i = done;
      for (; i < stop; i++) {
        const page = gfns[i]!;
        const kind = entries[page]! >>> KIND_SHIFT;
        const write = accesses[i] === ACCESS_WRITE;
        if (kind !== KIND_MAPPED && (kind !== KIND_SHARED || write)) break;
        pages[next] = page;
        stamps[page] = next++;
        const before = bits[page]!;
        const after = write
          ? (before & ~BITS_UNWRITTEN) | WRITTEN
          : (before & ~BITS_UNTOUCHED) | BIT_ACCESSED;
        if (after !== before) bits[page] = after;
      }
      log.next = next;
      if (i < stop) return i;
      done = i;
    }
    return to;
  }
}
