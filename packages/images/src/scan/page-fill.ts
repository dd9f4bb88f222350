/** Tells pages that need no compressor: all zero, or one 8-byte word repeated (as zswap and zram recognise them). */
import { FILL_OTHER, FILL_SAME, FILL_ZERO } from '@overbook/core/units';

/** Fill class of a page given as 32-bit words; mostly decided by the first few. */
export function fillOf(words: Uint32Array): number {
  const even = words[0]!;
  const odd = words[1]!;
  for (let at = 2; at < words.length; at += 2) {
    if (words[at] !== even || words[at + 1] !== odd) return FILL_OTHER;
  }
  return even === 0 && odd === 0 ? FILL_ZERO : FILL_SAME;
}
