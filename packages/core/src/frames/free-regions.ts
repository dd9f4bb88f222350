// hot

/** Small frames in one large frame. */
export const REGION_FRAMES = 512;
const NONE = 0xffffffff;

/**
 * Free machine frames by region of 512, so that a whole free region (a 2 MiB frame) can be had at once. A
 * region with free frames is in one of two lists: `whole`, all 512 free, or `partial`. Small frames come
 * from partial regions as long as there are any, which keeps whole ones whole. Taking and giving a frame is
 * O(1), and so is taking a region; 14 bytes a region beside the links, which live in the pool's own words.
 */
export class FreeRegions {
  readonly #total: number;
  /** By frame, while it is free: the next free frame of its region. */
  readonly #links: Uint32Array;
  /** By region: first free frame. */
  readonly #heads: Uint32Array;
  readonly #free: Uint16Array;
  /** By region: its neighbours in its list. */
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  #whole = NONE;
  #partial = NONE;
  #wholeCount = 0;

  /** All frames free. @param links a word per frame, the pool's own, in use here only while the frame is free */
  constructor(total: number, links: Uint32Array) {
    const regions = Math.ceil(total / REGION_FRAMES);
    this.#total = total;
    this.#links = links;
    this.#heads = new Uint32Array(regions);
    this.#free = new Uint16Array(regions);
    this.#next = new Uint32Array(regions).fill(NONE);
    this.#previous = new Uint32Array(regions).fill(NONE);
    // From the last, so that the first region and in it the first frame are taken first.
    for (let region = regions - 1; region >= 0; region--) {
      const first = region * REGION_FRAMES;
      const end = Math.min(first + REGION_FRAMES, total);
      for (let frame = first; frame < end; frame++) links[frame] = frame + 1 < end ? frame + 1 : NONE;
      this.#heads[region] = first;
      this.#free[region] = end - first;
      this.#enlist(region);
    }
  }

  /** Regions of 512 free frames. */
  get whole(): number {
    return this.#wholeCount;
  }

  /** A free frame, of a partial region if there is one, or -1. */
  take(): number {
    const region = this.#partial === NONE ? this.#whole : this.#partial;
    if (region === NONE) return -1;
    const frame = this.#heads[region]!;
    const wasWhole = this.#free[region] === REGION_FRAMES;
    if (wasWhole || this.#free[region] === 1) this.#delist(region);
    this.#heads[region] = this.#links[frame]!;
    this.#free[region]!--;
    if (wasWhole) this.#enlist(region);
    return frame;
  }

  /** First frame of a whole free region, all 512 taken, or -1. */
  takeWhole(): number {
    const region = this.#whole;
    if (region === NONE) return -1;
    this.#delist(region);
    this.#free[region] = 0;
    this.#heads[region] = NONE;
    return region * REGION_FRAMES;
  }

  give(frame: number): void {
    const region = frame >>> 9;
    const had = this.#free[region]!;
    if (had === REGION_FRAMES - 1) this.#delist(region);
    this.#links[frame] = had === 0 ? NONE : this.#heads[region]!;
    this.#heads[region] = frame;
    this.#free[region] = had + 1;
    if (had === 0 || had === REGION_FRAMES - 1) this.#enlist(region);
  }

  /** Free frames, by walking every list. Infinity where lists, counts or `isFree` disagree. For checks. */
  count(isFree: (frame: number) => boolean): number {
    let frames = 0;
    let listed = 0;
    let whole = 0;
    for (const [list, isWhole] of [
      [this.#whole, true],
      [this.#partial, false],
    ] as const) {
      for (let region = list, before = NONE; region !== NONE; before = region, region = this.#next[region]!) {
        if (this.#previous[region] !== before || ++listed > this.#heads.length) return Infinity;
        if ((this.#free[region] === REGION_FRAMES) !== isWhole) return Infinity;
        if (isWhole) whole++;
        const counted = this.#countRegion(region, isFree);
        if (counted === 0 || counted !== this.#free[region]) return Infinity;
        frames += counted;
      }
    }
    const withFree = this.#free.filter((free) => free > 0).length;
    return listed === withFree && whole === this.#wholeCount ? frames : Infinity;
  }

  #countRegion(region: number, isFree: (frame: number) => boolean): number {
    let count = 0;
    for (let frame = this.#heads[region]!; frame !== NONE; frame = this.#links[frame]!) {
      if (frame >>> 9 !== region || frame >= this.#total || !isFree(frame) || ++count > REGION_FRAMES)
        return Infinity;
    }
    return count;
  }

  #enlist(region: number): void {
    const isWhole = this.#free[region] === REGION_FRAMES;
    const head = isWhole ? this.#whole : this.#partial;
    this.#next[region] = head;
    this.#previous[region] = NONE;
    if (head !== NONE) this.#previous[head] = region;
    if (isWhole) {
      this.#whole = region;
      this.#wholeCount++;
    } else {
      this.#partial = region;
    }
  }

  #delist(region: number): void {
    const next = this.#next[region]!;
    const previous = this.#previous[region]!;
    const isWhole = this.#free[region] === REGION_FRAMES;
    if (previous !== NONE) this.#next[previous] = next;
    else if (isWhole) this.#whole = next;
    else this.#partial = next;
    if (next !== NONE) this.#previous[next] = previous;
    if (isWhole) this.#wholeCount--;
  }
}
