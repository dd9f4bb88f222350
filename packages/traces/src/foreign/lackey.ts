/**
 * Imports what `valgrind --tool=lackey --trace-mem=yes` prints: `I  addr,size` for each instruction, and ` L`, ` S` and
 * ` M` for its loads, stores and modifies (lk_main.c: "%08lx,%lu"). Lines of valgrind's own (`==pid==`, `--pid--`) and
 * marks of superblocks (`SB addr`) are passed over.
 */
import { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { AccessCollector } from './access-collector.ts';
import { finishedTrace } from './finished-trace.ts';
import type { ForeignFormat, ForeignReader, Imported, ImportOptions } from './foreign-format.ts';
import { LineSplitter, shown, textOf } from './line-splitter.ts';
import { badFile, badLine } from './refusals.ts';

const DEFAULT_EVERY = 1_000_000;
/** Chosen: far more than any instruction of any machine moves. */
const SIZE_MAX = 1_048_576;

const ACCESS = /^(?:I {2}| [LSM] )[0-9a-fA-F]{1,16},[1-9][0-9]*$/;
const OF_VALGRIND = /^(?:==|--|\*\*)([0-9]+)(?:==|--|\*\*)(?: |$)/;
const SUPERBLOCK = /^SB [0-9a-fA-F]{1,16}$/;

export const lackey: ForeignFormat = {
  name: 'lackey',
  title: "memory accesses as valgrind's lackey prints them",
  recognises(head) {
    const lines = Buffer.from(head.subarray(0, 16_384)).toString('latin1').split(/\r?\n/);
    const whole = lines.slice(0, Math.max(1, lines.length - 1)).filter((line) => line !== '');
    return (
      whole.some((line) => ACCESS.test(line)) &&
      whole.every((line) => ACCESS.test(line) || OF_VALGRIND.test(line) || SUPERBLOCK.test(line))
    );
  },
  reader: (id, options) => new LackeyReader(id, options),
};

const SPACE = 0x20;
const COMMA = 0x2c;
const LETTER_I = 0x49;
const LETTER_L = 0x4c;
const LETTER_M = 0x4d;
const LETTER_S = 0x53;

class LackeyReader implements ForeignReader {
  readonly #id: FileId;
  readonly #every: number;
  readonly #collector: AccessCollector;
  readonly #lines: LineSplitter;
  #instructions = 0;
  #process: string | undefined;

  constructor(id: FileId, { every = DEFAULT_EVERY }: ImportOptions) {
    this.#id = id;
    this.#every = every;
    this.#collector = new AccessCollector(id);
    this.#lines = new LineSplitter(id, (bytes, start, end, number) => this.#line(bytes, start, end, number));
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): Imported {
    this.#lines.end();
    if (this.#instructions > 0) this.#collector.interval(this.#instructions);
    if (this.#collector.intervals === 0) {
      throw badFile(
        this.#id,
        'holds no instruction line',
        'Record it with `valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM`.',
      );
    }
    const about = {
      source: 'valgrind lackey text, virtual pages',
      space: 'guest-virtual',
      everyInstructions: this.#every,
    } as const;
    return { trace: finishedTrace(this.#id, about, this.#collector.finish()), notes: [] };
  }

  #line(bytes: Uint8Array, start: number, end: number, number: number): void {
    const first = bytes[start];
    const isInstruction = first === LETTER_I;
    const letter = isInstruction ? bytes[start + 1] : first === SPACE ? bytes[start + 1] : undefined;
    const kind = isInstruction
      ? ACCESS_FETCH
      : letter === LETTER_L
        ? ACCESS_READ
        : letter === LETTER_S || letter === LETTER_M
          ? ACCESS_WRITE
          : 0;
    const gap = bytes[start + 2] === SPACE && (!isInstruction || letter === SPACE);
    if (kind === 0 || !gap) return this.#otherLine(textOf(bytes, start, end), number);
    if (isInstruction) {
      if (this.#instructions === this.#every) {
        this.#collector.interval(this.#instructions);
        this.#instructions = 0;
      }
      this.#instructions++;
    }
    this.#access(bytes, start + 3, end, kind, number);
  }

  /** `addr,size` in hexadecimal and decimal; an access may lie on several pages. */
  #access(bytes: Uint8Array, start: number, end: number, kind: number, line: number): void {
    let at = start;
    // The last three digits are the place within the page: a page number of 64-bit addresses has 52 bits.
    let page = 0;
    let offset = 0;
    for (; at < end && bytes[at] !== COMMA; at++) {
      const digit = hexDigit(bytes[at]!);
      if (digit < 0 || at - start === 16) throw this.#bad(bytes, start - 3, end, line);
      page = page * 16 + (offset >>> 8);
      offset = ((offset & 0xff) << 4) | digit;
    }
    let size = 0;
    for (at++; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9 || size > SIZE_MAX) throw this.#bad(bytes, start - 3, end, line);
      size = size * 10 + digit;
    }
    if (size === 0 || size > SIZE_MAX || bytes[start] === COMMA) throw this.#bad(bytes, start - 3, end, line);
    const last = page + Math.floor((offset + size - 1) / 4096);
    for (let touched = page; touched <= last; touched++) this.#collector.touch(touched, kind);
  }

  #otherLine(text: string, line: number): void {
    if (text === '' || SUPERBLOCK.test(text)) return;
    const process = OF_VALGRIND.exec(text)?.[1];
    if (process === undefined) throw this.#notOfLackey(text, line);
    if (this.#process !== undefined && this.#process !== process) {
      throw badLine(
        this.#id,
        line,
        `is of process ${process}, the lines before of ${this.#process}; a trace covers one process`,
        'Record each process into a file of its own: `--log-file=trace.%p`.',
      );
    }
    this.#process = process;
  }

  #bad(bytes: Uint8Array, start: number, end: number, line: number): Error {
    return this.#notOfLackey(textOf(bytes, start, end), line);
  }

  #notOfLackey(text: string, line: number): Error {
    return badLine(
      this.#id,
      line,
      `${shown(text)} is not a line of lackey`,
      "Keep the program's own output apart with valgrind's `--log-file=FILE`; a line that is cut short can be deleted.",
    );
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
