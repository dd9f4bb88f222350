import type {
  Backing,
  FrameService,
  Gfn,
  Meter,
  Mfn,
  Nanoseconds,
  PageService,
  Pages,
  Resolved,
  Self,
  ShrinkRequest,
  Strategy,
  Victim,
  VmId,
} from '@overbook/core';
import { BLOCKED, PAGE_BYTES, toPages, NO_FRAME, done } from '@overbook/core';
import type { output } from 'zod';

import { NO_PLACE } from './compressed-pages.ts';
import type { needs } from './needs.ts';
import type { compressionOptions, compressionTunable } from './options.ts';
import type { SlotSize } from './slot-frames.ts';
import { SLOT_1K, SLOT_2K, SLOT_BYTES, SlotFrames, slotFor } from './slot-frames.ts';
import type { Slot } from './slot.ts';
import { VmEntries, isWord } from './vm-entries.ts';

type Deps = Resolved<typeof needs>;
type Options = output<typeof compressionOptions>;

/** One VM's cache. Frames are never shared with another VM's. */
interface VmCache {
  readonly frames: SlotFrames;
  readonly entries: VmEntries;
}

/** What the strategy counts, in pages since power-on. */
interface Tally {
  compressions: number;
  /** Victims that did not fit a slot. */
  rejects: number;
  /** Victims that fitted, but the cache was full and no strategy took an older page. */
  full: number;
  refills: number;
  demotions: number;
}

/**
 * Memory compression as in ESX 4.1 and later (vSphere Resource Management, Memory Compression): a page about to be
 * swapped out is kept in a per-VM cache if it fits a slot of 1 or 2 KiB. It never acts by itself; a full cache hands
 * its least recently compressed pages on to a strategy that accepts them (a swap file).
 */
export class Compression implements Strategy {
  readonly backings: Readonly<Record<'compressed', Backing>>;
  readonly #deps: Deps;
  readonly #pages: PageService;
  readonly #frames: FrameService;
  readonly #meter: Meter;
  readonly #kind: number;
  readonly #caches: readonly VmCache[];
  readonly #tally: Tally = { compressions: 0, rejects: 0, full: 0, refills: 0, demotions: 0 };
  #options: Options;

