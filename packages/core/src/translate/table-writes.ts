// hot

/**
 * Table pages that a guest kernel has written and that were not touched in machine memory yet: writing an entry
 * is a memory access like any other, but the kernel's code runs at no stated time, so it is settled with the
 * VM's next access. A page written many times in a row is noted once.
 */
export class TableWrites {
  #pages = new Uint32Array(64);
  count = 0;

  note(page: number): void {
    // Bulk changes hit the same last-level table again and again, with the tables above it between.
    for (let i = this.count - 1; i >= 0 && i >= this.count - 4; i--) if (this.#pages[i] === page) return;
    if (this.count === this.#pages.length) {
      const more = new Uint32Array(2 * this.count);
      more.set(this.#pages);
      this.#pages = more;
    }
    this.#pages[this.count++] = page;
  }

  /** The page written longest ago; there must be one. */
  first(): number {
    return this.#pages[0]!;
  }

  /** Forgets a page wherever it is. */
  forget(page: number): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const one = this.#pages[i]!;
      if (one !== page) this.#pages[kept++] = one;
    }
    this.count = kept;
  }
}
