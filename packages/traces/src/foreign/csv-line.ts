/** One line of a CSV file (RFC 4180, except that no field holds the end of a line). */

/** Its fields; undefined where a quotation mark is not closed, or is inside an unquoted field. */
export function fieldsOf(line: string, delimiter: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = line[at] === '"';
    const end = quoted ? closing(line, at + 1) : endOf(line, at, delimiter);
    if (end < 0) return undefined;
    const field = quoted ? line.slice(at + 1, end).replaceAll('""', '"') : line.slice(at, end).trim();
    if (!quoted && field.includes('"')) return undefined;
    fields.push(field);
    const after = quoted ? end + 1 : end;
    if (after === line.length) return fields;
    if (line[after] !== delimiter) return undefined;
    at = after + 1;
  }
}

function endOf(line: string, from: number, delimiter: string): number {
  const end = line.indexOf(delimiter, from);
  return end < 0 ? line.length : end;
}

/** Place of the mark that closes a field; two of them are one in the text. */
function closing(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] !== '"') return at;
  }
  return -1;
}

/** The delimiter that a first line shows: a semicolon, a tab, a bar or a comma. */
export function delimiterOf(line: string): string {
  return [',', ';', '\t', '|'].reduce((best, one) =>
    line.split(one).length > line.split(best).length ? one : best,
  );
}
