import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Goes on counting where the VM of that number stopped: it does not hear that the VM was switched off. */
export const keptByPowerCycle: BrokenCase = {
  breaks: PROMISES.powerCycle,
  plugin: changedSwap('kept-by-power-cycle', 'Remembers VMs that were switched off', (sound) => {
    const asked = new Map<number, number>();
    return {
      reclaim: (request) => {
        asked.set(request.vm, (asked.get(request.vm) ?? 0) + request.goal);
        return sound.reclaim(request);
      },
      vmCounters: (vm) => ({ asked: asked.get(vm) ?? 0 }),
    };
  }),
};
