/**
 * The results of cells in a folder, one file each, by key. A file is written whole under another name and renamed, so
 * whoever is killed at any moment leaves whole results and nothing else that is taken for one.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import type { CellFigures } from '@overbook/lab';

import { CELL_SCHEMA } from './cell.ts';

/** What a file of the store holds. */
export interface CellResult extends CellFigures {
  readonly schema: typeof CELL_SCHEMA;
  readonly key: string;
}

/** Name of a file that is not whole yet. */
const PARTIAL = /\.part$/;

/** The bytes of a result. The same for the same cell, wherever it ran. */
export function cellText(result: CellResult): string {
  return `${JSON.stringify(result)}\n`;
}

export class CellStore {
  readonly #folder: string;
  readonly #own: string;
  /** Folders that were made: making one that is there costs as much as a file. */
  readonly #made = new Set<string>();

  /** @param own name that no other process has that writes there at the same time */
  constructor(folder: string, own: string) {
    this.#folder = folder;
    this.#own = own;
  }

  /** Where a result lies: two letters of the key make a folder, so that none has very many files. */
  pathOf(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }

  has(key: string): boolean {
    return existsSync(this.pathOf(key));
  }

  /** @returns undefined where there is none, or where the file holds something else */
  read(key: string): CellResult | undefined {
    let text: string;
    try {
      text = readFileSync(this.pathOf(key), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return cellResultOf(text, key);
  }

  /** @throws the system's error, for instance of a full disk; what was there stays */
  write(key: string, text: string): void {
    const path = this.pathOf(key);
    const partial = `${path}.${this.#own}.part`;
    this.#make(dirname(path));
    try {
      writeFileSync(partial, text);
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  }

  #make(folder: string): void {
    if (this.#made.has(folder)) return;
    mkdirSync(folder, { recursive: true });
    this.#made.add(folder);
  }

  /** Removes what killed processes left half-written. @param olderThanMs by the clock of the disk */
  clean(nowMs: number, olderThanMs: number): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(this.#folder, name);
      if (PARTIAL.test(name) && nowMs - statSync(path).mtimeMs > olderThanMs) rmSync(path, { force: true });
    }
  }
}

/** @returns undefined where the text is no result of that key */
export function cellResultOf(text: string, key: string): CellResult | undefined {
  try {
    const result = JSON.parse(text) as Partial<CellResult>;
    return result.schema === CELL_SCHEMA && result.key === key ? (result as CellResult) : undefined;
  } catch {
    return undefined;
  }
}
