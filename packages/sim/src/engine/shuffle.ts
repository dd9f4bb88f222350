// hot
/**
 * Fisher-Yates over two columns. Draws come from a 32-bit xorshift (Marsaglia 2003) seeded per call, in line:
 * a call per draw would cost more than the access that is simulated.
 */
export function shuffle(pages: Uint32Array, accesses: Uint8Array, count: number, seed: number): void {
  let state = seed === 0 ? 0x9e3779b9 : seed | 0;
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = Math.floor(((state >>> 0) * (i + 1)) / 4294967296);
    const page = pages[i]!;
    pages[i] = pages[j]!;
    pages[j] = page;
    const kind = accesses[i]!;
    accesses[i] = accesses[j]!;
    accesses[j] = kind;
  }
}

/** The same, with the same draws, over one column. */
export function shuffleEntries(entries: Int32Array, count: number, seed: number): void {
  let state = seed === 0 ? 0x9e3779b9 : seed | 0;
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = Math.floor(((state >>> 0) * (i + 1)) / 4294967296);
    const entry = entries[i]!;
    entries[i] = entries[j]!;
    entries[j] = entry;
  }
}
