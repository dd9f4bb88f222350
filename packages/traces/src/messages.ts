/** Errors of importers: files in foreign formats. Those of our own formats come from @overbook/images. */
import { OverbookError } from '@overbook/core/units';
import { placeOf } from '@overbook/images/container';

/** A foreign file that does not hold what its format promises. */
export const importFailed = (
  file: string,
  offset: number | undefined,
  what: string,
  cause?: unknown,
): OverbookError =>
  new OverbookError(
    'OVB_IMPORT_CORRUPT',
    offset === undefined ? file : placeOf(file, offset),
    what,
    'Fetch or record it again; nothing of it was used.',
    cause,
  );

/** A foreign file in a form, or with a fingerprint, that this version does not know. */
export const importUnknown = (file: string, what: string): OverbookError =>
  new OverbookError('OVB_IMPORT_FORMAT', file, what, 'See docs/formats/trace.md for what can be imported.');
