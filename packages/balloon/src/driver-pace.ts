/** Rates in pages per second; see the options of the same names. */
export interface PaceSettings {
  readonly pollMs: number;
  readonly fastRate: number;
  readonly slowRateMin: number;
  readonly slowRateMax: number;
  readonly rateStep: number;
  readonly slowCycles: number;
  readonly freeRateMin: number;
  readonly freeRateMax: number;
}

/**
 * How fast one guest's driver works, as VMware's Linux driver paces itself (vmw_balloon.c 1.2.1.x): fast while pages
 * are on the free lists, slowly for some polls after they ran out, at half the speed after a failure, a little
 * faster after every full cycle. The published cycle is one second; other polls get their part of it.
 */
export class DriverPace {
  readonly #settings: PaceSettings;
  #slowRate: number;
  #freeRate: number;
  #slowPollsLeft = 0;

  constructor(settings: PaceSettings) {
    this.#settings = settings;
    this.#slowRate = settings.slowRateMax;
    this.#freeRate = settings.freeRateMax;
  }

  /** True while the guest is taken to have no free pages: the fast rate rests. */
  get slow(): boolean {
    return this.#slowPollsLeft > 0;
  }

  /** Pages one poll may take that need no looking for. */
  get fastPages(): number {
    return this.#perPoll(this.#settings.fastRate);
  }

  /** Pages one poll may take in all once the guest must look for them. */
  get slowPages(): number {
    return this.#perPoll(this.#slowRate);
  }

  /** Pages one poll may give back. */
  get freePages(): number {
    return this.#perPoll(this.#freeRate);
  }

  /** A poll begins. */
  turn(): void {
    if (this.#slowPollsLeft > 0) this.#slowPollsLeft--;
  }

  /** The free lists ran out. */
  ranOut(): void {
    this.#slowPollsLeft = this.#settings.slowCycles;
  }

  /** The guest gave so many pages and refused none. */
  inflated(count: number): void {
    const cycles = Math.floor(count / this.slowPages);
    this.#slowRate = Math.min(this.#slowRate + cycles * this.#step(), this.#settings.slowRateMax);
  }

  /** The guest gave fewer pages than it was asked for. */
  refused(): void {
    this.#slowRate = Math.max(Math.floor(this.#slowRate / 2), this.#settings.slowRateMin);
  }

  /** The guest took back everything it was offered. */
  deflated(): void {
    this.#freeRate = Math.min(this.#freeRate + this.#step(), this.#settings.freeRateMax);
  }

  /** The guest took back less than it was offered. */
  heldBack(): void {
    this.#freeRate = Math.max(Math.floor(this.#freeRate / 2), this.#settings.freeRateMin);
  }

  #step(): number {
    return (this.#settings.rateStep * this.#settings.pollMs) / 1000;
  }

  #perPoll(rate: number): number {
    return Math.max(1, Math.floor((rate * this.#settings.pollMs) / 1000));
  }
}
