// hot

/** The entry leads somewhere. Without it the hardware ignores the entry and software may keep a value there. */
export const PTE_PRESENT = 1;
export const PTE_WRITABLE = 2;
/** Set by a walk that used the entry. */
export const PTE_ACCESSED = 4;
/** Set by a walk for a write, in leaves. */
export const PTE_DIRTY = 8;
/** A leaf one level up: it maps 512 pages at once. */
export const PTE_LARGE = 16;

/** Entries of one table page (x86-64). */
export const TABLE_ENTRIES = 512;
/** Levels, root included; leaves are at level 0 (4 KiB) or level 1 (2 MiB). */
export const TABLE_LEVELS = 4;
/** Pages under one entry of each level. */
const SPANS = [1, 512, 512 * 512, 512 * 512 * 512] as const;
const ROOT_LEVEL = TABLE_LEVELS - 1;
/** Pages that four levels reach: 48 bits of address. */
export const GVPN_LIMIT = 512 ** TABLE_LEVELS;
const NONE = 0xffffffff;
const FIRST_TABLES = 16;

/** The owner of one address space's tables: gives them frames and is told of every entry that changes. */
export interface TableOwner {
  /** Number of the address space, kept with each of its tables. */
  readonly tag: number;
  /** A zeroed frame for a table page, or -1 when there is none. */
  takeTable(): number;
  giveTable(frame: number): void;
  /** Entry `position` is about to change. */
  changes(position: number): void;
}

/**
 * Table pages of the x86-64 shape, of any number of address spaces, in typed arrays: an entry is a payload
 * (frame of a leaf, number of the next table, or software's own value) and a byte of flags. Entries are named
 * by position = table × 512 + slot. Nothing is allocated but when the arena grows, which doubles it; hold no
 * array of it across a call that may add a table.
 */
export class PageTableArena {
  payloads = new Uint32Array(FIRST_TABLES * TABLE_ENTRIES);
  flags = new Uint8Array(FIRST_TABLES * TABLE_ENTRIES);
  /** By table: the frame it occupies; link of the free list while the table is unused. */
  frames = new Uint32Array(FIRST_TABLES);
  levels = new Uint8Array(FIRST_TABLES);
  /** By table: entries that are not empty. */
  used = new Uint16Array(FIRST_TABLES);
  /** By table: position of the entry that leads to it. */
  parents = new Uint32Array(FIRST_TABLES);
  /** By table: first page it covers. */
  bases = new Float64Array(FIRST_TABLES);
  /** By table: tag of its address space. */
  tags = new Uint32Array(FIRST_TABLES);
  /** By table: set by a hypervisor that write-protects it; cleared when the table is made. */
  traced = new Uint8Array(FIRST_TABLES);
  /** Tables in use. */
  count = 0;
  /** Tables ever used: those from here on were never touched. */
  #fresh = 0;
  #free = NONE;

  /** Makes the root of an address space. @returns its number, or -1 when the owner has no frame */
  makeRoot(owner: TableOwner): number {
    return this.#make(owner, ROOT_LEVEL, NONE, 0);
  }

  /**
   * Position of the entry that decides about a page: the 2 MiB leaf over it, else its 4 KiB entry (whatever
   * it holds), or -1 where no table reaches that far.
   */
  find(root: number, page: number): number {
    const { payloads, flags } = this;
    const low = page & 0x7ffffff;
    let at = root * TABLE_ENTRIES + Math.floor(page / SPANS[3]);
    if ((flags[at]! & PTE_PRESENT) === 0) return -1;
    at = payloads[at]! * TABLE_ENTRIES + (low >>> 18);
    if ((flags[at]! & PTE_PRESENT) === 0) return -1;
    at = payloads[at]! * TABLE_ENTRIES + ((low >>> 9) & 511);
    const flag = flags[at]!;
    if ((flag & PTE_LARGE) !== 0) return at;
    if ((flag & PTE_PRESENT) === 0) return -1;
    return payloads[at]! * TABLE_ENTRIES + (low & 511);
  }

  /**
   * Position of the entry for `page` at `leafLevel`, with the tables above it made where they were missing.
   * @returns -1 when there was no frame for a table: nothing has changed then
   */
  reach(owner: TableOwner, root: number, page: number, leafLevel: 0 | 1): number {
    let table = root;
    for (let level = ROOT_LEVEL; level > leafLevel; level--) {
      const at = table * TABLE_ENTRIES + this.slot(page, level);
      if ((this.flags[at]! & PTE_LARGE) !== 0) {
        throw new Error(`page ${page} lies under a 2 MiB leaf: split or unmap that first`);
      }
      if ((this.flags[at]! & PTE_PRESENT) === 0) {
        const span = SPANS[level]!;
        const next = this.#make(owner, level - 1, at, Math.floor(page / span) * span);
        if (next < 0) {
          this.#prune(owner, table);
          return -1;
        }
        this.write(owner, at, next, PTE_PRESENT | PTE_WRITABLE);
      }
      table = this.payloads[at]!;
    }
    return table * TABLE_ENTRIES + this.slot(page, leafLevel);
  }

