/** Tells by its first bytes what a file is that is no trace of ours. */
import { damo } from './damo.ts';
import { csv } from './csv.ts';
import type { ForeignFormat } from './foreign-format.ts';
import { lackey } from './lackey.ts';
import { oracleGeneral } from './oracle-general.ts';
import type { OtherFormat } from './other-formats.ts';
import { OTHER_FORMATS } from './other-formats.ts';
import type { Head } from './unpacked-chunks.ts';

/** What can be imported. CSV comes last: many a text has commas. */
export const FOREIGN_FORMATS: readonly ForeignFormat[] = [lackey, damo, oracleGeneral, csv];

/** A format that can be imported, or one that cannot; undefined for neither. */
export function recognised({ bytes, isWhole }: Head): ForeignFormat | OtherFormat | undefined {
  const known = FOREIGN_FORMATS.find((format) => format.name !== 'csv' && format.recognises(bytes, isWhole));
  if (known !== undefined) return known;
  const other = OTHER_FORMATS.find((format) => format.recognises(bytes));
  if (other !== undefined) return other;
  return csv.recognises(bytes, isWhole) ? csv : undefined;
}

export function isForeign(format: ForeignFormat | OtherFormat): format is ForeignFormat {
  return 'reader' in format;
}
