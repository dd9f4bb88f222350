import type { Trace } from '@overbook/traces';

/** Which pages of which files are in memory (mm/filemap.c), and which were and had to go. */
export class PageCache {
  /** Pages in the cache. */
  pages = 0;
  readonly #files: (Trace | undefined)[] = [];
  /** Frame of each page of each file; 0 = not in the cache. */
  readonly #frames: Uint32Array[] = [];
  /** 1 for pages of each file that were in the cache and had to go. */
  readonly #evicted: Uint8Array[] = [];

  /** Number of a program's file; `undefined` makes one of its own, of `pages` pages. */
  fileOf(trace: Trace | undefined, pages = trace?.pages ?? 0): number {
    const known = trace === undefined ? -1 : this.#files.indexOf(trace);
    if (known >= 0) return known;
    this.#frames.push(new Uint32Array(pages));
    this.#evicted.push(new Uint8Array(pages));
    return this.#files.push(trace) - 1;
  }

  /** Frame of a page, 0 when it is not in the cache or beyond the file. */
  frameOf(file: number, page: number): number {
    return this.#frames[file]![page] ?? 0;
  }

  /** Whether a page was in the cache before and had to go. */
  wasEvicted(file: number, page: number): boolean {
    return this.#evicted[file]![page] === 1;
  }

  add(file: number, page: number, frame: number): void {
    this.#frames[file]![page] = frame;
    this.pages++;
  }

  evict(file: number, page: number): void {
    this.#frames[file]![page] = 0;
    this.#evicted[file]![page] = 1;
    this.pages--;
  }
}
