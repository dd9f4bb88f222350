// hot
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED } from '../pmap/kinds.ts';
import type { Pmap } from '../pmap/pmap.ts';
import { touchedBits } from '../pmap/pmap.ts';
import type { Nanoseconds } from '../units/page.ts';
import { toGfn } from '../units/page.ts';
import type { TranslationStats } from './translation.ts';

/**
 * A walk reads or writes a guest page by its frame number: the end of the walk, or a table page on the way.
 * Sets the host's bits as Pmap.touchMany does; where the page has no usable frame the hypervisor provides
 * one, which is an exit. @returns when the page may be used, or BLOCKED
 */
export function touchHost(
  host: HostMemory,
  pmap: Pmap,
  page: number,
  write: boolean,
  at: Nanoseconds,
  stats: TranslationStats,
): Nanoseconds {
  const kind = pmap.kind(page);
  if (kind === KIND_MAPPED || (kind === KIND_SHARED && !write)) {
    pmap.touches?.put(page);
    const before = pmap.bits[page]!;
    const after = touchedBits(before, write);
    if (after !== before) pmap.bits[page] = after;
    return at;
  }
  stats.nestedFaults++;
  return host.access(pmap.id, toGfn(page), write, at);
}
