/**
 * Points that fill the unit cube evenly, whatever their number: Sobol's sequence with the direction numbers of Joe and
 * Kuo (SIAM Journal on Scientific Computing 30, 2008). The first n points of more are the points of n, so a sample
 * that is made larger keeps its runs.
 */
import { createRequire } from 'node:module';

/** What is used of `sobol`, which has no types of its own. */
interface SobolModule {
  readonly SobolSequenceGenerator: new (dimensions: number) => { nextVector(): readonly number[] };
}

const load = createRequire(import.meta.url);

export class SobolPoints {
  readonly #generator: InstanceType<SobolModule['SobolSequenceGenerator']>;
  readonly #points: (readonly number[])[] = [];

  constructor(dimensions: number) {
    const { SobolSequenceGenerator } = load('sobol') as SobolModule;
    this.#generator = new SobolSequenceGenerator(dimensions);
    // The first is the corner of all ranges, which no other point is like.
    this.#generator.nextVector();
  }

  /** The point of an index from 0: a number for each dimension, at least 0 and below 1. */
  at(index: number): readonly number[] {
    while (this.#points.length <= index) this.#points.push(Array.from(this.#generator.nextVector()));
    return this.#points[index]!;
  }
}
