import type {
  Backing,
  Gfn,
  Mfn,
  Nanoseconds,
  ReclaimReceipt,
  ReclaimRequest,
  RandomStream,
  Resolved,
  Self,
  SlotStore,
  Strategy,
  StrategyPlugin,
  Victim,
  VmId,
} from '@overbook/core';
import {
  BLOCKED,
  CONTRACT,
  FRAMES,
  KIND_MAPPED,
  KIND_SHARED,
  PAGES,
  PAGE_STORE,
  RANDOM,
  RESCUERS,
  defineStrategy,
  toGfn,
  toNs,
  toPages,
  NO_FRAME,
  done,
} from '@overbook/core';
import { z } from 'zod';

/** What the kit's swap asks of a host. */
export const kitSwapNeeds = {
  pages: PAGES,
  frames: FRAMES,
  store: PAGE_STORE,
  rescuers: RESCUERS,
  random: RANDOM,
};
/** The kit's own strategies have no options. */
export const noOptions = z.strictObject({});
/** The backing kind of pages in the kit's swap. */
export const KIT_SWAPPED = 'kit-swapped';
const COMPANY_SWAPPED = 'kit-company-swapped';

/**
 * The kit's own last resort: random victims into slots in memory, without a device. It backs a strategy that
 * cannot reclaim alone, so that a kit host never runs dry.
 */
class KitSwap implements Strategy {
  readonly backings: Readonly<Record<string, Backing>>;
  readonly #deps: Resolved<typeof kitSwapNeeds>;
  readonly #kind: number;
  readonly #slots: SlotStore;
  readonly #random: RandomStream;
  readonly #freed: number[] = [];
  #fresh = 0;

  constructor(deps: Resolved<typeof kitSwapNeeds>, self: Self) {
    this.#deps = deps;
    this.#kind = self.kinds[KIT_SWAPPED]!;
    this.#slots = deps.store.slots();
    this.#random = deps.random.stream('victims');
    this.backings = {
      [KIT_SWAPPED]: {
        fault: (vm, page, slot, at) => this.#fault(vm, page, slot, at),
        release: (_vm, _page, slot) => this.#free(slot),
        peek: (_vm, _page, slot, into) => this.#slots.load(slot, into),
        footprint: () => toPages(0),
      },
    };
  }

  reclaim({ vm, goal, budget, at, shared = false }: ReclaimRequest): ReclaimReceipt {
    const { pages: table, frames, rescuers } = this.#deps;
    const before = frames.free;
    const { size } = table.vms[vm]!;
    let page = this.#random.below(size);
    let tried = 0;
    let looked = 0;
    /** Pages that left a frame to others: they free nothing. */
    let beside = 0;
    const most = shared ? 2 * size : size;
    while (looked < most && frames.free - before + beside < goal && tried < budget) {
      looked++;
      page = (page + 1) % size;
      const victim = toGfn(page);
      const kind = table.kind(vm, victim);
      if ((kind !== KIND_MAPPED && kind !== KIND_SHARED) || table.pinned(vm, victim)) continue;
      if (kind === KIND_SHARED && table.references(table.frame(vm, victim)) > 1) {
        // Once round for pages with a frame of their own, then for those that share one.
        if (!shared || looked <= size) continue;
        tried++;
        table.drop(vm, victim, this.#kind, this.put(table.frame(vm, victim)));
        beside++;
        continue;
      }
      if (kind === KIND_SHARED) table.unshare(vm, victim);
      tried++;
      if (rescuers.rescue(vm, victim, at)) continue;
      table.evict(vm, victim, this.#kind, this.put(table.frame(vm, victim)));
    }
    return { freed: toPages(frames.free - before), ordered: toPages(0), tried: toPages(tried), refused: [] };
  }

  accept({ vm, gfn: page, mfn: frame }: Victim): boolean {
    this.#deps.pages.relocate(vm, page, this.#kind, this.put(frame));
    return true;
  }

  /** Copies what a frame holds into a slot. @returns the slot */
  put(frame: Mfn): number {
    const slot = this.#freed.pop() ?? this.#fresh++;
    this.#slots.save(slot, frame);
    return slot;
  }

  #fault(vm: VmId, page: Gfn, slot: number, at: Nanoseconds): Nanoseconds {
    const { pages: table, frames } = this.#deps;
    const frame = frames.take(vm, at);
    if (frame === NO_FRAME) return BLOCKED;
    this.#slots.load(slot, frame);
    table.install(vm, page, frame);
    this.#free(slot);
    return done(at, frames.readyAt, toNs(1000));
  }

  #free(slot: number): void {
    this.#slots.drop(slot);
    this.#freed.push(slot);
  }
}

/** The strategy itself, for a plugin that is to differ from it in one thing. */
export function makeKitSwap(
  deps: Resolved<typeof kitSwapNeeds>,
  self: Self,
): Required<Pick<Strategy, 'backings' | 'reclaim' | 'accept'>> & Pick<KitSwap, 'put'> {
  return new KitSwap(deps, self);
}

/** The kit's last resort, as a plugin. */
export const kitSwap: StrategyPlugin<typeof kitSwapNeeds, typeof noOptions> = defineStrategy({
  id: 'kit-swap',
  contract: 2,
  title: 'Swaps random victims to slots in memory: the last resort of kit hosts',
  options: noOptions,
  needs: kitSwapNeeds,
  kinds: [KIT_SWAPPED],
  lastResort: true,
  actsFrom: 'hard',
  create: (deps, _options, self) => makeKitSwap(deps, self),
});

/** Swaps out in company of another strategy: offers it every victim, and takes nothing over from a cache. */
export const companySwap: StrategyPlugin<typeof kitSwapNeeds, typeof noOptions> = defineStrategy({
  id: 'kit-company',
  contract: CONTRACT,
  title: 'Swaps random victims to slots in memory and accepts nothing: a companion for other strategies',
  options: noOptions,
  needs: kitSwapNeeds,
  kinds: [COMPANY_SWAPPED],
  actsFrom: 'hard',
  create: (deps, _options, { id, kinds }) => {
    const swap = makeKitSwap(deps, { id, kinds: { [KIT_SWAPPED]: kinds[COMPANY_SWAPPED]! } });
    return {
      backings: { [COMPANY_SWAPPED]: swap.backings[KIT_SWAPPED]! },
      reclaim: (request) => swap.reclaim(request),
    };
  },
});
