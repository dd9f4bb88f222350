/** Free page reporting by a guest that remembers what it told. */
import { toGfn } from '@overbook/core';

import type { PageWriter } from '../engine/page-writer.ts';
import { FREE_TOLD, FREE_UNTOLD, tellBlocks } from './free-blocks.ts';

/** What a guest reported free and has not used since. Looked at when it reports: what is in use then counts as used. */
export class FreeReport {
  readonly #told: Uint8Array;

  constructor(frames: number) {
    this.#told = new Uint8Array(frames);
  }

  /**
   * Tells blocks, as `tellBlocks` does.
   * @param eachFree calls its argument with every frame that is free now
   * @param writer hears of each frame that is told
   */
  tell(
    eachFree: (visit: (frame: number) => void) => void,
    count: number,
    into: Uint32Array,
    order: number,
    writer: PageWriter,
  ): number {
    const free = new Uint8Array(this.#told.length);
    eachFree((frame) => {
      free[frame] = this.#told[frame] === 1 ? FREE_TOLD : FREE_UNTOLD;
    });
    for (let frame = 0; frame < free.length; frame++) if (free[frame] === 0) this.#told[frame] = 0;
    const told = tellBlocks(free, count, into, order);
    for (let i = 0; i < told; i++) {
      this.#told[into[i]!] = 1;
      writer.reportedFree(toGfn(into[i]!));
    }
    return told;
  }

  /** A frame that came back: it is to be told again. */
  forget(frame: number): void {
    this.#told[frame] = 0;
  }
}
