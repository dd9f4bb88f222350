/** Ranges laid over each other, the last one on top: which range is seen where. Typed arrays, some 50 bytes a range. */

export class PaintedRanges {
  /** Ranges given before `paint`, pieces seen after it. */
  count = 0;
  /** One past the last byte of any range. */
  end = 0;
  /** Bytes that some range gives. */
  covered = 0;
  #start = new Float64Array(64);
  #end = new Float64Array(64);
  #source = new Float64Array(64);
  #owner = new Int32Array(0);
  #ascending = true;

  /** A range of `size` bytes from `start` on, whose bytes begin at `source` elsewhere. */
  add(start: number, size: number, source: number): void {
    if (this.count === this.#start.length) this.#grow();
    if (start < this.end) this.#ascending = false;
    this.#start[this.count] = start;
    this.#end[this.count] = start + size;
    this.#source[this.count++] = source;
    this.end = Math.max(this.end, start + size);
    this.covered += size;
  }

  /** Sorts and cuts: afterwards pieces ascend and do not overlap. O(n log n). */
  paint(): void {
    const { count } = this;
    if (this.#ascending) {
      this.#owner = Int32Array.from({ length: count }, (_, at) => at);
      return;
    }
    const edges = sortedEdges(this.#start.subarray(0, count), this.#end.subarray(0, count));
    const owner = new Int32Array(edges.length).fill(-1);
    const unpainted = new Int32Array(edges.length + 1).map((_, at) => at);
    for (let range = count - 1; range >= 0; range--) {
      const end = placeOf(edges, this.#end[range]!);
      const from = placeOf(edges, this.#start[range]!);
      for (let at = next(unpainted, from); at < end; at = next(unpainted, at)) {
        owner[at] = range;
        unpainted[at] = at + 1;
      }
    }
    this.#keep(edges, owner);
  }

  /** Index of the piece that holds a byte, or of the first one behind it. */
  find(offset: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#end[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  startAt(index: number): number {
    return this.#start[index]!;
  }

  endAt(index: number): number {
    return this.#end[index]!;
  }

  sourceAt(index: number): number {
    return this.#source[index]!;
  }

  /** Which range a piece belongs to: 0 for the first that was added. */
  ownerAt(index: number): number {
    return this.#owner[index]!;
  }

  #keep(edges: Float64Array, owner: Int32Array): void {
    const [starts, sources] = [this.#start, this.#source];
    const pieces: Record<'start' | 'end' | 'source' | 'owner', number[]> = {
      start: [],
      end: [],
      source: [],
      owner: [],
    };
    this.covered = 0;
    for (let at = 0; at < owner.length; at++) {
      const range = owner[at]!;
      if (range < 0) continue;
      const from = at;
      while (owner[at + 1] === range) at++;
      pieces.start.push(edges[from]!);
      pieces.end.push(edges[at + 1]!);
      pieces.owner.push(range);
      pieces.source.push(sources[range]! + edges[from]! - starts[range]!);
      this.covered += edges[at + 1]! - edges[from]!;
    }
    this.count = pieces.start.length;
    this.#start = Float64Array.from(pieces.start);
    this.#end = Float64Array.from(pieces.end);
    this.#source = Float64Array.from(pieces.source);
    this.#owner = Int32Array.from(pieces.owner);
  }

  #grow(): void {
    const length = this.#start.length * 2;
    const was = [this.#start, this.#end, this.#source] as const;
    this.#start = new Float64Array(length);
    this.#end = new Float64Array(length);
    this.#source = new Float64Array(length);
    this.#start.set(was[0]);
    this.#end.set(was[1]);
    this.#source.set(was[2]);
  }
}

function sortedEdges(starts: Float64Array, ends: Float64Array): Float64Array {
  const all = new Float64Array(starts.length * 2);
  all.set(starts);
  all.set(ends, starts.length);
  all.sort();
  let count = 0;
  for (let at = 0; at < all.length; at++) if (at === 0 || all[at] !== all[at - 1]) all[count++] = all[at]!;
  return all.subarray(0, count);
}

/** Index of an edge that is there. */
function placeOf(edges: Float64Array, edge: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first unpainted piece at or after `at`; paths are halved on the way (union-find). */
function next(unpainted: Int32Array, at: number): number {
  while (unpainted[at] !== at) {
    unpainted[at] = unpainted[unpainted[at]!]!;
    at = unpainted[at]!;
  }
  return at;
}
