import type { LargePageAction } from '../ports/pressure.ts';
import type { HostMemoryState, StateThreshold } from '../ports/memory-state.ts';
import { nextState, severity } from '../ports/memory-state.ts';
import type { ByState } from './models.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** Free counts between which a level stays as it is: told when free falls below `low` or rises above `high`. */
export interface Marks {
  readonly low: number;
  readonly high: number;
}

/**
 * How a host's free memory compares with its model, with hysteresis: the memory state, the state whose orders
 * have begun although it is not reached, and whether free memory is under the high threshold.
 */
export class PressureLevel {
  state: HostMemoryState = 'high';
  /** A worse state than the present one whose orders have begun, or undefined. */
  early: HostMemoryState | undefined;
  /** Free memory is below the high threshold (and has not significantly exceeded it since). */
  scarce = false;
  readonly #model: ResolvedModel;
  readonly #early: readonly StateThreshold[];
  readonly #largePages: ByState<LargePageAction>;

  /** @param orders whether a state gives orders, which could begin early; default: every one */
  constructor(
    model: ResolvedModel,
    largePages: ByState<LargePageAction> = {},
    orders: (state: HostMemoryState) => boolean = () => true,
  ) {
    this.#model = model;
    this.#early = model.early.filter(({ state }) => orders(state));
    this.#largePages = largePages;
  }

  /** What is done about large mappings now. */
  get largePages(): LargePageAction {
    if (this.state === 'high' && !this.scarce) return 'keep';
    return this.#largePages[this.state] ?? 'keep';
  }

  /** Takes a free count in. @returns true when something changed */
  update(free: number): boolean {
    const { state, early, scarce } = this;
    const { states, high } = this.#model;
    const stage = this.#stage();
    this.state = nextState(state, free, states);
    const next = nextState(stage, free, this.#early);
    this.early = severity(next) > severity(this.state) ? next : undefined;
    this.scarce = high !== undefined && isUnder(high, scarce, free);
    return this.state !== state || this.early !== early || this.scarce !== scarce;
  }

  /** At which free counts `update` may have something to say next. */
  marks(): Marks {
    const { states, high } = this.#model;
    const marks = { low: -1, high: Infinity };
    narrow(marks, states, this.state);
    narrow(marks, this.#early, this.#stage());
    if (high !== undefined) narrow(marks, [{ ...high, state: 'low' }], this.scarce ? 'low' : 'high');
    return marks;
  }

  /** How far orders have gone: never behind the state itself. */
  #stage(): HostMemoryState {
    return this.early ?? this.state;
  }
}

function isUnder(boundary: StateThreshold, was: boolean, free: number): boolean {
  return free < boundary.enterBelow || (was && free <= boundary.leaveAbove);
}

function narrow(
  marks: { low: number; high: number },
  boundaries: readonly StateThreshold[],
  now: HostMemoryState,
): void {
  for (const { state, enterBelow, leaveAbove } of boundaries) {
    if (severity(state) > severity(now)) marks.low = Math.max(marks.low, enterBelow);
    else if (state === now) marks.high = Math.min(marks.high, leaveAbove);
  }
}
