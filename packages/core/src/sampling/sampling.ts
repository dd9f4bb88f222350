import { OverbookError } from '../units/errors.ts';

/** How working sets are sampled. */
export interface Sampling {
  /** Pages drawn per period and VM. */
  readonly pages: number;
  /** Length of a period, in milliseconds of the time that `time` names. */
  readonly periodMs: number;
  /** `execution`: time the VM ran, where the host's edges tell it; `host`: time that passed. */
  readonly time: 'execution' | 'host';
  /** Gains of the two moving averages, above 0, at most 1. */
  readonly slowGain: number;
  readonly fastGain: number;
  /** Least estimate of active and of written memory, in percent (SampleActivePctMin, SampleDirtiedPctMin). */
  readonly activeFloorPercent: number;
  readonly writtenFloorPercent: number;
}

/**
 * Published: 100 pages (Waldspurger, OSDI 2002, §5.3), 60 s of execution time (ESX 4.0 and later, Mem.SamplePeriod;
 * 30 s before), floors of 1 and 0 percent (Mem.SampleActivePctMin, Mem.SampleDirtiedPctMin). Assumed: the gains,
 * fitted to the curves of OSDI 2002, figure 6.
 */
export const SAMPLING: Sampling = {
  pages: 100,
  periodMs: 60_000,
  time: 'execution',
  slowGain: 0.25,
  fastGain: 0.7,
  activeFloorPercent: 1,
  writtenFloorPercent: 0,
};

/** Defaults filled in. @throws OVB_SAMPLING_INVALID */
export function readSampling(given: Partial<Sampling>, at: string): Sampling {
  const sampling = { ...SAMPLING, ...given };
  const isGain = (gain: number): boolean => gain > 0 && gain <= 1;
  const isPercent = (percent: number): boolean => percent >= 0 && percent <= 100;
  const check = (key: keyof Sampling, ok: boolean, mend: string): void => {
    if (ok) return;
    throw new OverbookError('OVB_SAMPLING_INVALID', at, `sampling: ${key} is ${String(sampling[key])}`, mend);
  };
  check('pages', Number.isInteger(sampling.pages) && sampling.pages > 0, 'Give a whole number above 0.');
  check('periodMs', sampling.periodMs > 0, 'Give a time above 0.');
  check('time', sampling.time === 'execution' || sampling.time === 'host', 'Give execution or host.');
  check('slowGain', isGain(sampling.slowGain), 'Give a number above 0, at most 1.');
  check('fastGain', isGain(sampling.fastGain), 'Give a number above 0, at most 1.');
  check('activeFloorPercent', isPercent(sampling.activeFloorPercent), 'Give 0 to 100.');
  check('writtenFloorPercent', isPercent(sampling.writtenFloorPercent), 'Give 0 to 100.');
  return sampling;
}
