// hot

/** No item: the page has no private frame, or was not seen yet. */
export const ITEM_NONE = 0;
/** In neither tree. */
export const ITEM_LOOSE = 1;
/** In the unstable tree of this scan, or of the last one and not visited since. */
export const ITEM_UNSTABLE = 2;
/** One of the sites of a stable node, or was when it was visited last. */
export const ITEM_STABLE = 3;

const HAS_CHECKSUM = 4;
const STATE = 3;
const AGE_MAX = 255;
/** Pages younger than so many visits are never skipped. */
const AGE_TO_SKIP_FROM = 3;

/** Visits to skip after one that was not, by age (Linux mm/ksm.c, skip_age). */
function skipsAt(age: number): number {
  return age <= 3 ? 1 : age <= 5 ? 2 : age <= 8 ? 4 : 8;
}

/** KSM's item of each page it follows (struct ksm_rmap_item), by host-wide page number: 11 bytes a page. */
export class KsmItems {
  readonly #flags: Uint8Array;
  readonly #checksums: Uint32Array;
  readonly #ages: Uint8Array;
  readonly #skips: Uint8Array;
  readonly #nodes: Uint32Array;
  #count = 0;
  #unstable = 0;

  constructor(pages: number) {
    this.#flags = new Uint8Array(pages);
    this.#checksums = new Uint32Array(pages);
    this.#ages = new Uint8Array(pages);
    this.#skips = new Uint8Array(pages);
    this.#nodes = new Uint32Array(pages);
  }

  /** Items there are (ksm_rmap_items). */
  get count(): number {
    return this.#count;
  }

  /** Items in the unstable tree (pages_unshared). */
  get unstable(): number {
    return this.#unstable;
  }

  state(page: number): number {
    return this.#flags[page]! & STATE;
  }

  /** Stable node of an item in ITEM_STABLE. */
  node(page: number): number {
    return this.#nodes[page]!;
  }

  /** Makes the page's item if there is none. */
  ensure(page: number): void {
    if (this.#flags[page] !== ITEM_NONE) return;
    this.#flags[page] = ITEM_LOOSE;
    this.#ages[page] = 0;
    this.#skips[page] = 0;
    this.#count++;
  }

  /** Removes the item; it must be in neither tree. */
  remove(page: number): void {
    this.#flags[page] = ITEM_NONE;
    this.#count--;
  }

  toLoose(page: number): void {
    this.#move(page, ITEM_LOOSE);
  }

  toUnstable(page: number): void {
    this.#move(page, ITEM_UNSTABLE);
  }

  toStable(page: number, node: number): void {
    this.#move(page, ITEM_STABLE);
    this.#nodes[page] = node;
  }

  /** Keeps the checksum of this visit. @returns true when the last visit found the same one */
  unchanged(page: number, checksum: number): boolean {
    const known = (this.#flags[page]! & HAS_CHECKSUM) !== 0;
    if (known && this.#checksums[page] === checksum) return true;
    this.#flags[page]! |= HAS_CHECKSUM;
    this.#checksums[page] = checksum;
    return false;
  }

  /** smart_scan: the visit counts towards the page's age. @returns true when this visit is skipped */
  skip(page: number): boolean {
    const age = this.#ages[page]!;
    if (age < AGE_MAX) this.#ages[page] = age + 1;
    if (age < AGE_TO_SKIP_FROM) return false;
    if (this.#skips[page] === 0) {
      this.#skips[page] = skipsAt(age);
      return false;
    }
    this.#skips[page]!--;
    return true;
  }

  /** Recounts. @throws Error on drift */
  verify(): void {
    let count = 0;
    let unstable = 0;
    for (const flags of this.#flags) {
      if (flags !== ITEM_NONE) count++;
      if ((flags & STATE) === ITEM_UNSTABLE) unstable++;
    }
    if (count !== this.#count || unstable !== this.#unstable) {
      throw new Error(`${count} items, ${unstable} unstable counted; ${this.#count}, ${this.#unstable} kept`);
    }
  }

  #move(page: number, state: number): void {
    if (this.state(page) === ITEM_UNSTABLE) this.#unstable--;
    if (state === ITEM_UNSTABLE) this.#unstable++;
    this.#flags[page] = (this.#flags[page]! & HAS_CHECKSUM) | state;
  }
}
