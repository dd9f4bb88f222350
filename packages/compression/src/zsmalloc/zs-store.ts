import type {
  Clock,
  FrameService,
  Gfn,
  Meter,
  Mfn,
  Nanoseconds,
  PageService,
  Pages,
  Resolved,
  ShrinkRequest,
  SizeClasses,
  Victim,
  VmId,
} from '@overbook/core';
import { BLOCKED, NO_FRAME, NS_PER_MS, NS_PER_SECOND, PAGE_BYTES, done, toPages } from '@overbook/core';
import { Subscription, interval } from 'rxjs';

import type { CompressorName } from '../compressor.ts';
import { COMPRESSORS } from '../compressor.ts';
import { NO_PLACE } from '../compressed-pages.ts';
import type { needs } from '../needs.ts';
import type { Slot } from '../slot.ts';
import { readSlot, writeSlot } from '../slot.ts';
import { VmEntries } from '../vm-entries.ts';
import { ZsPool } from './pool.ts';

/** What the store is and works with. */
export interface ZsStoreParts {
  readonly deps: Resolved<typeof needs>;
  /** Whose it is, for errors. */
  readonly id: string;
  /** Backing kind of its pages. */
  readonly kind: number;
  readonly classes: SizeClasses;
  readonly compressor: CompressorName;
}

/**
 * Pages of all VMs, compressed in one pool of zsmalloc: what zswap and zram have in common. The pool's frames belong to
 * the host and are charged to no VM.
 */
export class ZsStore {
  readonly pool: ZsPool;
  /** By VM. */
  readonly entries: readonly VmEntries[];
  readonly #deps: ZsStoreParts['deps'];
  readonly #id: string;
  readonly #kind: number;
  readonly #pages: PageService;
  readonly #frames: FrameService;
  readonly #meter: Meter;
  readonly #costs: (typeof COMPRESSORS)[CompressorName];
  #whole = 0;
  #compacted = 0;

  constructor({ deps, id, kind, classes, compressor }: ZsStoreParts) {
    this.#deps = deps;
    this.#id = id;
    this.#kind = kind;
    this.#pages = deps.pages;
    this.#frames = deps.frames;
    this.#meter = deps.meter;
    this.#costs = COMPRESSORS[compressor];
    this.pool = new ZsPool(classes, deps.frames);
    this.entries = deps.pages.vms.map(() => new VmEntries(deps.store, deps.contents));
  }

  /** Entries of all VMs. */
  get count(): number {
    return this.#sum(({ pages }) => pages.count);
  }

  /** Of these, pages kept as the one word that they repeat. */
  get sameFilled(): number {
    return this.#sum(({ sameFilled }) => sameFilled);
  }

  /** Bytes of all that lies in the pool, before size classes. */
  get bytesKept(): number {
    return this.#sum(({ pages }) => pages.bytesKept);
  }

  /** Pages that are kept as they are, a frame each. */
  get wholePages(): number {
    return this.#whole;
  }

  /** Frames that packing the pool has given back. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Keeps a page that repeats a word, without memory. */
  keepWord({ vm, gfn, mfn }: Victim): void {
    this.#meter.spend('scanPage'); // the page was read once, to see that it repeats a word
    this.#pages.evict(vm, gfn, this.#kind, this.entries[vm]!.keepWord(gfn, mfn));
  }

  /** Compresses a page for the next `keep`. @returns its bytes, 4096 or more where it does not get smaller */
  compress({ vm, mfn }: Victim): number {
    this.#meter.spend(this.#costs.compress);
    return this.entries[vm]!.compress(mfn);
  }

  /**
   * Keeps a page that `compress` saw last. Linux takes the frames for it before it frees the page's own.
   * @param bytes 4096 to keep it as it is @param mostFrames that the pool may have with it
   * @returns false where there are no frames for it
   */
  keep({ vm, gfn, mfn }: Victim, bytes: number, mostFrames = Infinity): boolean {
    const handle = this.pool.malloc(bytes);
    if (handle < 0) return false;
    if (this.pool.frames > mostFrames) {
      this.pool.free(handle);
      return false;
    }
    const entries = this.entries[vm]!;
    if (bytes === PAGE_BYTES) {
      entries.holdWhole(mfn);
      this.#whole++;
    }
    const entry = entries.keep(gfn, mfn);
    entries.settle(entry, handle, this.pool.slot(handle, bytes));
    this.#pages.evict(vm, gfn, this.#kind, entry);
    return true;
  }

  /** A fault: the page comes back and its entry goes. @returns when it is there, or BLOCKED */
  refill(vm: VmId, page: Gfn, entry: number, at: Nanoseconds): Nanoseconds {
    const frame = this.#frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    const { readyAt } = this.#frames;
    this.load(vm, entry, frame);
    this.#pages.install(vm, page, frame);
    const cost = this.#spendLoad(vm, entry);
    this.give(vm, entry);
    return done(at, readyAt, cost);
  }

