/**
 * Where a content key begins to look in a hash table. Keys come from files: seeds that no file knows keep a file from
 * sending all of its keys to one slot, where every look-up would walk past all the others.
 */

/** Drawn once a process; results do not depend on them, for no table is read in the order of its slots. */
const SEEDS = crypto.getRandomValues(new Uint32Array(2));
const [LOW_SEED, HIGH_SEED] = [SEEDS[0]!, SEEDS[1]!];

/**
 * A slot of a table of `mask` + 1, a power of two, for a content key of two 32-bit halves. It differs from process to
 * process: nothing that is shown or written may depend on it. Both halves count, each mixed whole (the finaliser of
 * MurmurHash3): keys of a weak hash may differ in a few bits of one half only.
 */
export function keySlot(lo: number, hi: number, mask: number): number {
  return mixed(mixed(lo ^ LOW_SEED) ^ hi ^ HIGH_SEED) & mask;
}

function mixed(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
