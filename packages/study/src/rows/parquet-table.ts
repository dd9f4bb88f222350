/** A Parquet file that is written a group of rows at a time, so that a table of any length takes little memory. */
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import { ParquetWriter, fileWriter } from 'hyparquet-writer';

import type { CellValue, Column } from './columns.ts';

/** Rows that are held before they are written. Chosen: some megabytes. */
const GROUP_ROWS = 10_000;

const TYPES = { text: 'STRING', number: 'DOUBLE', flag: 'BOOLEAN' } as const;

export class ParquetTable<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #writer: ParquetWriter;
  #held: CellValue[][];
  #rows = 0;

  /** Makes the file, which stays incomplete until `finish`. */
  constructor(path: string, columns: readonly Column<Row>[]) {
    this.#columns = columns;
    this.#held = columns.map(() => []);
    const root: SchemaElement = { name: 'root', num_children: columns.length };
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [root, ...columns.map(schemaOf)],
      createdBy: 'overbook',
    });
  }

  add(row: Row): void {
    for (const [i, { of }] of this.#columns.entries()) this.#held[i]!.push(of(row));
    if (++this.#rows === GROUP_ROWS) this.#flush();
  }

  finish(): void {
    if (this.#rows > 0) this.#flush();
    void this.#writer.finish();
  }

  #flush(): void {
    const columnData = this.#columns.map(({ name, kind }, i): ColumnSource => {
      return { name, data: this.#held[i]!, type: TYPES[kind] };
    });
    void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    this.#held = this.#columns.map(() => []);
    this.#rows = 0;
  }
}

function schemaOf({ name, kind }: Column<never>): SchemaElement {
  const nullable = { name, repetition_type: 'OPTIONAL' } as const;
  if (kind === 'text') return { ...nullable, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  return { ...nullable, type: kind === 'number' ? 'DOUBLE' : 'BOOLEAN' };
}
