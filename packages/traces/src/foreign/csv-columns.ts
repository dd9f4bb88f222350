/** Which column of a CSV file says what, and how its fields are read. */
import { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import type { CsvColumns } from './foreign-format.ts';
import { shown } from './line-splitter.ts';
import { badLine, otherFormat } from './refusals.ts';

export interface CsvPlan {
  readonly subject: 'address' | 'page' | 'id';
  /** Place of the subject, from 0; of the others too. */
  readonly column: number;
  readonly size?: number;
  readonly kind?: number;
}

/** Names under which headers of other tools have these columns. */
const HEADERS: Readonly<Record<keyof CsvColumns, readonly string[]>> = {
  address: ['address', 'addr', 'vaddr', 'paddr', 'gpa', 'gva'],
  page: ['page', 'pfn', 'gfn', 'vpn', 'page_number'],
  id: ['id', 'obj_id', 'object_id', 'obj', 'object', 'key', 'lba', 'block'],
  size: ['size', 'bytes', 'length', 'obj_size'],
  kind: ['kind', 'op', 'type', 'rw', 'access', 'operation'],
};

const KINDS: readonly (readonly [kind: number, names: readonly string[]])[] = [
  [ACCESS_FETCH, ['i', 'x', 'fetch', 'ifetch', 'exec', 'instr']],
  [ACCESS_READ, ['r', 'l', 'read', 'load', 'get']],
  [ACCESS_WRITE, ['w', 's', 'm', 'write', 'store', 'modify', 'set', 'put']],
];

const SUBJECTS = ['address', 'page', 'id'] as const;
const MEND =
  'Give the columns by name or by number, as in `--columns address=2,kind=3` or `--columns id=obj`.';

/** What a header tells. @throws OVB_TRACE_FORMAT where it names nothing that could be touched */
export function headerColumns(id: FileId, header: readonly string[]): CsvColumns {
  const names = header.map((name) => name.toLowerCase());
  const found = Object.entries(HEADERS).flatMap(([column, known]) => {
    const name = header[names.findIndex((one) => known.includes(one))];
    return name === undefined ? [] : [[column, name] as const];
  });
  const columns: CsvColumns = Object.fromEntries(found);
  const subject = SUBJECTS.find((one) => columns[one] !== undefined);
  if (subject === undefined) {
    const what = `its first line, ${shown(header.join(','))}, names no column for an address, a page or an id`;
    throw otherFormat(id, what, MEND);
  }
  const { size, kind } = columns;
  return {
    [subject]: columns[subject]!,
    ...(subject === 'address' && size !== undefined ? { size } : {}),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** Columns as places; the first line is a header where a column is said by name. @throws OVB_TRACE_FORMAT */
export function planColumns(
  id: FileId,
  first: readonly string[],
  columns: CsvColumns,
): { readonly plan: CsvPlan; readonly isHeader: boolean } {
  const subjects = SUBJECTS.filter((one) => columns[one] !== undefined);
  const [subject] = subjects;
  if (subject === undefined || subjects.length > 1)
    throw otherFormat(id, 'columns must name exactly one of address, page and id', MEND);
  if (columns.size !== undefined && subject !== 'address')
    throw otherFormat(id, `a size goes with an address, not with ${subject}`, MEND);
  let isHeader = false;
  const place = (column: string): number => {
    const byName = first.indexOf(column);
    if (byName >= 0 && !/^\d+$/.test(column)) {
      isHeader = true;
      return byName;
    }
    const number = Number(column);
    if (Number.isInteger(number) && number >= 1 && number <= first.length) return number - 1;
    throw otherFormat(
      id,
      `has no column ${shown(column)}; its first line is ${shown(first.join(','))}`,
      MEND,
    );
  };
  const plan: CsvPlan = {
    subject,
    column: place(columns[subject]!),
    ...(columns.size === undefined ? {} : { size: place(columns.size) }),
    ...(columns.kind === undefined ? {} : { kind: place(columns.kind) }),
  };
  return { plan, isHeader };
}

/** A whole number, decimal or hexadecimal with 0x, below 2^64. @throws OVB_TRACE_CORRUPT */
export function numberIn(id: FileId, line: number, text: string): bigint {
  if (/^(?:\d{1,20}|0[xX][0-9a-fA-F]{1,16})$/.test(text)) {
    const value = BigInt(text);
    if (value < 2n ** 64n) return value;
  }
  const what = `${shown(text)} is not a whole number below 2^64`;
  throw badLine(
    id,
    line,
    what,
    'Write decimal numbers, or hexadecimal with 0x; if there is a header, give `--columns` by name.',
  );
}

/** ACCESS_FETCH, ACCESS_READ or ACCESS_WRITE. @throws OVB_TRACE_CORRUPT */
export function kindOf(id: FileId, line: number, text: string): number {
  const name = text.toLowerCase();
  const found = KINDS.find(([, names]) => names.includes(name));
  if (found !== undefined) return found[0];
  throw badLine(
    id,
    line,
    `${shown(text)} is not a kind of access`,
    'Use read, write and fetch, or r, w and i.',
  );
}
