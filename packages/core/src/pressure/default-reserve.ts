import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';

const LEAST = 16;
const PART = 256;

/**
 * Frames kept for reclaim itself where nothing else is said: 1/256 of memory, at least 16, and at most half of the
 * lowest threshold. Guests cannot take the last `reserve` frames, so a state whose threshold is below them would never
 * be entered: minFree grows slower than memory from 4 GiB on.
 * @param lowest of the thresholds, where the host has memory states
 */
export function defaultReserve(memory: Pages, lowest?: Pages): Pages {
  const part = Math.max(LEAST, Math.floor(memory / PART));
  return toPages(lowest === undefined ? part : Math.max(1, Math.min(part, Math.floor(lowest / 2))));
}
