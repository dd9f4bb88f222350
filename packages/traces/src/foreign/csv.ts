/** Imports CSV: one access a line, in the columns that options name or a header tells. */
import { ACCESS_READ } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { delimiterOf, fieldsOf } from './csv-line.ts';
import type { CsvPlan } from './csv-columns.ts';
import { headerColumns, kindOf, numberIn, planColumns } from './csv-columns.ts';
import { finishedTrace } from './finished-trace.ts';
import type { CsvColumns, ForeignFormat, ForeignReader, Imported, ImportOptions } from './foreign-format.ts';
import { LineSplitter, shown, textOf } from './line-splitter.ts';
import { badFile, badLine } from './refusals.ts';
import { RequestCollector } from './request-collector.ts';

/** Most bytes of one access: 1 GiB. */
const SIZE_MAX = 2 ** 30;

export const csv: ForeignFormat = {
  name: 'csv',
  title: 'accesses as CSV',
  recognises(head) {
    const text = Buffer.from(head.subarray(0, 16_384)).toString('utf8');
    if (/^\s*[[{<]|\0/.test(text)) return false;
    const [first = '', ...rest] = text.split(/\r?\n/).filter((line) => line !== '');
    const delimiter = delimiterOf(first);
    const columns = fieldsOf(first, delimiter)?.length ?? 0;
    const whole = rest.slice(0, -1);
    return columns > 1 && whole.every((line) => fieldsOf(line, delimiter)?.length === columns);
  },
  reader: (id, options) => new CsvReader(id, options),
};

class CsvReader implements ForeignReader {
  readonly #id: FileId;
  readonly #columns: CsvColumns | undefined;
  readonly #requests: RequestCollector;
  readonly #lines: LineSplitter;
  #delimiter: string | undefined;
  #plan: CsvPlan | undefined;

  constructor(id: FileId, options: ImportOptions) {
    this.#id = id;
    this.#columns = options.columns;
    this.#delimiter = options.delimiter;
    this.#requests = new RequestCollector(id, options);
    this.#lines = new LineSplitter(id, (bytes, start, end, number) =>
      this.#line(textOf(bytes, start, end), number),
    );
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): Imported {
    this.#lines.end();
    if (this.#requests.count === 0)
      throw badFile(
        this.#id,
        'holds no line with an access',
        'Give one access per line, with or without a header.',
      );
    const { collected, notes } = this.#requests.finish();
    const about = {
      source: `CSV, accesses by ${this.#plan!.subject}`,
      space: 'guest-virtual',
      everyInstructions: this.#requests.every,
    } as const;
    return { trace: finishedTrace(this.#id, about, collected), notes };
  }

  #line(text: string, number: number): void {
    if (text.trim() === '') return;
    this.#delimiter ??= delimiterOf(text);
    const fields = fieldsOf(text, this.#delimiter);
    if (fields === undefined)
      throw badLine(this.#id, number, `${shown(text)} has a misplaced quotation mark`, 'Correct the line.');
    if (this.#plan === undefined) {
      const { plan, isHeader } = planColumns(
        this.#id,
        fields,
        this.#columns ?? headerColumns(this.#id, fields),
      );
      this.#plan = plan;
      if (isHeader) return;
    }
    this.#access(this.#plan, fields, number);
  }

  #access(plan: CsvPlan, fields: readonly string[], number: number): void {
    const field = (column: number): string => {
      const found = fields[column];
      if (found !== undefined && found !== '') return found;
      const what = `has nothing in column ${column + 1}`;
      throw badLine(this.#id, number, what, 'Correct the line, or give other columns with --columns.');
    };
    const kind = plan.kind === undefined ? ACCESS_READ : kindOf(this.#id, number, field(plan.kind));
    if (plan.subject === 'id') return this.#requests.request(keyOf(field(plan.column)), kind);
    const value = numberIn(this.#id, number, field(plan.column));
    if (plan.subject === 'page') return this.#requests.request(this.#page(value, number), kind);
    const size = plan.size === undefined ? 1n : numberIn(this.#id, number, field(plan.size));
    if (size < 1n || size > BigInt(SIZE_MAX))
      throw badLine(
        this.#id,
        number,
        `an access of ${size} bytes`,
        'Give sizes in bytes, from 1 byte to 1 GiB.',
      );
    const last = this.#page((value + size - 1n) >> 12n, number);
    this.#requests.requestPages(this.#page(value >> 12n, number), last, kind);
  }

  #page(number: bigint, line: number): number {
    if (number <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(number);
    throw badLine(this.#id, line, `page ${number} is above 2^53`, 'Give addresses below 2^64, or use `id`.');
  }
}

/** Ids that are plain numbers stay numbers, so that pages keep their order. */
function keyOf(id: string): number | string {
  return /^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}
