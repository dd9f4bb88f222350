import type {
  Backing,
  Gfn,
  Meter,
  Mfn,
  Nanoseconds,
  PageService,
  ReclaimReceipt,
  ReclaimRequest,
  Refusal,
  Resolved,
  Self,
  SlotStore,
  Strategy,
  SwapDevice,
  Victim,
  VmId,
} from '@overbook/core';
import { BLOCKED, KIND_SHARED, PAGES_PER_MIB, toGfn, toNs, toPages, NO_FRAME, done } from '@overbook/core';
import type { output } from 'zod';

import { HostCacheDevice, makeDevice } from './devices.ts';
import { HostCacheTally } from './host-cache-tally.ts';
import type { needs } from './needs.ts';
import type { hostSwapOptions } from './options.ts';
import type { Swapped } from './read-ahead.ts';
import { ReadAhead } from './read-ahead.ts';
import { SwapArea } from './swap-area.ts';
import { SwapFolder } from './swap-folder.ts';
import type { SwapSlots } from './swap-space.ts';
import { SwapSpace } from './swap-space.ts';
import type { Victims } from './victims.ts';
import { ActiveInactiveVictims } from './active-inactive-victims.ts';
import { ClockVictims, OldestVictims, RandomVictims } from './victims.ts';

type Deps = Resolved<typeof needs>;
type Options = output<typeof hostSwapOptions>;

const NONE_REFUSED: readonly Refusal[] = [];

/** What the strategy counts, in pages since power-on. */
interface Tally {
  swapOuts: number;
  swapIns: number;
  /** Victims that another strategy kept cheaper. */
  rescued: number;
  /** Pages taken over from another strategy (out of a compressed cache). */
  accepted: number;
  /** Of swapOuts, pages that shared their frame with others. */
  sharedOuts: number;
}

/** What it counts beside that with a swap cache. */
interface CacheTally {
  /** Of swapOuts, pages whose slot still held what they held: nothing was written. */
  cleanOuts: number;
  /** Slots of pages that are in memory, now. */
  slotsKept: number;
}

/**
 * Hypervisor swapping (Waldspurger, OSDI 2002, §3.3): the last resort that always works. It asks the guest
 * nothing, so it takes pages the guest may want next; before a victim is written, the mix's other strategies
 * may keep it cheaper.
 */
export class HostSwap implements Strategy {
  readonly backings: Readonly<Record<'swapped', Backing>>;
  readonly #deps: Deps;
  readonly #pages: PageService;
  readonly #meter: Meter;
  readonly #kind: number;
  readonly #victims: Victims;
  /** Where guests' disks may be too: behind a host cache, which is for the host's pages alone. */
  readonly device: SwapDevice;
  readonly #device: SwapDevice;
  readonly #cache: HostCacheTally | undefined;
  /** By VM; one and the same for all where they share an area. */
  readonly #spaces: readonly SwapSlots[];
  readonly #isShared: boolean;
  readonly #readAhead: ReadAhead | undefined;
  /** Where neighbouring slots are read: by VM, page behind each slot among the pages of all VMs; -1 = none. */
  readonly #behind: readonly Int32Array[] | undefined;
  readonly #slots: readonly SlotStore[];
  readonly #folder: SwapFolder | undefined;
  /** Pages that the last request wanted swapped, by VM. */
  readonly #targets: Float64Array;
  /** By VM, pages in memory that have kept their slot, oldest first; undefined without a swap cache. */
  readonly #kept: readonly Set<Gfn>[] | undefined;
  /** By VM, its page 0 among the pages of all VMs. */
  readonly #bases: readonly number[];
  #cleanOuts = 0;
  readonly #tally: Tally = { swapOuts: 0, swapIns: 0, rescued: 0, accepted: 0, sharedOuts: 0 };