  constructor(deps: Deps, options: Options, self: Self) {
    this.#deps = deps;
    this.#pages = deps.pages;
    this.#frames = deps.frames;
    this.#meter = deps.meter;
    this.#options = options;
    this.#kind = self.kinds['compressed']!;
    const { contents, store } = deps;
    this.#caches = deps.pages.vms.map(() => ({
      frames: new SlotFrames(),
      entries: new VmEntries(store, contents),
    }));
    this.backings = {
      compressed: {
        fault: (vm, page, entry, at) => this.#refill(vm, page, entry, at),
        release: (vm, _page, entry) => this.#give(this.#caches[vm]!, entry),
        peek: (vm, _page, entry, into) => this.#load(vm, entry, into),
        footprint: () => toPages(this.#cacheFrames()),
      },
    };
  }

  rescue(victim: Victim): boolean {
    const { vm, mfn: frame, at } = victim;
    const cache = this.#caches[vm]!;
    if (isWord(this.#options.sameFilled, this.#deps.store, frame)) return this.#keepWord(cache, victim);
    this.#meter.spend('compressPage');
    const bytes = cache.entries.compress(frame);
    const size = slotFor(bytes);
    if (size === -1) {
      this.#tally.rejects++;
      return false;
    }
    if (
      !cache.frames.hasRoom(size) &&
      cache.frames.count >= this.#capacity(vm) &&
      !this.#makeRoom(vm, size, at)
    ) {
      this.#tally.full++;
      return false;
    }
    this.#keepCompressed(cache, victim, bytes, size);
    return true;
  }

  /** Frames come free whose pages, those compressed first, all find room further out. */
  shrink({ vm, frames: wanted, at }: ShrinkRequest): Pages {
    const { frames } = this.#caches[vm]!;
    let freed = 0;
    while (freed < wanted) {
      const index = this.#leave(vm, undefined, at);
      if (index < 0) break;
      this.#frames.giveOwn(frames.remove(index));
      freed++;
    }
    return toPages(freed);
  }

  /** A lower cap stops growth and drops nothing. */
  tune(settings: output<typeof compressionTunable>): void {
    const { maxPercentOfVm, maxPercentOfAllocated, sameFilled } = this.#options;
    this.#options = {
      maxPercentOfVm: settings.maxPercentOfVm ?? maxPercentOfVm,
      maxPercentOfAllocated: settings.maxPercentOfAllocated ?? maxPercentOfAllocated,
      sameFilled: settings.sameFilled ?? sameFilled,
    };
  }

  counters(): Readonly<Record<string, number>> {
    return {
      ...this.#tally,
      slots1k: this.#sum((cache) => cache.frames.used(SLOT_1K)),
      slots2k: this.#sum((cache) => cache.frames.used(SLOT_2K)),
      sameFilled: this.#sum(({ entries }) => entries.sameFilled),
      cacheFrames: this.#cacheFrames(),
      compressedBytes: this.#sum(({ entries }) => entries.pages.bytesKept),
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    const { frames } = this.#caches[vm]!;
    const used = frames.used(SLOT_1K) * SLOT_BYTES[SLOT_1K] + frames.used(SLOT_2K) * SLOT_BYTES[SLOT_2K];
    return { cacheSize: frames.count, cacheUsed: used / PAGE_BYTES };
  }

  verify(): void {
    for (const vm of this.#pages.vms) {
      const { frames, entries } = this.#caches[vm.id]!;
      const { pages: kept } = entries;
      const slots = frames.used(SLOT_1K) + frames.used(SLOT_2K);
      const listed = entries.verify(
        vm,
        this.#pages,
        this.#kind,
        (entry) => kept.bytes(entry) <= SLOT_BYTES[frames.sizeOf(kept.place(entry))],
      );
      if (listed !== slots) throw new Error(`VM ${vm.name}: ${listed} entries in ${slots} slots`);
    }
    if (this.#cacheFrames() !== this.#frames.own) {
      throw new Error(`${this.#cacheFrames()} frames in caches, ${this.#frames.own} frames taken`);
    }
  }

  /** Most frames the VM's cache may use now. What the VM holds is what it maps and its cache (vSphere 4.1). */
  #capacity(vm: VmId): number {
    const { maxPercentOfVm, maxPercentOfAllocated } = this.#options;
    const allocated = this.#pages.consumed(vm) + this.#caches[vm]!.frames.count;
    const ofVm = Math.floor((this.#pages.vms[vm]!.size * maxPercentOfVm) / 100);
    return Math.min(ofVm, Math.floor((allocated * maxPercentOfAllocated) / 100));
  }

  #keepWord(cache: VmCache, { vm, gfn: page, mfn: frame }: Victim): boolean {
    this.#meter.spend('scanPage'); // the page was read once, to see that it repeats a word
    this.#tally.compressions++;
    this.#pages.evict(vm, page, this.#kind, cache.entries.keepWord(page, frame));
    return true;
  }

  #keepCompressed(
    cache: VmCache,
    { vm, gfn: page, mfn: frame }: Victim,
    bytes: number,
    size: SlotSize,
  ): void {
    const entry = cache.entries.keep(page, frame);
    // First the victim's frame goes, then the cache may take one: it grows without a frame of the reserve, and a rescue
    // never costs the host more than it gives.
    this.#pages.evict(vm, page, this.#kind, entry);
    if (!cache.frames.hasRoom(size)) cache.frames.add(this.#ownFrame(), size);
    const place = cache.frames.take(size, entry);
    cache.entries.settle(entry, place, slotAt(cache.frames, place, bytes));
    this.#tally.compressions++;
  }

  /**
   * Frees a slot of the size in a cache that may not grow: the least recently compressed page leaves. If its frame is
   * carved into the other size, the frame's other pages leave with it and the frame is carved anew, or else the cache
   * would keep for ever the mix of sizes it filled up with.
   */
  #makeRoom(vm: VmId, size: SlotSize, at: Nanoseconds): boolean {
    const { frames } = this.#caches[vm]!;
    const index = this.#leave(vm, size, at);
    if (index < 0) return false;
    if (!frames.hasRoom(size)) frames.recarve(index, size);
    return true;
  }

  /**
   * The least recently compressed page leaves the cache, with all others in its frame unless the frame is carved into
   * slots of the size `alone`. @returns index of the frame, or -1 where no page could leave, or not all of them
   */
  #leave(vm: VmId, alone: SlotSize | undefined, at: Nanoseconds): number {
    const { frames, entries } = this.#caches[vm]!;
    const { pages: kept } = entries;
    let leaving: readonly number[] = [];
    for (let entry = kept.oldest(); entry >= 0 && leaving.length === 0; entry = kept.after(entry)) {
      const place = kept.place(entry);
      const together = frames.sizeOf(place) === alone ? [entry] : frames.holdersIn(frames.frameOf(place));
      // A page in a fault stays: its handler is waiting for the very frame that is being freed here.
      if (together.every((one) => !this.#pages.pinned(vm, kept.page(one)))) leaving = together;
    }
    if (leaving.length === 0) return -1;
    const index = frames.frameOf(kept.place(leaving[0]!));
    const scratch = this.#frames.takeOwn();
    if (scratch === NO_FRAME) return -1;
    const allLeft = leaving.every((entry) => this.#demote(vm, entry, scratch, at));
    this.#frames.giveOwn(scratch);
    return allLeft ? index : -1;
  }

  #demote(vm: VmId, entry: number, scratch: Mfn, at: Nanoseconds): boolean {
    const cache = this.#caches[vm]!;
    this.#load(vm, entry, scratch);
    this.#meter.spend('decompressPage');
    if (!this.#deps.demote.demote(vm, cache.entries.pages.page(entry), scratch, at)) return false;
    this.#tally.demotions++;
    this.#forget(cache, entry);
    return true;
  }

  #refill(vm: VmId, page: Gfn, entry: number, at: Nanoseconds): Nanoseconds {
    const frame = this.#frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    const { readyAt } = this.#frames;
    const cache = this.#caches[vm]!;
    const wasWord = cache.entries.isWord(entry);
    this.#load(vm, entry, frame);
    this.#pages.install(vm, page, frame);
    this.#give(cache, entry);
    this.#tally.refills++;
    return done(at, readyAt, this.#meter.spend(wasWord ? 'zeroPage' : 'decompressPage'));
  }

  /** @throws OVB_COMPRESSED_CORRUPT */
  #load(vm: VmId, entry: number, into: Mfn): void {
    const { frames, entries } = this.#caches[vm]!;
    const place = entries.pages.place(entry);
    const slot = entries.isWord(entry) ? undefined : slotAt(frames, place, entries.pages.bytes(entry));
    entries.load(entry, slot, into, `compression, VM ${this.#pages.vms[vm]!.name}`);
  }

  /** Frees an entry and its slot, and its frame when that is empty now. Never inside a rescue: it may not gain more. */
  #give(cache: VmCache, entry: number): void {
    const place = cache.entries.pages.place(entry);
    if (this.#forget(cache, entry)) this.#frames.giveOwn(cache.frames.remove(cache.frames.frameOf(place)));
  }

  /** Frees an entry and its slot. @returns true when the slot's frame is empty now */
  #forget({ frames, entries }: VmCache, entry: number): boolean {
    const place = entries.forget(entry);
    return place !== NO_PLACE && frames.free(place);
  }

  #ownFrame(): Mfn {
    const frame = this.#frames.takeOwn();
    if (frame === NO_FRAME) throw new Error('a frame was freed, but none can be taken');
    return frame;
  }

  #cacheFrames(): number {
    return this.#sum((cache) => cache.frames.count);
  }

  #sum(of: (cache: VmCache) => number): number {
    return this.#caches.reduce((sum, cache) => sum + of(cache), 0);
  }
}

function slotAt(frames: SlotFrames, place: number, bytes: number): Slot {
  return { frames: [frames.mfnOf(place)], offset: frames.offsetOf(place), bytes };
}
