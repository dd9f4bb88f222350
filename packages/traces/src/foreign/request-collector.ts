/** Collects traces of requests, which tell no instructions: one request is one instruction. */
import type { FileId } from '@overbook/formats';
import type { Collected, PageKey } from './access-collector.ts';
import { AccessCollector } from './access-collector.ts';
import type { ImportOptions } from './foreign-format.ts';

/** Keeps the order and the number of requests: an interval holds each page once, in no order. */
const DEFAULT_EVERY = 1;

export class RequestCollector {
  /** Requests of an interval. */
  readonly every: number;
  readonly #collector: AccessCollector;
  #count = 0;

  constructor(id: FileId, { every = DEFAULT_EVERY }: ImportOptions) {
    this.every = every;
    this.#collector = new AccessCollector(id);
  }

  /** Requests so far. */
  get count(): number {
    return this.#count;
  }

  /** A request for one page. */
  request(key: PageKey, kind: number): void {
    this.#begin();
    this.#collector.touch(key, kind);
  }

  /** A request for neighbouring pages. */
  requestPages(first: number, last: number, kind: number): void {
    this.#begin();
    for (let page = first; page <= last; page++) this.#collector.touch(page, kind);
  }

  finish(): { readonly collected: Collected; readonly notes: readonly string[] } {
    const left = this.#count % this.every;
    if (this.#count > 0) this.#collector.interval(left === 0 ? this.every : left);
    const collected = this.#collector.finish();
    const notes = ['a request counts as one instruction: compare misses, not slow-down or time'];
    if (this.every > 1)
      notes.push(`within each interval of ${this.every} requests, the order and number of requests are lost`);
    if (collected.numbers === undefined)
      notes.push(
        'pages are numbered in order of their first request, since not all ids are numbers below 2^53',
      );
    return { collected, notes };
  }

  #begin(): void {
    if (this.#count > 0 && this.#count % this.every === 0) this.#collector.interval(this.every);
    this.#count++;
  }
}
