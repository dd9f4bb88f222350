/** A free frame that the host was told of, and one that it was not; 0 = in use. */
export const FREE_TOLD = 1;
export const FREE_UNTOLD = 2;

/**
 * Free page reporting (Linux mm/page_reporting.c): the untold frames of whole, aligned, free blocks of
 * 2^order frames, ascending. A block that does not fit any more waits for the next time.
 * @returns how many were written to `into`, at most `count`
 */
export function tellBlocks(free: Uint8Array, count: number, into: Uint32Array, order: number): number {
  const blockFrames = 2 ** order;
  let told = 0;
  for (let first = 0; first + blockFrames <= free.length; first += blockFrames) {
    let isWhole = true;
    let untold = 0;
    for (let frame = first; frame < first + blockFrames && isWhole; frame++) {
      isWhole = free[frame] !== 0;
      if (free[frame] === FREE_UNTOLD) untold++;
    }
    if (!isWhole || told + untold > count) continue;
    for (let frame = first; frame < first + blockFrames; frame++) {
      if (free[frame] === FREE_UNTOLD) into[told++] = frame;
    }
  }
  return told;
}

/**
 * Aligned blocks of 2^order frames that are wholly free, the last ones first: Linux's virtio-mem unplugs from the end
 * of the device, where what cannot move is least (drivers/virtio/virtio_mem.c).
 * @param free not 0 for a frame that is free
 * @returns first frames of at most `count` blocks
 */
export function lastFreeBlocks(free: Uint8Array, count: number, order: number): number[] {
  const frames = 2 ** order;
  const found: number[] = [];
  for (let first = Math.floor(free.length / frames) * frames - frames; first >= 0; first -= frames) {
    if (found.length === count) break;
    if (!free.subarray(first, first + frames).includes(0)) found.push(first);
  }
  return found;
}
