import { keySlot } from '@overbook/core/units';

/**
 * Numbers distinct contents in order of first appearance. A content is its 64-bit key with size and fill: two
 * contents that share a key but differ in the others stay apart. Open addressing over typed arrays: 20 bytes a
 * content, no object each.
 */
export class ContentIndex {
  #slots = new Int32Array(1024).fill(-1);
  #keyLo = new Uint32Array(512);
  #keyHi = new Uint32Array(512);
  #compressedBytes = new Uint16Array(512);
  #fill = new Uint8Array(512);
  #count = 0;

  /** Distinct contents so far. */
  get count(): number {
    return this.#count;
  }

  /** The number of a content; a new one equals the count before the call. */
  add(lo: number, hi: number, bytes: number, fill: number): number {
    const mask = this.#slots.length - 1;
    let slot = keySlot(lo, hi, mask);
    for (;;) {
      const content = this.#slots[slot]!;
      if (content < 0) return this.#insert(slot, lo, hi, bytes, fill);
      if (
        this.#keyLo[content] === lo &&
        this.#keyHi[content] === hi &&
        this.#compressedBytes[content] === bytes &&
        this.#fill[content] === fill
      )
        return content;
      slot = (slot + 1) & mask;
    }
  }

  /** Is this content the one of that number? Spares `add` where a guess is likely right. */
  is(content: number, lo: number, hi: number, bytes: number, fill: number): boolean {
    return (
      content < this.#count &&
      this.#keyLo[content] === lo &&
      this.#keyHi[content] === hi &&
      this.#compressedBytes[content] === bytes &&
      this.#fill[content] === fill
    );
  }

  #insert(slot: number, lo: number, hi: number, bytes: number, fill: number): number {
    const content = this.#count++;
    this.#slots[slot] = content;
    this.#keyLo[content] = lo;
    this.#keyHi[content] = hi;
    this.#compressedBytes[content] = bytes;
    this.#fill[content] = fill;
    if (this.#count === this.#keyLo.length) this.#grow();
    return content;
  }

  #grow(): void {
    const capacity = this.#count * 2;
    const keyLo = new Uint32Array(capacity);
    const keyHi = new Uint32Array(capacity);
    const compressedBytes = new Uint16Array(capacity);
    const fill = new Uint8Array(capacity);
    keyLo.set(this.#keyLo);
    keyHi.set(this.#keyHi);
    compressedBytes.set(this.#compressedBytes);
    fill.set(this.#fill);
    this.#keyLo = keyLo;
    this.#keyHi = keyHi;
    this.#compressedBytes = compressedBytes;
    this.#fill = fill;
    this.#rehash();
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let content = 0; content < this.#count; content++) {
      let slot = keySlot(this.#keyLo[content]!, this.#keyHi[content]!, mask);
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = content;
    }
    this.#slots = slots;
  }
}
