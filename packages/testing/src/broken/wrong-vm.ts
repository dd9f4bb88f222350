import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Takes pages of the next VM where this one has few. */
export const wrongVm: BrokenCase = {
  breaks: PROMISES.askedVm,
  plugin: changedSwap('wrong-vm', 'Takes pages of another VM than asked', (sound, { pages }) => ({
    reclaim: (request) => {
      const { vms } = pages;
      const other = vms[(request.vm + 1) % vms.length]!;
      return sound.reclaim(request.goal === 0 ? request : { ...request, vm: other.id });
    },
  })),
};
