/**
 * Host memory states. Which state holds follows from free frames alone; thresholds, hysteresis and what a state
 * allows are data (models.ts), not code.
 */
export const HOST_MEMORY_STATES = ['high', 'clear', 'soft', 'hard', 'low'] as const;

/** Mildest first: high, clear (6.x only), soft, hard, low. */
export type HostMemoryState = (typeof HOST_MEMORY_STATES)[number];

/** 0 for high … 4 for low. */
export function severity(state: HostMemoryState): number {
  return HOST_MEMORY_STATES.indexOf(state);
}

/** One state below high: entered when free frames fall under `enterBelow`, left when they exceed `leaveAbove`. */
export interface StateThreshold {
  readonly state: HostMemoryState;
  readonly enterBelow: number;
  readonly leaveAbove: number;
}

/**
 * The next state from the present one. Downwards every threshold counts at once; upwards a state is left only when
 * free frames significantly exceed its threshold (Waldspurger, OSDI 2002, §6.3).
 * @param thresholds mildest first, `enterBelow` falling
 */
export function nextState(
  was: HostMemoryState,
  freeFrames: number,
  thresholds: readonly StateThreshold[],
): HostMemoryState {
  let state: HostMemoryState = 'high';
  for (const threshold of thresholds) {
    const holds =
      freeFrames < threshold.enterBelow ||
      (severity(was) >= severity(threshold.state) && freeFrames <= threshold.leaveAbove);
    if (holds) state = threshold.state;
  }
  return state;
}