  /** Changes one entry; payload 0 with flags 0 empties it. Tables stay, even when they become empty: `empty` frees. */
  write(owner: TableOwner, position: number, payload: number, flags: number): void {
    owner.changes(position);
    const was = this.payloads[position] !== 0 || this.flags[position] !== 0;
    const is = payload !== 0 || flags !== 0;
    this.payloads[position] = payload;
    this.flags[position] = flags;
    if (was !== is) this.used[position >>> 9]! += is ? 1 : -1;
  }

  /** Empties one entry and frees the tables above it that became empty; the root stays. */
  empty(owner: TableOwner, position: number): void {
    this.write(owner, position, 0, 0);
    this.#prune(owner, position >>> 9);
  }

  /**
   * Puts a table of 512 small leaves with the same bits in a 2 MiB leaf's place. The table is filled before it
   * is linked, as a kernel does. @returns false when there was no frame for the table
   */
  split(owner: TableOwner, position: number): boolean {
    const table = this.#make(owner, 0, position, this.pageAt(position));
    if (table < 0) return false;
    const frame = this.payloads[position]!;
    const first = table * TABLE_ENTRIES;
    for (let i = 0; i < TABLE_ENTRIES; i++) this.payloads[first + i] = frame + i;
    this.flags.fill(this.flags[position]! & ~PTE_LARGE, first, first + TABLE_ENTRIES);
    this.used[table] = TABLE_ENTRIES;
    this.write(owner, position, table, PTE_PRESENT | PTE_WRITABLE);
    return true;
  }

  /** First page under an entry. */
  pageAt(position: number): number {
    const table = position >>> 9;
    return this.bases[table]! + (position & 511) * SPANS[this.levels[table]!]!;
  }

  /** Slot of a page in its table of a level. */
  slot(page: number, level: number): number {
    return level === ROOT_LEVEL ? Math.floor(page / SPANS[3]) : ((page & 0x7ffffff) >>> (9 * level)) & 511;
  }

  /** Frees every table of an address space, the root included, without telling of entries. */
  freeAll(owner: TableOwner, root: number): void {
    if (this.levels[root]! > 0) {
      for (let at = root * TABLE_ENTRIES; at < (root + 1) * TABLE_ENTRIES; at++) {
        if ((this.flags[at]! & (PTE_PRESENT | PTE_LARGE)) === PTE_PRESENT)
          this.freeAll(owner, this.payloads[at]!);
      }
    }
    this.payloads.fill(0, root * TABLE_ENTRIES, (root + 1) * TABLE_ENTRIES);
    this.flags.fill(0, root * TABLE_ENTRIES, (root + 1) * TABLE_ENTRIES);
    this.#release(owner, root);
  }

  #prune(owner: TableOwner, emptied: number): void {
    let table = emptied;
    while (this.used[table] === 0 && this.parents[table] !== NONE) {
      const parent = this.parents[table]!;
      this.write(owner, parent, 0, 0);
      this.#release(owner, table);
      table = parent >>> 9;
    }
  }

  #make(owner: TableOwner, level: number, parent: number, base: number): number {
    const frame = owner.takeTable();
    if (frame < 0) return -1;
    let table = this.#free;
    if (table === NONE) {
      table = this.#fresh++;
      if (table === this.frames.length) this.#grow();
    } else {
      this.#free = this.frames[table]!;
    }
    this.frames[table] = frame;
    this.levels[table] = level;
    this.used[table] = 0;
    this.parents[table] = parent;
    this.bases[table] = base;
    this.tags[table] = owner.tag;
    this.traced[table] = 0;
    this.count++;
    return table;
  }

  #release(owner: TableOwner, table: number): void {
    owner.giveTable(this.frames[table]!);
    this.frames[table] = this.#free;
    this.#free = table;
    this.count--;
  }

  #grow(): void {
    const tables = this.frames.length * 2;
    const entries = tables * TABLE_ENTRIES;
    this.payloads = grown(this.payloads, new Uint32Array(entries));
    this.flags = grown(this.flags, new Uint8Array(entries));
    this.frames = grown(this.frames, new Uint32Array(tables));
    this.levels = grown(this.levels, new Uint8Array(tables));
    this.used = grown(this.used, new Uint16Array(tables));
    this.parents = grown(this.parents, new Uint32Array(tables));
    this.bases = grown(this.bases, new Float64Array(tables));
    this.tags = grown(this.tags, new Uint32Array(tables));
    this.traced = grown(this.traced, new Uint8Array(tables));
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
