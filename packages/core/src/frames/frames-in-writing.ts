/**
 * Free frames whose old content a device is still writing, by when each is written. Completions of one queue come
 * nearly in order, so a new one is put in from the end.
 */
export class FramesInWriting {
  #times = new Float64Array(64);
  #from = 0;
  #to = 0;

  get count(): number {
    return this.#to - this.#from;
  }

  /** One more frame, written at that time. */
  add(writtenAt: number): void {
    if (this.#from === this.#to) this.#from = this.#to = 0;
    else if (this.#to === this.#times.length) this.#makeRoom();
    let at = this.#to++;
    while (at > this.#from && this.#times[at - 1]! > writtenAt) {
      this.#times[at] = this.#times[at - 1]!;
      at--;
    }
    this.#times[at] = writtenAt;
  }

  /** Forgets the frames that are written by then. @returns true when there was one */
  passTo(time: number): boolean {
    const before = this.count;
    while (this.#from < this.#to && this.#times[this.#from]! <= time) this.#from++;
    return this.count < before;
  }

  /** The frame that is written first is spoken for. There must be one. @returns when it is written */
  claim(): number {
    return this.#times[this.#from++]!;
  }

  #makeRoom(): void {
    const { count } = this;
    const times = count > this.#times.length / 2 ? new Float64Array(2 * this.#times.length) : this.#times;
    times.set(this.#times.subarray(this.#from, this.#to));
    this.#times = times;
    this.#from = 0;
    this.#to = count;
  }
}
