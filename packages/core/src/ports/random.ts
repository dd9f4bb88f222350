import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** One consumer's own sequence of draws. Integers only: floating point must not decide anything. */
export interface RandomStream {
  /** Uniform in 0 .. 2^32-1. */
  uint32(): number;
  /** Uniform in 0 .. bound-1; `bound` from 1 to 2^32. */
  below(bound: number): number;
}

/**
 * Source of all chance: one named stream per consumer, so that adding a consumer never changes another's
 * draws.
 */
export interface Random {
  stream(name: string): RandomStream;
}

/**
 * FNV-1a over the UTF-16 code units of `text`, 32 bits, with a basis and a prime: names that differ little hash alike.
 */
function hashName(text: string, basis: number, prime: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), prime);
  return hash;
}

/** MurmurHash3's finalizer: every bit of the input changes half the bits of the output. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * 128 bits of state from two hashes, mixed: the generator's first draws are sums of its state, and so are only as
 * independent as the states of its streams.
 */
function stateOf(text: string): readonly number[] {
  const a = hashName(text, 0x811c9dc5, 0x01000193);
  const b = hashName(text, 0x9e3779b9, 0x85ebca6b);
  const [mixedA, mixedB] = [mix(a), mix(b)];
  return [mixedA, mixedB, mix(a + mixedB), mix(b + mixedA)];
}

class XoroshiroStream implements RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  constructor(state: readonly number[]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  uint32(): number {
    return this.#generator.next() >>> 0;
  }

  below(bound: number): number {
    // Multiply-shift (Lemire 2019) without the rejection step: the bias is below bound / 2^32.
    return Math.floor((this.uint32() * bound) / 4294967296);
  }
}

/** Random numbers from one seed (xoroshiro128+ of pure-rand). Equal seed and name give equal draws, for ever. */
export class SeededRandom implements Random {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  stream(name: string): RandomStream {
    return new XoroshiroStream(stateOf(`${this.#seed}/${name}`));
  }

  /**
   * The same source with every name prefixed: what a plugin gets, so that two plugins never draw from one
   * stream.
   */
  scoped(prefix: string): Random {
    return { stream: (name) => this.stream(`${prefix}/${name}`) };
  }
}
