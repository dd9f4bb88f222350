/** Holes of sparse files. */

/** The next offset with data, or the next hole, from `offset` on; without help of the system everything is data. */
export function nextData(_descriptor: number, offset: number, size: number, what: 'data' | 'hole'): number {
  return what === 'data' ? offset : size;
}
