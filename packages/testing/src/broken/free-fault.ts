import { changedSwap, withBacking } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

/** Charges the host for decompressing a page and lets the guest go on as if that took no time. */
export const freeFault: BrokenCase = {
  breaks: PROMISES.faultTime,
  plugin: changedSwap('free-fault', 'Ends faults without the cost of their work', (sound, { meter }) =>
    withBacking(sound, {
      fault: (...given) => {
        meter.spend('decompressPage', 2);
        return sound.backing.fault(...given);
      },
    }),
  ),
};
