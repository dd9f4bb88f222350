/** Whose a page of a guest is: the strategy that asked for it. */
type Owner = string;

/**
 * What a guest gave up, by who asked for it: single pages (each asker has a balloon of its own) and unplugged blocks.
 * Each gets back its own, pages given last first.
 */
export class GivenPages {
  readonly #balloons = new Map<Owner, number[]>();
  /** Orders of unplugged blocks, by first page. */
  readonly #blocks = new Map<Owner, Map<number, number>>();
  #pages = 0;
  #unplugged = 0;

  /** Pages in balloons. */
  get pages(): number {
    return this.#pages;
  }

  /** Pages in unplugged blocks. */
  get unplugged(): number {
    return this.#unplugged;
  }

  give(owner: Owner, page: number): void {
    const balloon = this.#balloons.get(owner);
    if (balloon === undefined) this.#balloons.set(owner, [page]);
    else balloon.push(page);
    this.#pages++;
  }

  /** Takes the page out of the balloon that was given last, or undefined. */
  take(owner: Owner): number | undefined {
    const page = this.#balloons.get(owner)?.pop();
    if (page !== undefined) this.#pages--;
    return page;
  }

  /** Takes pages out of the balloon by their numbers. @returns how many were there, written to `into` */
  takeNamed(owner: Owner, pages: Uint32Array, into: Uint32Array): number {
    const wanted = new Set(pages);
    const balloon = this.#balloons.get(owner) ?? [];
    const left = balloon.filter((page) => !wanted.has(page));
    let taken = 0;
    for (const page of balloon) if (wanted.has(page)) into[taken++] = page;
    this.#balloons.set(owner, left);
    this.#pages -= taken;
    return taken;
  }

  unplug(owner: Owner, first: number, order: number): void {
    const blocks = this.#blocks.get(owner) ?? new Map<number, number>();
    this.#blocks.set(owner, blocks.set(first, order));
    this.#unplugged += 2 ** order;
  }

  /** @returns false for a block that was not unplugged for the owner under this order */
  plug(owner: Owner, first: number, order: number): boolean {
    const blocks = this.#blocks.get(owner);
    if (blocks?.get(first) !== order) return false;
    blocks.delete(first);
    this.#unplugged -= 2 ** order;
    return true;
  }

  /** Calls back for every page given up, in a balloon or a block. */
  forEach(visit: (page: number) => void): void {
    for (const balloon of this.#balloons.values()) balloon.forEach(visit);
    for (const blocks of this.#blocks.values())
      for (const [first, order] of blocks)
        for (let page = first; page < first + 2 ** order; page++) visit(page);
  }
}
