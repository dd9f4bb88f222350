/** Figures of a mix in the words and units of tables, each with half its interval. */
import type { Interval } from '../statistics/interval.ts';
import { duration, grouped, short, unitFor } from '../words/words.ts';
import type { SummaryIntervals } from './results.ts';

export type Figure = (value: number) => string;

/** A figure with half its interval: `1.29 ±0.03`. */
export function withInterval({ mean, high }: Interval, figure: Figure): string {
  return high === null ? figure(mean) : `${figure(mean)} ${plusMinus(high - mean, figure)}`;
}

/** Half an interval; one that is not nothing never reads as nothing. */
function plusMinus(half: number, figure: Figure): string {
  const said = figure(half);
  if (half === 0 || !/^0(\.0+)?$/.test(said)) return `±${said}`;
  return `±<${said.replace(/0$/, '1')}`;
}

export const slow: Figure = (value) => value.toFixed(Math.abs(value) >= 100 ? 0 : 3);
export const partOfLife: Figure = (value) => short(value * 100);

/** A time in the unit that suits its mean; the half interval shares it. */
export function timeWithInterval({ mean, high }: Interval): string {
  if (mean === 0 || high === null) return duration(mean);
  const unit = unitFor(mean);
  return `${short(mean / unit.ns)} ${plusMinus((high - mean) / unit.ns, short)} ${unit.name}`;
}

/** A figure of a summary as text. */
export type FigureCell = (summary: SummaryIntervals) => string;

/** What guests felt. */
export const PAIN: Readonly<Record<string, FigureCell>> = {
  'worst guest': ({ worstGuestStall }) => `${withInterval(worstGuestStall, partOfLife)} %`,
  'slow-down': ({ workSlowdown }) => withInterval(workSlowdown, slow),
  'p99 wait': ({ stallP99Ns }) => timeWithInterval(stallP99Ns),
};

/** What it cost the host. */
export const COST: Readonly<Record<string, FigureCell>> = {
  'host CPU': ({ hostCpuNs }) => timeWithInterval(hostCpuNs),
  written: ({ pagesWritten }) => withInterval(pagesWritten, grouped),
  'swap-ins': ({ swapInPages }) => withInterval(swapInPages, grouped),
};
