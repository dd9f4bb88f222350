/** What the screen may tell a run in another thread: stop for a while, sample at another period, go slower. */

const PAUSED = 0;
const PERIOD_MS = 1;
const SPEED_PERCENT = 2;
const CHANGES = 3;

/** Speeds that `+` and `-` step through, in percent of real time; 0 = as fast as it goes. */
const SPEEDS = [10, 100, 200, 500, 1000, 2000, 5000, 0] as const;
/** A sleeping run looks again at least so often, should a wake-up be lost. */
const LOOK_MS = 500;

/** Shared by two threads: words in a SharedArrayBuffer. A run that sleeps is woken by every change. */
export class TopControl {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  get paused(): boolean {
    return Atomics.load(this.#words, PAUSED) === 1;
  }

  set paused(paused: boolean) {
    this.#set(PAUSED, paused ? 1 : 0);
  }

  /** Virtual time between samples, in milliseconds. */
  get periodMs(): number {
    return Atomics.load(this.#words, PERIOD_MS);
  }

  set periodMs(periodMs: number) {
    this.#set(PERIOD_MS, periodMs);
  }

  /** Virtual time by wall time, in percent; 0 = as fast as it goes. */
  get speedPercent(): number {
    return Atomics.load(this.#words, SPEED_PERCENT);
  }

  set speedPercent(speedPercent: number) {
    this.#set(SPEED_PERCENT, speedPercent);
  }

  /** One step faster (1) or slower (-1). */
  step(by: 1 | -1): void {
    const order = (percent: number): number => (percent === 0 ? Infinity : percent);
    const now = order(this.speedPercent);
    const steps = by > 0 ? SPEEDS : [...SPEEDS].reverse();
    const next = steps.find((speed) => (by > 0 ? order(speed) > now : order(speed) < now));
    if (next !== undefined) this.speedPercent = next;
  }

  /**
   * Called by the run after each sample: sleeps while it is paused, and until wall time has caught up.
   * @param elapsedNs virtual time since the sample before @param wallMs wall clock
   */
  pace(elapsedNs: number, wallMs: () => number): void {
    const fromMs = wallMs();
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      const { speedPercent } = this;
      const shouldMs = speedPercent === 0 ? 0 : (elapsedNs / 1e6 / speedPercent) * 100;
      const leftMs = fromMs + shouldMs - wallMs();
      if (!this.paused && leftMs <= 0) return;
      Atomics.wait(this.#words, CHANGES, changes, this.paused ? LOOK_MS : Math.min(LOOK_MS, leftMs));
    }
  }

  #set(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }
}