  /** @param victims who choose what is swapped out; default as the options say */
  constructor(deps: Deps, options: Options, self: Self, victims = makeVictims(options, deps)) {
    this.#deps = deps;
    this.#pages = deps.pages;
    this.#meter = deps.meter;
    this.#kind = self.kinds['swapped']!;
    this.#victims = victims;
    this.#device =
      deps.device ??
      makeDevice(
        options.device,
        options.hostCacheMiB * PAGES_PER_MIB,
        (name) => deps.random.stream(name),
        (page) => this.#cache?.spilled(page),
      );
    this.device = this.#device instanceof HostCacheDevice ? this.#device.disk : this.#device;
    const vmCount = deps.pages.vms.length;
    if (this.#device instanceof HostCacheDevice) this.#cache = new HostCacheTally(this.#device, vmCount);
    this.#targets = new Float64Array(vmCount);
    this.#kept = options.swapCache ? deps.pages.vms.map(() => new Set()) : undefined;
    const { vms } = deps.pages;
    this.#isShared = options.area === 'shared';
    this.#spaces = this.#areas<SwapSlots>(
      (sizes) => new SwapArea(sizes.reduce((sum, size) => sum + size, 0)),
      (size) => new SwapSpace(size),
    );
    const { contents } = deps;
    this.#folder = contents === undefined ? undefined : new SwapFolder(options.directory);
    const open = (): SlotStore =>
      contents === undefined ? deps.store.slots() : this.#folder!.open(contents);
    this.#slots = this.#areas(open, open);
    this.#folder?.seal();
    if (options.readAhead === 'cluster') {
      const unused = (capacity: number): Int32Array => new Int32Array(capacity).fill(-1);
      this.#behind = this.#areas(() => unused(this.#spaces[0]!.capacity), unused);
    }
    if (options.readAhead !== 'none') {
      const { readAhead: mode, pageCluster } = options;
      const inSlot = (vm: VmId, slot: number): Swapped | undefined => this.#inSlot(vm, slot);
      this.#readAhead = new ReadAhead({ mode, pageCluster, pages: deps.pages, kind: this.#kind, inSlot });
    }
    this.#bases = vms.map((_, i) => vms.slice(0, i).reduce((sum, { size }) => sum + size, 0));
    this.backings = {
      swapped: {
        fault: (vm, page, slot, at, write) => this.#swapIn(vm, page, slot, at, write),
        release: (vm, page, slot) => this.#release(vm, page, slot),
        peek: (vm, _page, slot, into) => this.#slots[vm]!.load(slot, into),
        footprint: () => toPages(0),
      },
    };
  }

