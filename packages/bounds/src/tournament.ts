/**
 * The largest of many numbers that change one at a time: a binary tree with the numbers as leaves, where each inner
 * node is the larger of the two below it. A change costs one step for each level whose number it changes; 16 bytes a
 * number.
 */
export class Tournament {
  readonly #count: number;
  readonly #nodes: Float64Array;

  /** @param count how many numbers there are, at least one; each is `initial` at first */
  constructor(count: number, initial: number) {
    this.#count = count;
    this.#nodes = new Float64Array(2 * count).fill(initial);
  }

  get largest(): number {
    return this.#nodes[1]!;
  }

  /** Which of them is the largest; of equal ones always the same. O(log n). */
  where(): number {
    const nodes = this.#nodes;
    let node = 1;
    while (node < this.#count) node = nodes[2 * node] === nodes[node] ? 2 * node : 2 * node + 1;
    return node - this.#count;
  }

  get(index: number): number {
    return this.#nodes[this.#count + index]!;
  }

  set(index: number, value: number): void {
    const nodes = this.#nodes;
    let node = this.#count + index;
    nodes[node] = value;
    for (node >>= 1; node > 0; node >>= 1) {
      const left = nodes[2 * node]!;
      const right = nodes[2 * node + 1]!;
      const larger = left > right ? left : right;
      if (nodes[node] === larger) return;
      nodes[node] = larger;
    }
  }
}
