import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

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

/** FNV-1a over the UTF-16 code units of `text`, 32 bits: only spreads names, promises nothing else. */
function hashName(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

class XoroshiroStream implements RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
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
    return new XoroshiroStream(hashName(name, hashName(String(this.#seed), 0x811c9dc5)) | 0);
  }

  /**
   * The same source with every name prefixed: what a plugin gets, so that two plugins never draw from one
   * stream.
   */
  scoped(prefix: string): Random {
    return { stream: (name) => this.stream(`${prefix}/${name}`) };
  }
}
