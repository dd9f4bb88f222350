// hot
const NONE = 0xffffffff;
const GONE = 0xffffffff;
const FIRST_ENTRIES = 1024;

/**
 * KSM's unstable tree: pages that did not change between two visits and wait for a partner. Nobody tells it
 * when such a page is written, so entries go stale; it does not repair itself and is thrown away whole when
 * a scan begins.
 *
 * Linux keeps a red-black tree in the order of memcmp; this is a hash index over the checksum. A search
 * compares contents whole either way, so equal pages find each other alike; what a search costs is charged
 * as if it were a tree. One thing differs: in Linux a page that changed may lead a search astray, here it
 * only lies in a bucket that it no longer fits.
 */
export class UnstableTree {
  #heads: Uint32Array;
  #pages = new Uint32Array(FIRST_ENTRIES);
  #checksums = new Uint32Array(FIRST_ENTRIES);
  #next = new Uint32Array(FIRST_ENTRIES);
  #made = 0;
  #size = 0;

  constructor() {
    this.#heads = new Uint32Array(FIRST_ENTRIES).fill(NONE);
  }

  /** Entries in the tree. */
  get size(): number {
    return this.#size;
  }

  reset(): void {
    this.#heads.fill(NONE);
    this.#made = 0;
    this.#size = 0;
  }

  insert(page: number, checksum: number): void {
    if (this.#made === this.#pages.length) this.#grow();
    const entry = this.#made++;
    this.#pages[entry] = page;
    this.#checksums[entry] = checksum;
    this.#link(entry);
    this.#size++;
  }

  /** First entry with that checksum, or -1. */
  first(checksum: number): number {
    return this.#seek(this.#heads[checksum & (this.#heads.length - 1)]!, checksum);
  }

  /** The next one after `entry`, or -1. */
  after(entry: number, checksum: number): number {
    return this.#seek(this.#next[entry]!, checksum);
  }

  page(entry: number): number {
    return this.#pages[entry]!;
  }

  remove(entry: number): void {
    this.#pages[entry] = GONE;
    this.#size--;
  }

  #seek(from: number, checksum: number): number {
    let at = from;
    while (at !== NONE && (this.#checksums[at] !== checksum || this.#pages[at] === GONE))
      at = this.#next[at]!;
    return at === NONE ? -1 : at;
  }

  #link(entry: number): void {
    const bucket = this.#checksums[entry]! & (this.#heads.length - 1);
    this.#next[entry] = this.#heads[bucket]!;
    this.#heads[bucket] = entry;
  }

  #grow(): void {
    const size = 2 * this.#pages.length;
    const larger = (lane: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(size);
      grown.set(lane);
      return grown;
    };
    this.#pages = larger(this.#pages);
    this.#checksums = larger(this.#checksums);
    this.#next = new Uint32Array(size);
    this.#heads = new Uint32Array(size).fill(NONE);
    for (let entry = 0; entry < this.#made; entry++) this.#link(entry);
  }
}
