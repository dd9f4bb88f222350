import type { HostMemoryState } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES, severity } from '../ports/memory-state.ts';
import type { Ladder } from '../pressure/models.ts';

/** A strategy of the mix, as far as ladders care. */
export interface LadderCandidate {
  readonly id: string;
  /** Mildest state in which it acts when the ladder does not name it. */
  readonly actsFrom: HostMemoryState;
  readonly canReclaim: boolean;
  /** It can always free a frame, at the highest price: other strategies go before it. */
  readonly lastResort?: boolean;
}

/** Strategies that act in each state, in order. */
export type Rungs = Readonly<Record<HostMemoryState, readonly string[]>>;

/**
 * Which strategies of a mix act in each state, in order. A strategy that the ladder does not name acts from its
 * `actsFrom` on, in the order of the mix, and before a last resort at the end of the ladder.
 *
 * Danger: a ladder on which nothing can give would block the host. A state without a last resort therefore keeps
 * the strategies of milder states, after its own: a ladder that drops the balloon in `hard` relies on swapping,
 * which this mix may not have. And `low`, whose strategies are asked by an access that finds no frame, ends with
 * the mix's last resort even if no ladder says so.
 * @param byOrderOnly strategies that no state asks
 */
export function resolveLadder(
  ladder: Ladder,
  mix: readonly LadderCandidate[],
  byOrderOnly: readonly string[] = [],
): Rungs {
  const able = mix.filter((candidate) => candidate.canReclaim && !byOrderOnly.includes(candidate.id));
  const lasts = able.filter((candidate) => candidate.lastResort).map((candidate) => candidate.id);
  const known = new Set(Object.values(ladder).flat());
  let milder: readonly string[] = [];
  const rungs = HOST_MEMORY_STATES.map((state) => {
    const named = (ladder[state] ?? []).filter((id) => able.some((candidate) => candidate.id === id));
    const others = able
      .filter((candidate) => !known.has(candidate.id) && severity(candidate.actsFrom) <= severity(state))
      .map((candidate) => candidate.id);
    // A ladder that puts the last resort first means it: only what it does not name is put ahead.
    const late = lasts.includes(named.at(-1) ?? '') ? 1 : 0;
    const own = [...named.slice(0, named.length - late), ...others, ...named.slice(named.length - late)];
    if (!own.some((id) => lasts.includes(id))) own.push(...milder.filter((id) => !own.includes(id)));
    if (state === 'low' && !own.some((id) => lasts.includes(id))) own.push(...lasts);
    milder = own;
    return [state, own as readonly string[]] as const;
  });
  return Object.fromEntries(rungs) as Record<HostMemoryState, readonly string[]>;
}

/** Strategies for what a VM has above its limit, whatever the state: those of all states, the last resorts last. */
export function limitRungs(rungs: Rungs, isLast: (id: string) => boolean): readonly string[] {
  const all = [...new Set(HOST_MEMORY_STATES.flatMap((state) => rungs[state]))];
  return [...all.filter((id) => !isLast(id)), ...all.filter(isLast)];
}