  /** Puts a page into a frame and changes nothing. @throws OVB_COMPRESSED_CORRUPT */
  load(vm: VmId, entry: number, into: Mfn): void {
    const at = `${this.#id}, VM ${this.#pages.vms[vm]!.name}`;
    this.entries[vm]!.load(entry, this.#slot(vm, entry), into, at);
  }

  /** Frees an entry and its memory. */
  give(vm: VmId, entry: number): void {
    if (this.entries[vm]!.pages.bytes(entry) === PAGE_BYTES) this.#whole--;
    const place = this.entries[vm]!.forget(entry);
    if (place !== NO_PLACE) this.pool.free(place);
  }

  /**
   * Hands a page on to a strategy further out, by way of a frame that it is decompressed into, and frees its entry.
   * @returns false where there is no frame, none takes the page, or it is in a fault
   */
  handOn(vm: VmId, entry: number, at: Nanoseconds): boolean {
    const page = this.entries[vm]!.pages.page(entry);
    // The handler of a page in a fault may be waiting for the very frame that is being freed here.
    if (this.#pages.pinned(vm, page)) return false;
    const frame = this.#frames.takeOwn();
    if (frame === NO_FRAME) return false;
    this.load(vm, entry, frame);
    this.#spendLoad(vm, entry);
    const taken = this.#deps.demote.demote(vm, page, frame, at);
    if (taken) this.give(vm, entry);
    this.#frames.giveOwn(frame);
    return taken;
  }

  /**
   * Frees frames in which pages of one VM lie: its oldest pages go until that is enough, then what is left is packed.
   * @param handOnOldest hands on the VM's oldest page; false where it could not, and is the newest now
   * @returns frames freed
   */
  shrink({ vm, frames: wanted }: ShrinkRequest, handOnOldest: () => boolean): Pages {
    const { pages: kept } = this.entries[vm]!;
    const before = this.pool.frames;
    let handedOn = 0;
    for (let left = kept.count; left > 0 && kept.oldest() >= 0 && before - this.pool.frames < wanted; left--)
      if (handOnOldest()) handedOn++;
    if (handedOn > 0 && before - this.pool.frames < wanted) this.compact();
    return toPages(before - this.pool.frames);
  }

  /** Packs the pool. */
  compact(): void {
    const { contents } = this.#deps;
    this.#compacted += this.pool.compact((from, to) => {
      this.#meter.spend('copyPage', from.bytes / PAGE_BYTES);
      if (contents !== undefined) writeSlot(contents, to, readSlot(contents, from));
    });
  }

  /** Packs the pool that often; never for 0. */
  compactEvery(seconds: number, { scheduler }: Clock): Subscription {
    if (seconds === 0) return Subscription.EMPTY;
    return interval((seconds * NS_PER_SECOND) / NS_PER_MS, scheduler).subscribe(() => this.compact());
  }

  /** What one VM has in the pool: the bytes of its pages, and as large a part of the frames, both in pages. */
  vmCounters(vm: VmId): Readonly<Record<'cacheSize' | 'cacheUsed', number>> {
    const { bytesKept } = this.entries[vm]!.pages;
    const part = bytesKept === 0 ? 0 : bytesKept / this.bytesKept;
    return { cacheSize: this.pool.frames * part, cacheUsed: bytesKept / PAGE_BYTES };
  }

  /** @throws Error on drift */
  verify(): void {
    this.pool.verify();
    let objects = 0;
    for (const vm of this.#pages.vms)
      objects += this.entries[vm.id]!.verify(vm, this.#pages, this.#kind, (entry) =>
        this.#fits(vm.id, entry),
      );
    if (objects !== this.pool.objects)
      throw new Error(`${objects} entries with objects, ${this.pool.objects} objects in the pool`);
    if (this.pool.frames !== this.#frames.own)
      throw new Error(`${this.pool.frames} frames in the pool, ${this.#frames.own} frames taken`);
  }

  #fits(vm: VmId, entry: number): boolean {
    const { frames, offset, bytes } = this.#slot(vm, entry)!;
    return offset + bytes <= frames.length * PAGE_BYTES;
  }

  #spendLoad(vm: VmId, entry: number): Nanoseconds {
    const entries = this.entries[vm]!;
    if (entries.isWord(entry)) return this.#meter.spend('zeroPage');
    const isWhole = entries.pages.bytes(entry) === PAGE_BYTES;
    return this.#meter.spend(isWhole ? 'copyPage' : this.#costs.decompress);
  }

  #slot(vm: VmId, entry: number): Slot | undefined {
    const { pages: kept } = this.entries[vm]!;
    const place = kept.place(entry);
    return place === NO_PLACE ? undefined : this.pool.slot(place, kept.bytes(entry));
  }

  #sum(of: (entries: VmEntries) => number): number {
    return this.entries.reduce((sum, entries) => sum + of(entries), 0);
  }
}
