import type { OverbookErrorCode } from './error-codes.ts';

/** What an error is about, for programs: the parts that apply, by name. Sentences are for people, never parsed. */
export interface ErrorSubject {
  readonly mix?: string;
  readonly plugin?: string;
  readonly vm?: string;
  readonly pool?: string;
  /** Path of a setting or option: `host.reservePages`. */
  readonly setting?: string;
  readonly page?: number;
  readonly file?: string;
  /** Byte offset in the file. */
  readonly offset?: number;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** The known name that is most like an unknown one. */
  readonly nearest?: string;
}

/**
 * The one error class for everything that a user can mend: what went wrong, where, and the mend; printed as `at: what.
 * mend`. A program matches `code`, which is frozen between majors; the sentences are free to change. Two copies of this
 * package may be loaded at once (a plugin brings its own), so nothing may rely on `instanceof`: use `isOverbookError`.
 */
export class OverbookError extends Error {
  override readonly name = 'OverbookError';
  readonly code: OverbookErrorCode;
  /** Place: `file:line:column`, `file:0xoffset`, a host, a mix or a plugin id. */
  readonly at: string;
  /** What is wrong, without a full stop. */
  readonly what: string;
  /** What the reader can do about it, a whole sentence. */
  readonly mend: string;
  /** The same place as data. */
  readonly subject: ErrorSubject;

  constructor(
    code: OverbookErrorCode,
    at: string,
    what: string,
    mend: string,
    cause?: unknown,
    subject: ErrorSubject = {},
  ) {
    super(`${at}: ${what}. ${mend}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.at = at;
    this.what = what;
    this.mend = mend;
    this.subject = subject;
  }
}

/** True for an error of any loaded copy of this package. */
export function isOverbookError(error: unknown): error is OverbookError {
  return error instanceof Error && error.name === 'OverbookError' && 'code' in error && 'mend' in error;
}
