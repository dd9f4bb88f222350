/** Datasets that a worker fetched, in a folder by the SHA-256 of their bytes: several processes may share it. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sha256Of } from './sha256.ts';

export class DatasetCache {
  readonly #folder: string;
  readonly #own: string;
  /** Paths of those whose bytes were held against their hash. */
  readonly #checked = new Map<string, string>();

  /** @param own name that no other process has that writes there */
  constructor(folder: string, own: string) {
    this.#folder = folder;
    this.#own = own;
  }

  /** @returns its path; undefined where it is not there, or damaged */
  find(hash: string): string | undefined {
    const known = this.#checked.get(hash);
    if (known !== undefined || !existsSync(this.#folder)) return known;
    const isIt = (name: string): boolean => name.startsWith(hash) && !name.endsWith('.part');
    const found = readdirSync(this.#folder).find(isIt);
    if (found === undefined) return undefined;
    const path = join(this.#folder, found);
    if (sha256Of(readFileSync(path)) !== hash) {
      rmSync(path, { force: true });
      return undefined;
    }
    this.#checked.set(hash, path);
    return path;
  }

  /** Written whole and renamed. @param ending of its name, which tells readers what it is @returns its path */
  keep(hash: string, ending: string, bytes: Uint8Array): string {
    const path = join(this.#folder, `${hash}${endingOf(ending)}`);
    const partial = `${path}.${this.#own}.part`;
    mkdirSync(this.#folder, { recursive: true });
    try {
      writeFileSync(partial, bytes);
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
    this.#checked.set(hash, path);
    return path;
  }
}

/** `.raw.gz` of `images/mini.raw.gz`: nothing that leads elsewhere. */
export function endingOf(name: string): string {
  return /(?:\.\w{1,8}){0,2}$/.exec(name)![0];
}
