import { Subscription } from 'rxjs';

import { changedSwap } from '../kit/changed-swap.ts';
import { PROMISES } from '../promises.ts';
import type { BrokenCase } from './broken-case.ts';

const clock: { readonly setInterval: (run: () => void, ms: number) => unknown } = globalThis;

/** Works on the clock of the real world, and goes on after it was disposed. */
export const realTimer: BrokenCase = {
  breaks: PROMISES.realTimer,
  plugin: changedSwap('real-timer', 'Leaves a real timer', () => ({
    start: () => {
      clock.setInterval(() => undefined, 60_000);
      return new Subscription();
    },
  })),
};
