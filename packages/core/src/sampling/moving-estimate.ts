/** How an estimate follows its samples. */
export interface EstimateRules {
  /** Part of the difference that the slow average takes over at the end of a period, 0..1. */
  readonly slowGain: number;
  /** The same of the fast average. */
  readonly fastGain: number;
  /** The estimate is never below it, 0..1. */
  readonly floor: number;
}

/**
 * A part of memory, 0..1, estimated from one sample a period (Waldspurger, OSDI 2002, §5.3): a slow and a fast moving
 * average, and the fast one taken on with what the running period has counted so far. The largest of the three is the
 * estimate, so that it rises at once and falls slowly.
 */
export class MovingEstimate {
  /** Last whole period. */
  last = 0;
  slow = 0;
  fast = 0;
  /** True after the first whole period: it begins both averages. */
  known = false;
  readonly #rules: EstimateRules;

  constructor(rules: EstimateRules) {
    this.#rules = rules;
  }

  /** A period ends in which this part of the sample was touched. */
  take(part: number): void {
    const { slowGain, fastGain } = this.#rules;
    this.slow = this.known ? this.slow + slowGain * (part - this.slow) : part;
    this.fast = this.known ? this.fast + fastGain * (part - this.fast) : part;
    this.last = part;
    this.known = true;
  }

  /** The fast average as it would be if the running period ended now. */
  next(soFar: number): number {
    return this.fast + this.#rules.fastGain * (soFar - this.fast);
  }

  /** @param soFar part of the running period's sample that was touched until now */
  estimate(soFar: number): number {
    return Math.max(this.slow, this.fast, this.next(soFar), this.#rules.floor);
  }
}
