/** Collects intervals and their runs while a trace is read, in typed arrays that grow by doubling. */
import type { Trace } from './trace.ts';

/** The arrays of a trace that a run list fills. */
export type TraceArrays = Pick<
  Trace,
  'intervals' | 'instructions' | 'runStart' | 'runFirst' | 'runCount' | 'runKind'
>;

export class RunList {
  #instructions = new Float64Array(1024);
  #runStart = new Uint32Array(1025);
  #runFirst = new Uint32Array(8192);
  #runCount = new Uint32Array(8192);
  #runKind = new Uint8Array(8192);
  #intervals = 0;
  #runs = 0;

  get intervals(): number {
    return this.#intervals;
  }

  get runs(): number {
    return this.#runs;
  }

  /** Makes room for so many more runs at once. */
  reserve(runs: number): void {
    if (this.#runs + runs > this.#runFirst.length) this.#growRuns(this.#runs + runs);
  }

  /** One run of the interval being collected; order and range are the caller's to check. */
  run(first: number, count: number, kind: number): void {
    if (this.#runs === this.#runFirst.length) this.#growRuns(this.#runs * 2);
    this.#runFirst[this.#runs] = first;
    this.#runCount[this.#runs] = count;
    this.#runKind[this.#runs] = kind;
    this.#runs++;
  }

  /** Ends the interval being collected. */
  interval(instructions: number): void {
    if (this.#intervals === this.#instructions.length) this.#growIntervals();
    this.#instructions[this.#intervals++] = instructions;
    this.#runStart[this.#intervals] = this.#runs;
  }

  /** The arrays, cut to size. */
  finish(): TraceArrays {
    return {
      intervals: this.#intervals,
      instructions: this.#instructions.slice(0, this.#intervals),
      runStart: this.#runStart.slice(0, this.#intervals + 1),
      runFirst: cut(this.#runFirst, this.#runs),
      runCount: cut(this.#runCount, this.#runs),
      runKind: cut(this.#runKind, this.#runs),
    };
  }

  #growRuns(capacity: number): void {
    const first = new Uint32Array(capacity);
    const count = new Uint32Array(capacity);
    const kind = new Uint8Array(capacity);
    first.set(this.#runFirst);
    count.set(this.#runCount);
    kind.set(this.#runKind);
    this.#runFirst = first;
    this.#runCount = count;
    this.#runKind = kind;
  }

  #growIntervals(): void {
    const instructions = new Float64Array(this.#intervals * 2);
    const start = new Uint32Array(this.#intervals * 2 + 1);
    instructions.set(this.#instructions);
    start.set(this.#runStart);
    this.#instructions = instructions;
    this.#runStart = start;
  }
}

/** The first `length` elements; the array itself where it has no more. */
function cut<T extends Uint8Array | Uint32Array>(array: T, length: number): T {
  return (array.length === length ? array : array.slice(0, length)) as T;
}
