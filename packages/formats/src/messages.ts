/** Every error that readers of our files and images throw, built in one place. Codes are frozen; sentences are not. */
import type { OverbookErrorCode } from '@overbook/core/units';
import { OverbookError } from '@overbook/core/units';
import type { FileId, FileKind } from './container/format.ts';

const PREFIX = {
  digest: 'OVB_DIGEST',
  trace: 'OVB_TRACE',
  recording: 'OVB_RECORDING',
} as const;
type CodeEnd = 'CORRUPT' | 'FORMAT' | 'INVALID' | 'TOO_LARGE' | 'VERSION';

function codeOf(kind: FileKind, end: CodeEnd): OverbookErrorCode {
  return `${PREFIX[kind]}_${end}` as const;
}

/** A place in a file as errors print it: `idle.ovd:0x40`. */
export function placeOf(file: string, offset: number): string {
  return `${file}:0x${offset.toString(16)}`;
}

/** Damaged, truncated or lying about itself. */
export function corrupt(id: FileId, offset: number, what: string, cause?: unknown): OverbookError {
  return new OverbookError(
    codeOf(id.kind, 'CORRUPT'),
    placeOf(id.name, offset),
    what,
    `Fetch or make the ${id.kind} again; none of it was used.`,
    cause,
  );
}

/** Not one of our files, or one of another kind. */
export function wrongFormat(id: FileId, what: string): OverbookError {
  return new OverbookError(
    codeOf(id.kind, 'FORMAT'),
    placeOf(id.name, 0),
    what,
    `Give a ${id.kind} in a format that docs/formats describes.`,
  );
}

/** One of ours, from another version of the format than 1 to `newest`. */
export function wrongVersion(id: FileId, got: number, newest: number): OverbookError {
  return new OverbookError(
    codeOf(id.kind, 'VERSION'),
    placeOf(id.name, 8),
    `format version ${got}; this program reads ${newest === 1 ? '1' : `1 to ${newest}`}`,
    'Use the version of overbook that wrote it, or make the file again.',
  );
}

/** Declares more than the caller allows to be unpacked. */
export function tooLarge(id: FileId, offset: number, wouldBe: number, allowed: number): OverbookError {
  return new OverbookError(
    codeOf(id.kind, 'TOO_LARGE'),
    placeOf(id.name, offset),
    `unpacks to ${wouldBe} bytes or more; at most ${allowed} are allowed`,
    'If you trust the file, raise maxUnpackedBytes.',
  );
}

/** Declares more pages than the caller allows. */
export function tooManyPages(id: FileId, pages: number, allowed: number): OverbookError {
  return new OverbookError(
    codeOf(id.kind, 'TOO_LARGE'),
    placeOf(id.name, 0),
    `declares ${pages} pages; at most ${allowed} are allowed`,
    'If you trust the file, raise maxPages.',
  );
}

/** In-memory data that no file of this kind may hold: a mistake of the caller, not of a file. */
export function invalid(id: FileId, what: string): OverbookError {
  return new OverbookError(codeOf(id.kind, 'INVALID'), id.name, what, 'Correct the data before writing it.');
}

/** A file that cannot be opened or read. */
export function unreadable(file: string, cause: unknown): OverbookError {
  const known = UNREADABLE.get(String((cause as { code?: unknown } | undefined)?.code));
  if (known !== undefined) return new OverbookError('OVB_FILE_UNREADABLE', file, ...known, cause);
  return new OverbookError(
    'OVB_FILE_UNREADABLE',
    file,
    cause instanceof Error ? cause.message : 'cannot be read',
    'Check the path and the permissions.',
    cause,
  );
}

/** What is wrong and the mend, by the system's code. */
const UNREADABLE: ReadonlyMap<string, readonly [what: string, mend: string]> = new Map([
  ['ENOENT', ['does not exist', 'Check the path: it is relative to the current folder.']],
  ['ENOTDIR', ['does not exist', 'Check the path: a part of it is a file, not a folder.']],
  ['EISDIR', ['is a folder', 'Give the path of a file in it.']],
  ['EACCES', ['cannot be read: access is denied', 'Ask for read permission, or give a readable copy.']],
] as const);
