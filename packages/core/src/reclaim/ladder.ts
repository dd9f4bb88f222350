import type { HostMemoryState } from '../ports/memory-state.ts';
import { HOST_MEMORY_STATES, severity } from '../ports/memory-state.ts';
import type { Ladder } from '../pressure/models.ts';

/** A strategy of the mix, as far as ladders care. */
export interface LadderCandidate {
  readonly id: string;
  /** Mildest state in which it acts when the ladder does not name it. */
  readonly actsFrom: HostMemoryState;
  readonly canReclaim: boolean;
}

/** Ids that the unnamed stand ahead of where a ladder ends with them: what they take hurts most. */
const LAST_RESORT: readonly string[] = ['hostswap'];

/**
 * Which strategies of a mix act in each state, in order. Ladders name the strategies they know; one that a
 * ladder does not know acts from its own `actsFrom` on, in the order of the mix and ahead of a last resort that the
 * ladder ends with.
 */
export function resolveLadder(
  ladder: Ladder,
  mix: readonly LadderCandidate[],
): Readonly<Record<HostMemoryState, readonly string[]>> {
  const able = mix.filter((candidate) => candidate.canReclaim);
  const known = new Set(Object.values(ladder).flat());
  const rungs = HOST_MEMORY_STATES.map((state) => {
    const named = (ladder[state] ?? []).filter((id) => able.some((candidate) => candidate.id === id));
    const others = able
      .filter((candidate) => !known.has(candidate.id) && severity(candidate.actsFrom) <= severity(state))
      .map((candidate) => candidate.id);
    // A ladder that puts the last resort first means it: only what it does not name is put ahead.
    const late = LAST_RESORT.includes(named.at(-1) ?? '') ? 1 : 0;
    return [
      state,
      [...named.slice(0, named.length - late), ...others, ...named.slice(named.length - late)],
    ] as const;
  });
  return Object.fromEntries(rungs) as Record<HostMemoryState, readonly string[]>;
}

/** Strategies for what a VM has above its limit, whatever the state: those of all states, the mildest first. */
export function limitRungs(rungs: Readonly<Record<HostMemoryState, readonly string[]>>): readonly string[] {
  const all = [...new Set(HOST_MEMORY_STATES.flatMap((state) => rungs[state]))];
  const isLast = (id: string): boolean => LAST_RESORT.includes(id);
  return [...all.filter((id) => !isLast(id)), ...all.filter(isLast)];
}
