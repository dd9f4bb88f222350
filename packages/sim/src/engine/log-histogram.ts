/** Buckets an octave: a bucket is at most a sixteenth wide, seen from its lower edge. */
const PARTS = 16;
/** Whole values below this have a bucket each. */
const EXACT = 2 * PARTS;

/**
 * Counts of whole numbers from 0 to 2^53 by length, in buckets that grow with the value (as HdrHistogram's): a quantile
 * is right within a sixteenth, in 8 bytes a bucket, whatever the longest value. O(1) a value.
 */
export class LogHistogram {
  readonly #counts: number[] = [];
  #total = 0;
  #max = 0;

  /** @param value a whole number of at least 0 */
  add(value: number): void {
    this.#count(bucketOf(value), 1);
    if (value > this.#max) this.#max = value;
  }

  /** Takes over all that `other` counted. */
  addAll(other: LogHistogram): void {
    other.#counts.forEach((count, bucket) => {
      if (count > 0) this.#count(bucket, count);
    });
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * The value that a part of all values does not exceed: the largest of its bucket, so never too small, and at most the
   * largest that was added. 0 of none.
   * @param part above 0, at most 1
   */
  quantile(part: number): number {
    const rank = Math.ceil(part * this.#total);
    let below = 0;
    for (const [bucket, count = 0] of this.#counts.entries()) {
      below += count;
      if (below >= rank && count > 0) return Math.min(lastOf(bucket), this.#max);
    }
    return 0;
  }

  #count(bucket: number, count: number): void {
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket]! += count;
    this.#total += count;
  }
}

function bucketOf(value: number): number {
  if (value < EXACT) return value;
  // Nearly every wait is below two seconds: no logarithm for these.
  if (value < 2 ** 31) {
    const octave = 31 - Math.clz32(value);
    return (octave - 4) * PARTS + (value >>> (octave - 4));
  }
  let octave = Math.floor(Math.log2(value));
  // log2 rounds: just below a power of two it may give the power.
  if (2 ** octave > value) octave--;
  return (octave - 4) * PARTS + Math.floor(value / 2 ** (octave - 4));
}

/** Largest value of a bucket. */
function lastOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const octave = Math.floor(bucket / PARTS) + 3;
  const part = (bucket % PARTS) + PARTS;
  return (part + 1) * 2 ** (octave - 4) - 1;
}
