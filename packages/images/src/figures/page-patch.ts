// hot
/**
 * One page as a patch against another: copies of the reference and bytes of its own, in the manner of VCDIFF (RFC
 * 3284), with two-number instructions that fit a page. Greedy; words of 4 bytes, so that a shift of one byte is
 * not seen. Difference Engine used Xdelta: patches of another coder are somewhat larger or smaller.
 */
import { PAGE_BYTES } from '@overbook/core/units';

const WORDS = PAGE_BYTES / 4;
/** Shortest copy in words: an instruction costs 3 bytes. */
const COPY_WORDS_MIN = 3;
const SLOTS = 1024;
/**
 * First byte of an instruction: high bit set = copy; 12 bits of length in words - 1 and, of copies, 10 of the
 * place.
 */
const COPY = 0x80;

/** Writes patches into its own buffer. One for each thread. */
export class PagePatcher {
  readonly #slots = new Int16Array(SLOTS);
  readonly #out = new Uint8Array(PAGE_BYTES * 2);
  #length = 0;

  /**
   * The patch that makes `page` of `reference`, or undefined when it would take `limit` bytes or more. Both are a
   * page as 1024 words. The bytes are the patcher's own: take what you need before asking for the next.
   */
  patch(page: Uint32Array, reference: Uint32Array, limit: number): Uint8Array | undefined {
    this.#index(reference);
    this.#length = 0;
    let literal = 0; // first word that no instruction has told yet
    for (let at = 0; at < WORDS;) {
      const place = this.#placeOf(page, reference, at);
      const words = place < 0 ? 0 : matchingWords(page, at, reference, place);
      if (words < COPY_WORDS_MIN) at++;
      else {
        this.#literals(page, literal, at);
        this.#instruction(COPY | (place >>> 8), words, place & 0xff);
        at += words;
        literal = at;
      }
      if (this.#length + (at - literal) * 4 >= limit) return undefined;
    }
    this.#literals(page, literal, WORDS);
    return this.#length < limit ? this.#out.subarray(0, this.#length) : undefined;
  }

  /** Where the reference may have what the page has at a word: at the same place, else where the index says. */
  #placeOf(page: Uint32Array, reference: Uint32Array, at: number): number {
    if (
      page[at] === reference[at] &&
      page[at + 1] === reference[at + 1] &&
      page[at + 2] === reference[at + 2]
    )
      return at;
    return at + COPY_WORDS_MIN > WORDS ? -1 : this.#slots[slotOf(page, at)]!;
  }

  #index(reference: Uint32Array): void {
    this.#slots.fill(-1);
    // From the end, so that the earliest of equal places stays.
    for (let at = WORDS - COPY_WORDS_MIN; at >= 0; at--) this.#slots[slotOf(reference, at)] = at;
  }

  #literals(page: Uint32Array, from: number, to: number): void {
    if (from === to) return;
    const words = to - from;
    this.#out[this.#length++] = (words - 1) >>> 8;
    this.#out[this.#length++] = (words - 1) & 0xff;
    for (let at = from; at < to; at++) {
      const word = page[at]!;
      this.#out[this.#length++] = word & 0xff;
      this.#out[this.#length++] = (word >>> 8) & 0xff;
      this.#out[this.#length++] = (word >>> 16) & 0xff;
      this.#out[this.#length++] = word >>> 24;
    }
  }

  /** Copy: 1 bit mark, 2 bits unused, 2 bits of length, 2 bits of place, then their low bytes. */
  #instruction(head: number, words: number, placeLow: number): void {
    this.#out[this.#length++] = head | (((words - 1) >>> 8) << 2);
    this.#out[this.#length++] = (words - 1) & 0xff;
    this.#out[this.#length++] = placeLow;
  }
}

/** The page that a patch of `reference` describes, 1024 words. */
export function patchedPage(patch: Uint8Array, reference: Uint32Array): Uint32Array {
  const page = new Uint32Array(WORDS);
  let to = 0;
  for (let at = 0; at < patch.length;) {
    const head = patch[at]!;
    if ((head & COPY) !== 0) {
      const words = (((head >>> 2) & 3) << 8) + patch[at + 1]! + 1;
      const place = ((head & 3) << 8) + patch[at + 2]!;
      page.set(reference.subarray(place, place + words), to);
      to += words;
      at += 3;
    } else {
      const words = (head << 8) + patch[at + 1]! + 1;
      at += 2;
      for (let word = 0; word < words; word++, at += 4)
        page[to++] =
          (patch[at]! | (patch[at + 1]! << 8) | (patch[at + 2]! << 16) | (patch[at + 3]! << 24)) >>> 0;
    }
  }
  return page;
}

function matchingWords(page: Uint32Array, at: number, reference: Uint32Array, place: number): number {
  const most = WORDS - Math.max(at, place);
  let words = 0;
  while (words < most && page[at + words] === reference[place + words]) words++;
  return words;
}

function slotOf(words: Uint32Array, at: number): number {
  const mixed =
    Math.imul(words[at]!, 0x9e3779b1) ^
    Math.imul(words[at + 1]!, 0x85ebca6b) ^
    Math.imul(words[at + 2]!, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) & (SLOTS - 1);
}
