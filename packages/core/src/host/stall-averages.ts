import type { Stall } from '../contract/policy.ts';
import type { Nanoseconds } from '../units/page.ts';
import { NS_PER_SECOND, toNs } from '../units/page.ts';

/** Windows of the averages, in seconds. */
const SHORT = 10;
const LONG = 60;

interface Running {
  avg10: number;
  avg60: number;
  timeNs: number;
  totalNs: number;
}

/**
 * Running averages of the time that VMs lost to waiting, as Linux's pressure stall information keeps them: what is
 * averaged decays by e within the window. Linux samples every two seconds; here the average goes on at every
 * observation, by the time that has passed, which gives the same for an even load.
 */
export class StallAverages {
  readonly #running = new Map<number, Running>();

  /** @param totalNs time lost since power-on; less than before after a power cycle, which begins anew */
  read(vm: number, time: Nanoseconds, totalNs: number): Stall {
    let one = this.#running.get(vm);
    if (one === undefined || totalNs < one.totalNs) {
      one = { avg10: 0, avg60: 0, timeNs: time, totalNs: one === undefined ? 0 : totalNs };
      this.#running.set(vm, one);
    }
    const elapsed = time - one.timeNs;
    if (elapsed > 0) {
      const percent = Math.min(100, (100 * (totalNs - one.totalNs)) / elapsed);
      one.avg10 = towards(one.avg10, percent, elapsed, SHORT);
      one.avg60 = towards(one.avg60, percent, elapsed, LONG);
      one.timeNs = time;
      one.totalNs = totalNs;
    }
    return { avg10: one.avg10, avg60: one.avg60, totalNs: toNs(totalNs) };
  }
}

function towards(average: number, percent: number, elapsedNs: number, windowS: number): number {
  const kept = Math.exp(-elapsedNs / (windowS * NS_PER_SECOND));
  return average * kept + percent * (1 - kept);
}
