/** A growing buffer with the few number codings our formats use. All numbers are little endian. */
export class ByteWriter {
  #bytes: Uint8Array;
  #count = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#count;
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#count++] = value;
  }

  u16(value: number): void {
    this.#room(2);
    this.#bytes[this.#count++] = value & 255;
    this.#bytes[this.#count++] = value >>> 8;
  }

  u32(value: number): void {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
  }

  /** LEB128: seven bits a byte, lowest first, bit 7 set on all but the last. Whole numbers below 2^53. */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#count++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#count++] = rest;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#count);
    this.#count += bytes.length;
  }

  /** What was written, as a view; write nothing afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#count);
  }

  #room(more: number): void {
    if (this.#count + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#count + more));
    grown.set(this.#bytes.subarray(0, this.#count));
    this.#bytes = grown;
  }
}
