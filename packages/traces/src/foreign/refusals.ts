/** Errors of importers of foreign traces. */
import { OverbookError } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';

/** A line that is none of the format's, or lies. */
export function badLine(id: FileId, line: number, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_TRACE_CORRUPT', `${id.name}:${line}`, what, mend);
}

/** A file whose whole does not hold together. */
export function badFile(id: FileId, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_TRACE_CORRUPT', id.name, what, mend);
}

/** More than can be held while it is imported. */
export function tooMuch(id: FileId, what: string): OverbookError {
  return new OverbookError(
    'OVB_TRACE_TOO_LARGE',
    id.name,
    what,
    'Import a shorter part of it, or set longer intervals with --every.',
  );
}

/** Another format than the one that was said, or one that is not imported. */
export function otherFormat(id: FileId, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_TRACE_FORMAT', id.name, what, mend);
}
