import type { Backing, Mfn, Resolved, Self, Strategy } from '@overbook/core';
import type { AnyStrategyPlugin } from '@overbook/core/host';
import { CONTRACT, CLOCK, METER, SWAP_DEVICE, defineStrategy, optional } from '@overbook/core';

import { KIT_SWAPPED, kitSwapNeeds, makeKitSwap, noOptions } from './kit-swap.ts';

const needs = { ...kitSwapNeeds, clock: CLOCK, meter: METER, device: optional(SWAP_DEVICE) };

/** What a change may use: all that the kit's swap asks of a host, a clock, a meter, and a device where there is one. */
export type ChangedDeps = Resolved<typeof needs>;
/** The kit's swap, sound, with its one backing at hand. */
export interface SoundSwap extends Required<Pick<Strategy, 'reclaim' | 'accept'>> {
  readonly backing: Backing;
  /** Number of its kind. */
  readonly kind: number;
  /** Copies what a frame holds into a slot. @returns the slot */
  put(frame: Mfn): number;
}

/**
 * The kit's swap under another name, with something changed: what is wrong on purpose differs in that alone.
 * @param declared what its plugin says of itself besides
 */
export function changedSwap(
  id: string,
  title: string,
  change: (sound: SoundSwap, deps: ChangedDeps, self: Self) => Partial<Strategy>,
  declared: Pick<AnyStrategyPlugin, 'tunable' | 'grain' | 'roles'> = {},
): AnyStrategyPlugin {
  return defineStrategy({
    ...declared,
    id,
    contract: CONTRACT,
    title,
    options: noOptions,
    needs,
    kinds: [KIT_SWAPPED],
    create: (deps, _options, self) => {
      const swap = makeKitSwap(deps, self);
      const sound = {
        backing: swap.backings[KIT_SWAPPED]!,
        kind: self.kinds[KIT_SWAPPED]!,
        put: (frame: Mfn) => swap.put(frame),
        reclaim: (request: Parameters<typeof swap.reclaim>[0]) => swap.reclaim(request),
        accept: (page: Parameters<typeof swap.accept>[0]) => swap.accept(page),
      };
      return { backings: swap.backings, reclaim: sound.reclaim, ...change(sound, deps, self) };
    },
  });
}

/** Handlers that are sound but for what `change` says. */
export function withBacking(sound: SoundSwap, change: Partial<Backing>): Partial<Strategy> {
  const { backing } = sound;
  return { backings: { [KIT_SWAPPED]: { ...backing, ...change } } };
}
