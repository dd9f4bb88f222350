/** Figures of a mix at a point in the words and units of the tables. */
import { duration, grouped, short } from '@overbook/lab/words';

import type { SUMMARISED } from '../rows/point-summary.ts';

type Summarised = (typeof SUMMARISED)[number];

export interface ShownMetric {
  readonly metric: Summarised;
  readonly name: string;
  /** Label of its axis, with the unit. */
  readonly label: string;
  /** What one of its units is, in those of results. */
  readonly unit: number;
  /** No figure is less. */
  readonly floor: number;
  readonly text: (value: number) => string;
}

export const SLOW_DOWN: ShownMetric = {
  metric: 'workSlowdown',
  name: 'slow-down',
  label: 'slow-down',
  unit: 1,
  floor: 1,
  text: (value) => value.toFixed(Math.abs(value) >= 100 ? 0 : 3),
};

export const OTHER_METRICS: readonly ShownMetric[] = [
  {
    metric: 'worstGuestStall',
    name: 'worst guest',
    label: "part of the worst-hit guest's life that it waited (%)",
    unit: 0.01,
    floor: 0,
    text: (value) => `${short(value * 100)} %`,
  },
  { metric: 'stallP99Ns', name: 'p99 wait', label: 'p99 wait (us)', unit: 1e3, floor: 0, text: duration },
  { metric: 'hostCpuNs', name: 'host CPU', label: 'host CPU (s)', unit: 1e9, floor: 0, text: duration },
  { metric: 'pagesWritten', name: 'pages written', label: 'pages written', unit: 1, floor: 0, text: grouped },
];
