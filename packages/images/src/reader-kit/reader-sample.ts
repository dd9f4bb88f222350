/** A file of the format under test, and what is in it. */
import { PAGE_BYTES } from '@overbook/core/units';
import { PAGE_DATA, PAGE_STATES, PAGE_ZERO } from '@overbook/formats';

export interface ReaderSample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /**
   * The memory that the file is of, by guest page number: contents, or the name of a state. Pages that are not named
   * are holes. From another source than the reader: the raw dump beside the sample, or what the writer was given.
   */
  readonly memory: ReadonlyMap<number, Uint8Array | (typeof PAGE_STATES)[number]>;
}

/** The memory of a raw dump: every page of it, from page 0 on. */
export function sampleMemory(raw: Uint8Array): Map<number, Uint8Array> {
  const memory = new Map<number, Uint8Array>();
  for (let page = 0; page * PAGE_BYTES < raw.length; page++)
    memory.set(page, raw.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
  return memory;
}

/** What is wrong with a page that was read, in words; undefined when it is what the sample says. */
export function differsFrom(
  sample: ReaderSample,
  page: number,
  bytes: Uint8Array,
  state: number,
): string | undefined {
  const want = sample.memory.get(page) ?? 'hole';
  const isKnown = state === PAGE_DATA || state === PAGE_ZERO;
  if (typeof want === 'string') {
    const is = PAGE_STATES[state] ?? `state ${state}`;
    const isRight = is === want || (want === 'zero' && isKnown && isZero(bytes));
    return isRight ? undefined : `page ${page} is ${is}, not ${want}`;
  }
  if (!isKnown) return `page ${page} is ${PAGE_STATES[state] ?? `state ${state}`}, and there is data for it`;
  if (state === PAGE_ZERO && !isZero(want)) return `page ${page} is reported as zero but is not`;
  return Buffer.compare(bytes, want) === 0 ? undefined : `page ${page} has other bytes`;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
