import type { Stall } from '../contract/policy.ts';
import type { Nanoseconds } from '../units/page.ts';
import { NS_PER_SECOND, toNs } from '../units/page.ts';

/** Windows of the averages, in seconds (kernel/sched/psi.c). */
const WINDOWS = [10, 60, 300] as const;
/** In place of a VM: the host. */
const HOST = -1;

interface Running {
  readonly averages: [number, number, number];
  timeNs: number;
  /** What was averaged so far of the time lost. */
  totalNs: number;
  /** Time lost, as it was told last. */
  toldNs: number;
}

/**
 * Running averages of the time that was lost to waiting, under the names of Linux's pressure stall information
 * (kernel/sched/psi.c, Documentation/accounting/psi.rst): what is averaged decays by e within the window. Linux samples
 * every two seconds, and its fixed-point factors (1677, 1981 and 2034 of 2048) are e^(−2/10), e^(−2/60) and e^(−2/300);
 * here the averages go on at every observation, by the time that has passed, which gives the same for an even load. A
 * wait that is longer than the time since the last look counts in the looks that follow, as Linux carries it over.
 */
export class StallAverages {
  readonly #running = new Map<number, Running>();

  /** @param totalNs time lost since power-on; less than before after a power cycle, which begins anew */
  read(vm: number, time: Nanoseconds, totalNs: number): Stall {
    let one = this.#running.get(vm);
    if (one === undefined || totalNs < one.toldNs) {
      const [timeNs, before] = one === undefined ? [0, 0] : [time, totalNs];
      one = { averages: [0, 0, 0], timeNs, totalNs: before, toldNs: before };
      this.#running.set(vm, one);
    }
    one.toldNs = totalNs;
    const elapsed = time - one.timeNs;
    if (elapsed > 0) {
      const lost = Math.min(elapsed, totalNs - one.totalNs);
      WINDOWS.forEach((window, i) => {
        one.averages[i] = towards(one.averages[i]!, (100 * lost) / elapsed, elapsed, window);
      });
      one.timeNs = time;
      one.totalNs += lost;
    }
    const [avg10, avg60, avg300] = one.averages;
    return { avg10, avg60, avg300, totalNs: toNs(totalNs) };
  }

  /** The same of the whole host. Its time does not begin anew: a VM that ends while it waits takes its wait along. */
  readHost(time: Nanoseconds, totalNs: number): Stall {
    return this.read(HOST, time, Math.max(totalNs, this.#running.get(HOST)?.toldNs ?? 0));
  }
}

function towards(average: number, percent: number, elapsedNs: number, windowS: number): number {
  const kept = Math.exp(-elapsedNs / (windowS * NS_PER_SECOND));
  return average * kept + percent * (1 - kept);
}
