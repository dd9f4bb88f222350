/** How fast the mixes look for equal pages: it decides what sharing can give in the time that a run has. */
import type { Experiment } from '@overbook/lab';
import { grouped, listed } from '@overbook/lab/words';

import type { Assumption } from './assumption.ts';

/** The settings of a scanner, by the names that ESX and Linux have for them, where a strategy has such options. */
interface ScanSettings {
  readonly pagesPerSecond?: number;
  readonly generation?: string;
  readonly shareScanTime?: number;
  readonly shareScanGHz?: number;
  readonly shareRateMax?: number;
  readonly pages_to_scan?: number;
  readonly sleep_millisecs?: number;
  /** The version of Linux whose rules the scanner follows. */
  readonly kernel?: string;
}

/** One sentence, or nothing where no mix scans. */
export function scanPaces({ mixes, catalogue }: Experiment): Assumption | undefined {
  const said = new Set<string>();
  const brief = new Set<string>();
  for (const mix of mixes) {
    for (const { id, options } of mix.strategies) {
      const parsed = catalogue.strategy(id, mix.name).options.safeParse(options ?? {});
      const pace = parsed.success ? paceOf((parsed.data ?? {}) as ScanSettings) : undefined;
      if (pace === undefined) continue;
      brief.add(`${id}${pace.rules} scans ${pace.background}`);
      said.add(`${id}${pace.rules} scans ${pace.background}${pace.more}`);
    }
  }
  if (said.size === 0) return undefined;
  return { whole: `Scan paces: ${listed([...said])}.`, brief: listed([...brief]) };
}

/** What is scanned all the time, and what reclaim scans beside it. */
interface Pace {
  /** Whose rules it follows, where a mix beside it may follow others. */
  readonly rules: string;
  readonly background: string;
  readonly more: string;
}

function paceOf(settings: ScanSettings): Pace | undefined {
  const { pagesPerSecond, generation, shareScanTime, pages_to_scan, sleep_millisecs, kernel } = settings;
  if (pages_to_scan !== undefined && sleep_millisecs !== undefined)
    return {
      rules: ' as KSM',
      background: `${grouped(pages_to_scan)} pages, then sleeps ${sleep_millisecs} ms`,
      more: kernel === undefined ? '' : `, by the rules of Linux ${kernel} (option kernel)`,
    };
  if (pagesPerSecond !== undefined)
    return {
      rules: '',
      background: `${grouped(pagesPerSecond)} pages per second over all VMs`,
      more: more(settings),
    };
  if (generation !== undefined && generation !== 'esx-4.0')
    return { rules: '', background: `pages at the rates of ${generation}`, more: '' };
  return shareScanTime === undefined
    ? undefined
    : {
        rules: '',
        background: `each whole VM once in ${shareScanTime} min (Mem.ShareScanTime)`,
        more: more(settings),
      };
}

/** Reclaim scans beside the background. */
function more({ shareRateMax, generation, shareScanGHz }: ScanSettings): string {
  return shareRateMax === undefined || shareScanGHz === 0 || generation !== 'esx-4.0'
    ? ''
    : `, and while memory is short up to ${grouped(shareRateMax)} more per second of each VM (Mem.ShareRateMax)`;
}
