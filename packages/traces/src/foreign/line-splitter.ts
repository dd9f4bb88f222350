/** Cuts chunks of text into lines without copying those that lie within one chunk. */
import type { FileId } from '@overbook/formats';
import { badLine } from './refusals.ts';

const NEWLINE = 10;
const RETURN = 13;
/** No line of any format here comes near it; what has longer ones is no text. */
const LINE_BYTES_MAX = 65_536;

/** One line: `bytes[start..end)`, without its end. `number` counts from 1. */
export type OnLine = (bytes: Uint8Array, start: number, end: number, number: number) => void;

export class LineSplitter {
  readonly #id: FileId;
  readonly #onLine: OnLine;
  /** The begun line that the chunks so far did not end. */
  #rest: Uint8Array = new Uint8Array(0);
  #number = 0;

  constructor(id: FileId, onLine: OnLine) {
    this.#id = id;
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#line(bytes, start, end);
      start = end + 1;
    }
    // A copy: the caller may reuse the chunk's memory.
    this.#rest = bytes.slice(start);
    if (this.#rest.length > LINE_BYTES_MAX) throw this.#tooLong();
  }

  /** A last line need not end. */
  end(): void {
    if (this.#rest.length > 0) this.#line(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > LINE_BYTES_MAX) throw this.#tooLong();
    this.#number++;
    this.#onLine(bytes, start, end > start && bytes[end - 1] === RETURN ? end - 1 : end, this.#number);
  }

  #tooLong(): Error {
    return badLine(
      this.#id,
      this.#number + 1,
      `is longer than ${LINE_BYTES_MAX} bytes`,
      'Give text with one record per line.',
    );
  }
}

/** The line as text, for messages and for formats that are not read byte by byte. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** A line in a message: its first characters, with control characters shown. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
