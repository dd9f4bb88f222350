/**
 * The one error class for everything that a user can mend. A program matches `code`, which is frozen between
 * majors; the sentence is for people and free to change. Two copies of this package may be loaded at once (a
 * plugin brings its own), so nothing may rely on `instanceof`: use `isOverbookError`.
 */
export type OverbookErrorCode = `OVB_${string}`;

/** What went wrong, where, and the mend; printed as `at: what. mend`. */
export class OverbookError extends Error {
  override readonly name = 'OverbookError';
  readonly code: OverbookErrorCode;
  /** Place: `file:line:column`, `file:0xoffset`, a host, a mix or a plugin id. */
  readonly at: string;
  /** What is wrong, without a full stop. */
  readonly what: string;
  /** What the reader can do about it, a whole sentence. */
  readonly mend: string;

  constructor(code: OverbookErrorCode, at: string, what: string, mend: string, cause?: unknown) {
    super(`${at}: ${what}. ${mend}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.at = at;
    this.what = what;
    this.mend = mend;
  }
}

/** True for an error of any loaded copy of this package. */
export function isOverbookError(error: unknown): error is OverbookError {
  return error instanceof Error && error.name === 'OverbookError' && 'code' in error && 'mend' in error;
}
