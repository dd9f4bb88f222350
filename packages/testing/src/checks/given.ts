import { KIND_UNTOUCHED, toGfn } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

/**
 * What guests gave the strategy, by balloon or in blocks, has nothing behind it any more, or the host gained nothing
 * by it; what they have back is theirs, or the guest seems smaller than it is.
 */
export function checkGiven({ watch, host }: KitHost): void {
  const { memory, kinds } = host;
  const own = new Set(Object.values(watch.kinds));
  for (const [vm, pages] of watch.given) {
    for (const [page, given] of pages) {
      const kind = memory.kind(vm, toGfn(page));
      watch.looked('given');
      // A kind of its own may hold nothing as well: its handler answers for that.
      const empty = memory.isAway(kind) || kind === KIND_UNTOUCHED || own.has(kind);
      if (given ? empty : !memory.isAway(kind)) continue;
      const what = `page ${page} of VM ${memory.vms[vm]!.name} is ${kinds.names[kind]!}`;
      throw new BrokenPromise('given', `${what}, and its guest ${given ? 'gave it up' : 'has it back'}`);
    }
  }
}
