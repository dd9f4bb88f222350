import type { GuestStatistics, Pages, VmId } from '@overbook/core';
import type { GuestDrivers } from '@overbook/core/host';
import { toPages } from '@overbook/core';

/** What a guest uses a page for. */
export const USES = ['free', 'cache', 'used', 'balloon'] as const;
type Use = (typeof USES)[number];

/** One guest as a plain list of what it uses each page for. Lowest page first, whatever it does. */
export class ModelGuest {
  /** Use of each page, as an index into USES. */
  readonly #uses: Uint8Array;
  readonly #counts: number[];
  readonly #reported: boolean[];
  hasDriver = true;
  /** What it tells; `undefined` tells nothing. */
  tells: readonly ('free' | 'available' | 'swapped')[] | undefined = ['free', 'available', 'swapped'];
  /** Pages that it says are available and are not: statistics may be old. */
  overstated = 0;
  /** It answers, and neither gives nor takes. */
  stuck = false;
  /** It reports whole blocks of the order it is asked for, as Linux does; otherwise page by page. */
  wholeBlocks = true;
  /** Pages it has swapped out to its own swap. */
  swapped = 0;
  /** Every call of `inflate`: pages asked for, and what it had then. */
  readonly asked: { readonly count: number; readonly available: number; readonly held: number }[] = [];

  constructor(size: number) {
    this.#uses = new Uint8Array(size);
    this.#counts = [size, 0, 0, 0];
    this.#reported = Array.from({ length: size }, () => false);
  }

  use(page: number): Use {
    return USES[this.#uses[page]!]!;
  }

  count(use: Use): number {
    return this.#counts[USES.indexOf(use)]!;
  }

  /** Changes the use of up to `count` pages. @returns the pages */
  move(from: Use, to: Use, count: number): number[] {
    const [was, is] = [USES.indexOf(from), USES.indexOf(to)];
    const moved: number[] = [];
    const wanted = Math.min(count, this.#counts[was]!);
    for (
      let page = this.#uses.indexOf(was);
      moved.length < wanted;
      page = this.#uses.indexOf(was, page + 1)
    ) {
      this.#uses[page] = is;
      this.#reported[page] = false;
      moved.push(page);
    }
    this.#counts[was]! -= moved.length;
    this.#counts[is]! += moved.length;
    return moved;
  }

  statistics(): GuestStatistics | undefined {
    if (this.tells === undefined) return undefined;
    const all: Readonly<Record<string, Pages>> = {
      free: toPages(this.count('free')),
      available: toPages(this.count('free') + this.count('cache') + this.overstated),
      swapped: toPages(this.swapped),
    };
    return Object.fromEntries(this.tells.map((name) => [name, all[name]!]));
  }

  inflate(count: number, into: Uint32Array): number {
    const available = this.count('free') + this.count('cache');
    this.asked.push({ count, available, held: this.count('balloon') });
    if (this.stuck) return 0;
    const given = this.move('free', 'balloon', count);
    given.push(...this.move('cache', 'balloon', count - given.length));
    into.set(given);
    return given.length;
  }

  deflate(count: number, into: Uint32Array): number {
    if (this.stuck) return 0;
    const taken = this.move('balloon', 'free', count);
    into.set(taken);
    return taken.length;
  }

  reportFree(count: number, into: Uint32Array, order: number): number {
    const block = this.wholeBlocks ? 2 ** order : 1;
    let told = 0;
    for (let first = 0; first + block <= this.#uses.length; first += block) {
      const pagesOfBlock = Array.from({ length: block }, (_, i) => first + i);
      if (!pagesOfBlock.every((page) => this.use(page) === 'free')) continue;
      for (const page of pagesOfBlock) {
        if (this.#reported[page]! || told === count) continue;
        this.#reported[page] = true;
        into[told++] = page;
      }
    }
    return told;
  }
}

/** The cooperative side of a host whose guests are models. */
export function modelGuests(sizes: readonly number[]): {
  readonly guests: ModelGuest[];
  readonly drivers: GuestDrivers;
} {
  const guests = sizes.map((size) => new ModelGuest(size));
  const of = (vm: VmId): ModelGuest => guests[vm]!;
  return {
    guests,
    drivers: {
      hasDriver: (vm) => of(vm).hasDriver,
      statistics: (vm) => of(vm).statistics(),
      inflate: (vm, count, into) => of(vm).inflate(count, into),
      deflate: (vm, count, into) => of(vm).deflate(count, into),
      reportFree: (vm, count, into, order) => of(vm).reportFree(count, into, order),
    },
  };
}
