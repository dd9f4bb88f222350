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
import { BLOCKED, KIND_SHARED, PAGES_PER_MIB, toGfn, toPages, NO_FRAME, done } from '@overbook/core';
import type { output } from 'zod';

import { HostCacheDevice, makeDevice } from './devices.ts';
import { HostCacheTally } from './host-cache-tally.ts';
import type { needs } from './needs.ts';
import type { hostSwapOptions } from './options.ts';
import { SwapFolder } from './swap-folder.ts';
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
  readonly #spaces: readonly SwapSpace[];
  readonly #slots: readonly SlotStore[];
  readonly #folder: SwapFolder | undefined;
  /** Pages that the last request wanted swapped, by VM. */
  readonly #targets: Float64Array;
  /** By VM, pages in memory that have kept their slot, oldest first; undefined without a swap cache. */
  readonly #kept: readonly Set<Gfn>[] | undefined;
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
    this.#spaces = deps.pages.vms.map((vm) => new SwapSpace(vm.size - vm.reservation));
    const { contents } = deps;
    this.#folder = contents === undefined ? undefined : new SwapFolder(options.directory);
    this.#slots = deps.pages.vms.map(() =>
      contents === undefined ? deps.store.slots() : this.#folder!.open(contents),
    );
    this.#folder?.seal();
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
    this.#pages.relocate(vm, page, this.#kind, slot, this.#write(vm, slot, at));
    this.#tally.accepted++;
    return true;
  }

  /** Its pages have given their slots back. */
  poweredOff(vm: VmId): void {
    this.#targets[vm] = 0;
    this.#spaces[vm]!.clear();
    this.#victims.poweredOff(vm);
    this.#cache?.poweredOff(vm);
  }

  counters(): Readonly<Record<string, number>> {
    const slotsUsed = this.#spaces.reduce((sum, space) => sum + space.used, 0);
    return { ...this.#tally, slotsUsed, ...this.#cacheTally(), ...this.#victims.counters?.() };
  }

  vmCounters(vm: VmId): Readonly<Record<string, number>> {
    return {
      swapTarget: this.#targets[vm]!,
      swapFile: this.#spaces[vm]!.capacity,
      ...this.#cache?.counters(vm),
    };
  }

  verify(): void {
    for (const { id, name } of this.#pages.vms) {
      const pagesSwapped = this.#pages.count(id, this.#kind);
      const slotsUsed = this.#spaces[id]!.used - (this.#kept?.[id]!.size ?? 0);
      if (pagesSwapped !== slotsUsed)
        throw new Error(`VM ${name}: ${pagesSwapped} pages swapped, ${slotsUsed} slots used`);
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
    this.#slots[vm]!.load(slot, frame);
    this.#pages.install(vm, page, frame);
    if (!write && this.#mayKeep(vm)) this.#keep(vm, page, slot);
    else this.#free(vm, slot);
    this.#tally.swapIns++;
    const cpu = this.#meter.spend('swapIn');
    const onDevice = this.#pageOnDevice(vm, slot);
    this.#cache?.reads(vm, onDevice);
    return done(at, this.#device.read(readyAt, onDevice), cpu);
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
    for (const page of this.#kept[vm]!) {
      this.#pages.dropCopy(vm, page);
      return this.#spaces[vm]!.take();
    }
    return -1;
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
    return slot * this.#spaces.length + vm;
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
