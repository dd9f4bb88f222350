/** Collects single accesses into intervals: each page once an interval, with its strongest access. */
import type { FileId } from '@overbook/formats';
import type { TraceArrays } from '../trace/run-list.ts';
import { RunList } from '../trace/run-list.ts';
import { tooMuch } from './refusals.ts';

/** What a page is called before all pages are known: a number, or an id that is none. */
export type PageKey = number | bigint | string;

/** Most pages of one trace: what a Map of JavaScript holds. 64 GiB of memory. */
const PAGES_MAX = 2 ** 24;
/** Most page events of one trace: 2.5 GiB of memory while it is imported. */
const EVENTS_MAX = 2 ** 29;

export interface Collected {
  readonly arrays: TraceArrays;
  readonly pages: number;
  /** Real number of each page, ascending; absent when a key was no number: pages are then in order of appearance. */
  readonly numbers?: Float64Array;
}

export class AccessCollector {
  readonly #id: FileId;
  readonly #indexes = new Map<PageKey, number>();
  #lastKey: PageKey | undefined;
  #lastIndex = 0;
  /** Per page: one more than the place of its last event. */
  #lastEvent = new Uint32Array(1024);
  #pages = new Uint32Array(8192);
  #accesses = new Uint8Array(8192);
  #events = 0;
  /** First event of the interval being collected. */
  #from = 0;
  readonly #intervals: { readonly end: number; readonly instructions: number }[] = [];
  #allNumbers = true;

  constructor(id: FileId) {
    this.#id = id;
  }

  /** True when the interval being collected has a page. */
  get hasPages(): boolean {
    return this.#events > this.#from;
  }

  get intervals(): number {
    return this.#intervals.length;
  }

  /** An access of the interval being collected. @throws OVB_TRACE_TOO_LARGE */
  touch(key: PageKey, kind: number): void {
    const index = key === this.#lastKey ? this.#lastIndex : this.#indexOf(key);
    const event = this.#lastEvent[index]! - 1;
    if (event >= this.#from) {
      if (kind > this.#accesses[event]!) this.#accesses[event] = kind;
      return;
    }
    if (this.#events === this.#pages.length) this.#growEvents();
    this.#pages[this.#events] = index;
    this.#accesses[this.#events] = kind;
    this.#lastEvent[index] = ++this.#events;
  }

  /** Ends the interval being collected. */
  interval(instructions: number): void {
    this.#intervals.push({ end: this.#events, instructions });
    this.#from = this.#events;
  }

  /** All intervals with their pages in ascending order. Nothing may be collected after it. */
  finish(): Collected {
    const keys = [...this.#indexes.keys()];
    const order = this.#allNumbers ? sortedIndexes(keys as number[]) : undefined;
    const list = new RunList();
    let from = 0;
    for (const { end, instructions } of this.#intervals) {
      this.#addRuns(list, from, end, order?.ranks);
      list.interval(instructions);
      from = end;
    }
    const arrays = list.finish();
    return order === undefined
      ? { arrays, pages: keys.length }
      : { arrays, pages: keys.length, numbers: order.numbers };
  }

  /** Neighbouring pages with one kind of access become one run. */
  #addRuns(list: RunList, from: number, end: number, ranks: Uint32Array | undefined): void {
    // Four kinds of access fit below a page's rank: 2^24 · 4 is below 2^32.
    const sorted = new Uint32Array(end - from);
    for (let event = from; event < end; event++) {
      const index = this.#pages[event]!;
      sorted[event - from] = (ranks === undefined ? index : ranks[index]!) * 4 + this.#accesses[event]!;
    }
    sorted.sort();
    let start = 0;
    for (let next = 1; next <= sorted.length; next++) {
      if (next < sorted.length && sorted[next] === sorted[next - 1]! + 4) continue;
      list.run(sorted[start]! >>> 2, next - start, sorted[start]! & 3);
      start = next;
    }
  }

  #indexOf(key: PageKey): number {
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#indexes.size;
      if (index === PAGES_MAX) throw tooMuch(this.#id, `touches more than ${PAGES_MAX} pages`);
      this.#indexes.set(key, index);
      if (typeof key !== 'number') this.#allNumbers = false;
      if (index === this.#lastEvent.length) this.#growPages();
    }
    this.#lastKey = key;
    this.#lastIndex = index;
    return index;
  }

  #growPages(): void {
    const wider = new Uint32Array(this.#lastEvent.length * 2);
    wider.set(this.#lastEvent);
    this.#lastEvent = wider;
  }

  #growEvents(): void {
    if (this.#events >= EVENTS_MAX) throw tooMuch(this.#id, `holds more than ${EVENTS_MAX} page events`);
    const pages = new Uint32Array(this.#events * 2);
    const accesses = new Uint8Array(this.#events * 2);
    pages.set(this.#pages);
    accesses.set(this.#accesses);
    this.#pages = pages;
    this.#accesses = accesses;
  }
}

function sortedIndexes(keys: readonly number[]): { ranks: Uint32Array; numbers: Float64Array } {
  const numbers = Float64Array.from(keys).sort();
  const rankOf = new Map<number, number>();
  numbers.forEach((number, rank) => rankOf.set(number, rank));
  return { ranks: Uint32Array.from(keys, (key) => rankOf.get(key)!), numbers };
}
