/** What an importer of a foreign format is: it takes the unpacked bytes in pieces and ends with a trace. */
import type { FileId } from '@overbook/formats';
import type { Trace } from '../trace/trace.ts';

/** How an import is to be done; each format has a default for what it needs. */
export interface ImportOptions {
  /** Length of an interval: instructions of lackey, requests of oracleGeneral and CSV. */
  readonly every?: number;
  /** damo: the target whose record is taken, where a file has several. */
  readonly target?: string;
  /** CSV: what its columns are; by header names where it is absent. */
  readonly columns?: CsvColumns;
  /** CSV: the character between two fields; told by the first line where it is absent. */
  readonly delimiter?: string;
}

/** Columns of a CSV file, by header name or by number from 1: one of `address`, `page` and `id`, and more. */
export interface CsvColumns {
  /** Byte address: decimal, or hexadecimal with 0x. */
  readonly address?: string;
  /** Page number: address / 4096. */
  readonly page?: string;
  /** Anything that names an object; each is one page. */
  readonly id?: string;
  /** Bytes of an access from `address` on; 1 without it. */
  readonly size?: string;
  /** Read, write or fetch; read without it. */
  readonly kind?: string;
}

/** A trace, and what people who use it must know of how it came about. */
export interface Imported {
  readonly trace: Trace;
  readonly notes: readonly string[];
}

/** Takes one file's bytes, front to back. */
export interface ForeignReader {
  push(chunk: Uint8Array): void;
  /** @throws OVB_TRACE_CORRUPT where it holds no trace */
  finish(): Imported;
}

export interface ForeignFormat {
  /** What `--from` calls it. */
  readonly name: ForeignName;
  /** What it is, for people: "memory accesses as valgrind's lackey prints them". */
  readonly title: string;
  /** True for a file that begins with these bytes. `isWhole` when there are no more. */
  recognises(head: Uint8Array, isWhole: boolean): boolean;
  reader(id: FileId, options: ImportOptions): ForeignReader;
}

export const FOREIGN_NAMES = ['lackey', 'oracleGeneral', 'damo', 'csv'] as const;
export type ForeignName = (typeof FOREIGN_NAMES)[number];
