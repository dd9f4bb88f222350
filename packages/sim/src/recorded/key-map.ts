import { keySlot } from '@overbook/core/units';

const UNKNOWN = -1;

/** A small number for each 64-bit content key. Open addressing over typed arrays: 24 bytes a key at most. */
export class KeyMap {
  #values = new Int32Array(1024).fill(UNKNOWN);
  #keyLo = new Uint32Array(1024);
  #keyHi = new Uint32Array(1024);
  #count = 0;

  /** The key's number; -1 where it has none. */
  get(lo: number, hi: number): number {
    return this.#values[this.#slotOf(lo, hi)]!;
  }

  /** @param value 0 or more */
  set(lo: number, hi: number, value: number): void {
    const slot = this.#slotOf(lo, hi);
    const isNew = this.#values[slot] === UNKNOWN;
    this.#keyLo[slot] = lo;
    this.#keyHi[slot] = hi;
    this.#values[slot] = value;
    if (isNew && ++this.#count * 2 > this.#values.length) this.#grow();
  }

  #slotOf(lo: number, hi: number): number {
    const mask = this.#values.length - 1;
    let slot = keySlot(lo, hi, mask);
    while (this.#values[slot] !== UNKNOWN && (this.#keyLo[slot] !== lo || this.#keyHi[slot] !== hi))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [values, keyLo, keyHi] = [this.#values, this.#keyLo, this.#keyHi];
    this.#values = new Int32Array(values.length * 2).fill(UNKNOWN);
    this.#keyLo = new Uint32Array(values.length * 2);
    this.#keyHi = new Uint32Array(values.length * 2);
    this.#count = 0;
    values.forEach((value, slot) => {
      if (value !== UNKNOWN) this.set(keyLo[slot]!, keyHi[slot]!, value);
    });
  }
}
