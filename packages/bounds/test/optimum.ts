/**
 * Misses of the best replacement that there is, in the plainest way: at each miss with full memory the page goes whose
 * next access is farthest ahead, found by looking ahead. O(accesses²); nothing of it is shared with what it checks.
 */
export function fewestMisses(accesses: readonly number[], frames: number): number {
  const inMemory = new Set<number>();
  let misses = 0;
  accesses.forEach((page, at) => {
    if (inMemory.has(page)) return;
    misses++;
    if (inMemory.size === frames) {
      const ahead = (one: number): number => {
        const next = accesses.indexOf(one, at);
        return next < 0 ? Infinity : next;
      };
      const [first, ...others] = inMemory;
      inMemory.delete(others.reduce((far, one) => (ahead(one) > ahead(far) ? one : far), first!));
    }
    inMemory.add(page);
  });
  return misses;
}

/** The same by trying every victim at every miss: says that the rule above is the best one. For a dozen accesses. */
export function fewestOfAll(accesses: readonly number[], frames: number): number {
  const after = (at: number, inMemory: readonly number[]): number => {
    const page = accesses[at];
    if (page === undefined) return 0;
    if (inMemory.includes(page)) return after(at + 1, inMemory);
    if (inMemory.length < frames) return 1 + after(at + 1, [...inMemory, page]);
    return (
      1 + Math.min(...inMemory.map((out) => after(at + 1, [...inMemory.filter((one) => one !== out), page])))
    );
  };
  return after(0, []);
}
