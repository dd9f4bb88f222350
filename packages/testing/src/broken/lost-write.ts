import type { Gfn, Nanoseconds, VmId } from '@overbook/core';
import { KIND_SHARED } from '@overbook/core';
import { bind } from '@overbook/core/host';
import { HostMemory, MEMORY_FACTORY } from '@overbook/core/internals';

import { kitShare } from '../kit/kit-share.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Mapping tables that let a write through to a shared frame. */
class LostWriteMemory extends HostMemory {
  override access(vm: VmId, page: Gfn, write: boolean, at: Nanoseconds): Nanoseconds {
    return super.access(vm, page, write && this.kind(vm, page) !== KIND_SHARED, at);
  }
}

/** Copy-on-write without the copy, under a sound strategy that shares. */
export const lostWrite: BrokenCase = {
  breaks: PROMISES.reads,
  plugin: kitShare,
  bindings: [bind(MEMORY_FACTORY, () => (parts) => new LostWriteMemory(parts))],
};
