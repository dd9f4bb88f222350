import type { LruLists } from '@overbook/core/internals';

import type { AddressSpace } from './address-space.ts';
import type { BuddyAllocator } from './buddy-allocator.ts';

import type { PageFrames } from './page-frames.ts';
import { USE_ANON, USE_FILE, USE_NONE } from './page-frames.ts';
import type { SwapArea } from './swap-area.ts';

/** What a guest kernel keeps of one and the same memory. */
export interface KernelBooks {
  readonly frames: PageFrames;
  readonly spaces: readonly AddressSpace[];
  readonly buddy: BuddyAllocator;
  readonly lists: LruLists;
  readonly swap: SwapArea;
}

/** Recounts: each frame has one use, page tables, lists and swap agree. @throws Error with the numbers */
export function verifyKernel({ frames, spaces, buddy, lists, swap }: KernelBooks): void {
  const mapped = mappedOnce(frames, spaces);
  frames.use.forEach((use, frame) => {
    if (frame > 0 && (use === USE_NONE) !== buddy.isFree(frame))
      throw new Error(`frame ${frame}: use ${use}`);
    const listed = lists.listOf(frame) >= 0;
    if (listed !== (use === USE_ANON || use === USE_FILE))
      throw new Error(`frame ${frame} is on the wrong list`);
    if (use === USE_ANON && mapped[frame] !== 1) throw new Error(`anonymous frame ${frame} has no owner`);
  });
  const inSwap = spaces.reduce((sum, { slots }) => sum + slots.filter((slot) => slot > 0).length, 0);
  if (inSwap !== swap.used) throw new Error(`${inSwap} pages paged out, ${swap.used} slots used`);
}

/** 1 for each frame that a process maps; anonymous ones by one alone. */
function mappedOnce({ use, owner, page: pageOf }: PageFrames, spaces: readonly AddressSpace[]): Uint8Array {
  const seen = new Uint8Array(use.length);
  spaces.forEach((space, process) => {
    space.frames.forEach((frame, page) => {
      if (frame === 0) return;
      if (space.table.gfnOf(space.gvpnOf(page)) !== frame)
        throw new Error(`page ${page} is mapped elsewhere`);
      const anonymous = space.fromFile[page] === 0;
      if (use[frame] !== (anonymous ? USE_ANON : USE_FILE)) throw new Error(`frame ${frame} has another use`);
      if (anonymous && (owner[frame] !== process || pageOf[frame] !== page || seen[frame]! > 0))
        throw new Error(`frame ${frame} has two owners`);
      seen[frame] = 1;
    });
  });
  return seen;
}