  reclaim(request: ReclaimRequest): ReclaimReceipt {
    const { vm, goal, budget, at, shared = false } = request;
    const { frames, rescuers } = this.#deps;
    const before = frames.free;
    this.#targets[vm] = this.#pages.count(vm, this.#kind) + goal;
    let refused: readonly Refusal[] = NONE_REFUSED;
    let tried = 0;
    /** Pages taken from frames that others are still on: they free nothing, and the request asked for no more pages. */
    let beside = 0;
    let readyAt = at;
    while (frames.free - before + beside < goal && tried < budget) {
      const page = this.#victims.next(vm, shared);
      if (page < 0) {
        refused = [{ pages: toPages(goal - (frames.free - before)), why: 'nothing mapped' }];
        break;
      }
      tried++;
      const victim = toGfn(page);
      if (this.#pages.pinned(vm, victim)) {
        this.#victims.spare(vm, victim);
        continue;
      }
      if (this.#dropClean(vm, victim)) continue;
      const isShared = this.#pages.kind(vm, victim) === KIND_SHARED;
      if (!isShared && rescuers.rescue(vm, victim, at)) {
        this.#tally.rescued++;
        this.#readAhead?.left(vm, victim);
      } else {
        const writtenAt = this.#swapOut(vm, victim, isShared, at);
        if (writtenAt === undefined) {
          this.#victims.spare(vm, victim);
          refused = [{ pages: toPages(goal - (frames.free - before)), why: 'swap full' }];
          break;
        }
        if (writtenAt > readyAt) readyAt = writtenAt;
        if (isShared) this.#tally.sharedOuts++;
        if (isShared && shared) beside++;
      }
    }
    return {
      freed: toPages(frames.free - before),
      ordered: toPages(0),
      tried: toPages(tried),
      refused,
      readyAt,
    };
  }

  accept({ vm, gfn: page, mfn: frame, at }: Victim): boolean {
    const slot = this.#takeSlot(vm);
    if (slot < 0) return false;
    this.#save(vm, slot, frame);
    this.#note(vm, slot, page);
    this.#pages.relocate(vm, page, this.#kind, slot, this.#write(vm, slot, at));
    this.#tally.accepted++;
    return true;
  }

  /** Its pages have given their slots back. */
  poweredOff(vm: VmId): void {
    this.#targets[vm] = 0;
    const space = this.#spaces[vm]!;
    if (space instanceof SwapSpace) space.clear();
    this.#victims.poweredOff(vm);
    this.#readAhead?.poweredOff(vm);
    this.#cache?.poweredOff(vm);
  }

  counters(): Readonly<Record<string, number>> {
    const slotsUsed = [...new Set(this.#spaces)].reduce((sum, space) => sum + space.used, 0);
    return {
      ...this.#tally,
      slotsUsed,
      ...this.#cacheTally(),
      ...this.#readAhead?.counters(),
      ...this.#victims.counters?.(),
    };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    return {
      swapTarget: this.#targets[vm]!,
      ...(this.#isShared ? {} : { swapFile: this.#spaces[vm]!.capacity }),
      ...this.#cache?.counters(vm),
      ...this.#victims.vmCounters?.(vm),
    };
  }

  verify(): void {
    const all = this.#pages.vms.map(({ id, name }) => ({
      name: `VM ${name}`,
      space: this.#spaces[id]!,
      out: this.#pages.count(id, this.#kind),
      kept: this.#kept?.[id]!.size ?? 0,
    }));
    const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((n, one) => n + of(one), 0);
    const books = this.#isShared
      ? [
          {
            name: 'the swap area',
            space: all[0]!.space,
            out: sum(({ out }) => out),
            kept: sum(({ kept }) => kept),
          },
        ]
      : all;
    for (const { name, space, out, kept } of books) {
      const slotsUsed = space.used - kept;
      if (out !== slotsUsed) throw new Error(`${name}: ${out} pages swapped, ${slotsUsed} slots used`);
    }
  }

  dispose(): void {
    this.#folder?.remove();
  }

  /** @returns when the page is written; undefined when the swap file is full */
  #swapOut(vm: VmId, page: Gfn, isShared: boolean, at: Nanoseconds): Nanoseconds | undefined {
    // A copy that the guest has written over: the page goes to the same slot.
    if (this.#kept?.[vm]!.has(page) === true) this.#pages.dropCopy(vm, page);
    const slot = this.#takeSlot(vm);
    if (slot < 0) return undefined;
    this.#note(vm, slot, page);
    this.#readAhead?.left(vm, page);
    // Written before the frame is given away: a full disk stops the run with the page still in memory.
    this.#save(vm, slot, this.#pages.frame(vm, page));
    const writtenAt = this.#write(vm, slot, at);
    if (isShared) {
      // The frame stays with the other pages that share it: only the last one frees it.
      this.#pages.drop(vm, page, this.#kind, slot, writtenAt);
    } else {
      this.#pages.evict(vm, page, this.#kind, slot, writtenAt);
    }
    this.#tally.swapOuts++;
    return writtenAt;
  }

  #swapIn(vm: VmId, page: Gfn, slot: number, at: Nanoseconds, write: boolean): Nanoseconds {
    const { frames } = this.#deps;
    const frame = frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    const { readyAt } = frames;
    this.#readAhead?.left(vm, page);
    const along = this.#readAhead?.plan(vm, page, slot);
    this.#slots[vm]!.load(slot, frame);
    this.#pages.install(vm, page, frame);
    if (!write && this.#mayKeep(vm)) this.#keep(vm, page, slot);
    else this.#free(vm, slot);
    this.#tally.swapIns++;
    const cpu = this.#meter.spend('swapIn');
    if (along !== undefined && along.length > 1) {
      const came = along.filter((one) => (one.page === page && one.vm === vm ? true : this.#bring(one)));
      const more = came.slice(1).reduce((sum) => sum + this.#meter.spend('swapIn'), 0);
      return done(at, this.#readRuns(came, slot, readyAt), toNs(cpu + more));
    }
    const onDevice = this.#pageOnDevice(vm, slot);
    this.#cache?.reads(vm, onDevice);
    return done(at, this.#device.read(readyAt, onDevice), cpu);
  }

  /** A page that nobody waits for comes along, if there is a frame for it: its slot is kept. */
  #bring(one: Swapped): boolean {
    const { vm, page, slot } = one;
    const frame = this.#deps.frames.takeAhead(vm, page);
    if (frame === NO_FRAME) return false;
    this.#slots[vm]!.load(slot, frame);
    this.#pages.install(vm, page, frame);
    this.#keep(vm, page, slot);
    this.#victims.broughtAhead?.(vm, page);
    this.#readAhead!.came(one);
    return true;
  }

  /** Reads pages in order, neighbouring slots in one operation. @returns when the page of `slot` is there */
  #readRuns(pages: readonly Swapped[], slot: number, at: Nanoseconds): Nanoseconds {
    let ready = at;
    for (let from = 0; from < pages.length;) {
      let to = from + 1;
      while (to < pages.length && pages[to]!.slot === pages[to - 1]!.slot + 1) to++;
      const first = pages[from]!;
      const end = this.#device.read(at, this.#pageOnDevice(first.vm, first.slot), to - from);
      if (slot >= first.slot && slot < first.slot + to - from) ready = end;
      from = to;
    }
    return ready;
  }

  #write(vm: VmId, slot: number, at: Nanoseconds): Nanoseconds {
    const onDevice = this.#pageOnDevice(vm, slot);
    this.#cache?.writes(vm, onDevice);
    return this.#device.write(at, onDevice);
  }

  /** A page that its guest has not written since it came back leaves without a write: its frame is usable at once. */
  #dropClean(vm: VmId, page: Gfn): boolean {
    const slot = this.#kept === undefined ? -1 : this.#pages.copyOf(vm, page, this.#kind);
    if (slot < 0) return false;
    this.#kept![vm]!.delete(page);
    this.#readAhead?.left(vm, page);
    this.#pages.evict(vm, page, this.#kind, slot);
    this.#meter.spend('scanPage');
    this.#tally.swapOuts++;
    this.#cleanOuts++;
    return true;
  }

  /** Slots are kept while the swap file is not half full (Linux, vm_swap_full). */
  #mayKeep(vm: VmId): boolean {
    if (this.#kept === undefined) return false;
    const { used, capacity } = this.#spaces[vm]!;
    return 2 * used < capacity;
  }

  #keep(vm: VmId, page: Gfn, slot: number): void {
    this.#kept![vm]!.add(page);
    this.#pages.keepCopy(vm, page, this.#kind, slot);
  }

  /** A free slot, if need be that of the page that has kept one for longest; -1 when the swap file is full. */
  #takeSlot(vm: VmId): number {
    const slot = this.#spaces[vm]!.take();
    if (slot >= 0 || this.#kept === undefined) return slot;
    const owners = this.#isShared ? this.#pages.vms.map(({ id }) => id) : [vm];
    for (const owner of owners) {
      for (const page of this.#kept[owner]!) {
        this.#pages.dropCopy(owner, page);
        return this.#spaces[vm]!.take();
      }
    }
    return -1;
  }

  /** Remembers what is behind a slot, where neighbouring slots are read. */
  #note(vm: VmId, slot: number, page: Gfn): void {
    if (this.#behind !== undefined) this.#behind[vm]![slot] = this.#bases[vm]! + page;
  }

  /** The page behind a slot of the VM's area, if it is out there; undefined else. */
  #inSlot(vm: VmId, slot: number): Swapped | undefined {
    const among = this.#behind![vm]![slot] ?? -1;
    if (among < 0) return undefined;
    const owner = this.#pages.vms[this.#bases.findLastIndex((base) => base <= among)]!.id;
    const page = toGfn(among - this.#bases[owner]!);
    const isThere = this.#pages.kind(owner, page) === this.#kind && this.#pages.payload(owner, page) === slot;
    return isThere ? { vm: owner, page, slot } : undefined;
  }

  /** What each VM has for its slots: one of its own, or one that all share. */
  #areas<T>(shared: (sizes: readonly number[]) => T, own: (size: number) => T): readonly T[] {
    const sizes = this.#pages.vms.map((vm) => vm.size - vm.reservation);
    if (!this.#isShared) return sizes.map(own);
    const one = shared(sizes);
    return sizes.map(() => one);
  }

  #cacheTally(): CacheTally | undefined {
    if (this.#kept === undefined) return undefined;
    const slotsKept = this.#kept.reduce((sum, { size }) => sum + size, 0);
    return { cleanOuts: this.#cleanOuts, slotsKept };
  }

  #release(vm: VmId, page: Gfn, slot: number): void {
    this.#kept?.[vm]!.delete(page);
    this.#cache?.discards(vm, this.#pageOnDevice(vm, slot));
    this.#free(vm, slot);
  }

  #save(vm: VmId, slot: number, frame: Mfn): void {
    this.#slots[vm]!.save(slot, frame);
    this.#meter.spend('swapOut');
  }

  #free(vm: VmId, slot: number): void {
    this.#slots[vm]!.drop(slot);
    this.#spaces[vm]!.give(slot);
  }

  /** Slots of all VMs, numbered through: the device knows pages, not VMs. */
  #pageOnDevice(vm: VmId, slot: number): number {
    return this.#isShared ? slot : slot * this.#spaces.length + vm;
  }
}

function makeVictims({ victims, sharedVictims, loadedBit }: Options, deps: Deps): Victims {
  switch (victims) {
    case 'random':
      return new RandomVictims(deps.pages, deps.random.stream('victims'), sharedVictims);
    case 'lru':
      return new OldestVictims(deps.pages.byLastTouch());
    case 'fifo':
      return new OldestVictims(deps.pages.byArrival());
    case 'active-inactive':
      return new ActiveInactiveVictims(deps.pages);
    case 'clock':
      return new ClockVictims(deps.pages, deps.pages.byArrival(), loadedBit === 'set');
  }
}
