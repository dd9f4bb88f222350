import type { FramePool } from '../frames/frame-pool.ts';
import { FRAME_FREE, FRAME_SHARED } from '../frames/frame-pool.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_SHIFT, PAYLOAD_MASK } from '../pmap/kinds.ts';
import { toMfn } from '../units/page.ts';

/** What the tables and the pool's frames say, looked at one by one: no counter has a part in it. */
export interface Recount {
  /** Frames that at least one guest page points at. */
  readonly referenced: number;
  /** Pointers from guest pages to frames. */
  readonly references: number;
  /** Frames whose use is not `free`. */
  readonly inUse: number;
  /** Frames whose use is `shared`. */
  readonly sharedFrames: number;
  /** 1/references of each page on a frame, summed; by VM. */
  readonly consumed: readonly number[];
}

/** Recounts a host. O(guest pages + frames): for checks. */
export function recount(memory: HostMemory, pool: FramePool): Recount {
  const pointers = new Uint32Array(pool.total);
  const onFrame = (entry: number): boolean => {
    const kind = entry >>> KIND_SHIFT;
    return kind === KIND_MAPPED || kind === KIND_SHARED;
  };
  for (const { entries } of memory.pmaps)
    for (const entry of entries) if (onFrame(entry)) pointers[entry & PAYLOAD_MASK]!++;
  const consumed = memory.pmaps.map(({ entries }) => {
    let parts = 0;
    for (const entry of entries) if (onFrame(entry)) parts += 1 / pointers[entry & PAYLOAD_MASK]!;
    return parts;
  });
  let referenced = 0;
  let references = 0;
  let inUse = 0;
  let sharedFrames = 0;
  for (let frame = 0; frame < pool.total; frame++) {
    const use = pool.use(toMfn(frame));
    if (use !== FRAME_FREE) inUse++;
    if (use === FRAME_SHARED) sharedFrames++;
    const count = pointers[frame]!;
    if (count > 0) referenced++;
    references += count;
  }
  return { referenced, references, inUse, sharedFrames, consumed };
}
