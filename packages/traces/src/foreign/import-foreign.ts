/** Imports traces of other tools, in pieces: the file is never in memory as a whole (but for damo's JSON). */
import type { FileId } from '@overbook/formats';
import type { ForeignName, Imported, ImportOptions } from './foreign-format.ts';
import { FOREIGN_FORMATS, isForeign, recognised } from './recognise.ts';
import { otherFormat } from './refusals.ts';
import type { Head } from './unpacked-chunks.ts';
import { headOf, unpackedChunks } from './unpacked-chunks.ts';

/**
 * Reads a file of another tool, plain or packed with gzip, zlib (damo's own) or Brotli (`.br`).
 * @param from whose format it is; a file that is clearly another is refused
 * @throws OVB_TRACE_FORMAT, OVB_TRACE_CORRUPT, OVB_TRACE_TOO_LARGE or OVB_FILE_UNREADABLE
 */
export async function importForeign(
  path: string,
  from: ForeignName,
  options: ImportOptions = {},
): Promise<Imported> {
  const id: FileId = { kind: 'trace', name: path };
  refuseOthers(id, from, headOf(path));
  const reader = FOREIGN_FORMATS.find(({ name }) => name === from)!.reader(id, options);
  for await (const chunk of unpackedChunks(path)) reader.push(chunk);
  return reader.finish();
}

/** A file is what its first bytes show: said to be another, it is refused by its name. */
function refuseOthers(id: FileId, from: ForeignName, head: Head): void {
  const found = recognised(head);
  if (found === undefined || ('name' in found && found.name === from)) return;
  const said = FOREIGN_FORMATS.find(({ name }) => name === from)!;
  // What is said is believed where the first bytes allow it: any text may be meant as CSV.
  if (said.recognises(head.bytes, head.isWhole)) return;
  throw refusal(id, head)!;
}

/**
 * The error for a file that is no trace of ours, where it is known what it is: by name, with what to do.
 * @param head its first bytes, unpacked
 */
export function refusal(id: FileId, head: Head): Error | undefined {
  const found = recognised(head);
  if (found === undefined) return undefined;
  if (!isForeign(found)) return otherFormat(id, `is ${found.title}`, found.mend.replaceAll('FILE', id.name));
  const { name, title } = found;
  return otherFormat(
    id,
    `holds ${title}: an import loses some of it (docs/formats/trace.md says what)`,
    `Name its format: \`overbook trace import ${id.name} --from ${name} -o NAME.ovt\`.`,
  );
}
