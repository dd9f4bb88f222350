import type { VmCounters } from './counters.ts';

export type CounterUnit = 'pages' | 'pages/s' | 'percent' | 'shares' | 'count' | 'ratio' | 'word';
export type CounterValue = number | string | undefined;

/** An earlier reading of the same host, for rates. */
export interface Since<R> {
  readonly reading: R;
  readonly elapsedNs: number;
}

/** One counter: its name in each source, what it counts, and how it is read. */
export interface Counter<R> {
  /** Name in this project; with the unit's ending (`columnName`) it heads columns of results. */
  readonly name: string;
  /** 1 counts guest pages, 2 machine frames; absent where neither is counted. */
  readonly set?: 1 | 2;
  readonly unit: CounterUnit;
  /** Field of esxtop's memory screen. */
  readonly esxtop?: string;
  /** Key in vCenter's counter group `mem`. */
  readonly vcenter?: string;
  readonly meaning: string;
  readonly source: string;
  /** Undefined where the host does not know: never 0 instead. Rates need an earlier reading. */
  readonly of: (now: R, since?: Since<R>) => CounterValue;
}

/** A VM's counter; `host` tells how the sum over VMs is called, where the host level has it. */
export interface VmCounter extends Counter<VmCounters> {
  readonly host?: { readonly esxtop?: string; readonly vcenter?: string };
}

/** Names under which strategies publish what the catalogue knows (Strategy.vmCounters), in the unit stated there. */
export const PUBLISHED: ReadonlySet<string> = new Set([
  'balloonTarget',
  'balloonMax',
  'swapTarget',
  'swapFile',
  'hostCacheUsed',
  'hostCacheIns',
  'hostCacheOuts',
  'cacheSize',
  'cacheUsed',
  'cowHints',
]);

/** Where definitions come from; texts are in our own words. */
export const SOURCES = {
  esxtop: 'vSphere Monitoring and Performance 5.0, esxtop memory panel',
  vcenter: 'vCenter PerfCounterInfo, group mem',
  both: 'vSphere Monitoring and Performance 5.0, esxtop memory panel; vCenter PerfCounterInfo, group mem',
  management: 'vSphere Resource Management',
  metrics: 'vCenter PerfCounterInfo, group mem; Rahabok, vSphere Metrics',
  sampling: 'Waldspurger, OSDI 2002, §5.3; esxtop memory panel',
  own: 'this project',
} as const;

const ENDINGS: Readonly<Record<CounterUnit, string>> = {
  pages: 'Pages',
  'pages/s': 'PagesPerS',
  percent: 'Percent',
  shares: '',
  count: '',
  ratio: '',
  word: '',
};

/** A counter's name with its unit, as columns of results are headed: `balloonedPages`, `swapInPagesPerS`. */
export function columnName({ name, unit }: Pick<Counter<never>, 'name' | 'unit'>): string {
  return `${unit === 'pages/s' ? name.replace(/Rate$/, '') : name}${ENDINGS[unit]}`;
}
