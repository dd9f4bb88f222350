/** How fast the mixes look for equal pages: it decides what sharing can give in the time that a run has. */
import type { Experiment } from '@overbook/lab';

import { grouped, listed } from './words.ts';

/** The settings of a scanner, by the names that ESX and Linux have for them, where a strategy has such options. */
interface ScanSettings {
  readonly pagesPerSecond?: number;
  readonly generation?: string;
  readonly shareScanTime?: number;
  readonly shareScanGHz?: number;
  readonly shareRateMax?: number;
  readonly pages_to_scan?: number;
  readonly sleep_millisecs?: number;
}

/** One sentence, or nothing where no mix scans. */
export function scanPaces({ mixes, catalogue }: Experiment): string | undefined {
  const said = new Set<string>();
  for (const mix of mixes) {
    for (const { id, options } of mix.strategies) {
      const parsed = catalogue.strategy(id, mix.name).options.safeParse(options ?? {});
      const pace = parsed.success ? paceOf((parsed.data ?? {}) as ScanSettings) : undefined;
      if (pace !== undefined) said.add(`${id} looks at ${pace}`);
    }
  }
  return said.size === 0 ? undefined : `Scan paces: ${listed([...said])}.`;
}

function paceOf(settings: ScanSettings): string | undefined {
  const { pagesPerSecond, generation, shareScanTime, pages_to_scan, sleep_millisecs } = settings;
  if (pages_to_scan !== undefined && sleep_millisecs !== undefined)
    return `${grouped(pages_to_scan)} pages, then sleeps ${sleep_millisecs} ms`;
  if (pagesPerSecond !== undefined)
    return `${grouped(pagesPerSecond)} pages a second over all VMs${more(settings)}`;
  if (generation !== undefined && generation !== 'esx-4.0') return `pages at the rates of ${generation}`;
  return shareScanTime === undefined
    ? undefined
    : `each whole VM once in ${shareScanTime} min (Mem.ShareScanTime)${more(settings)}`;
}

/** Reclaim scans beside the background. */
function more({ shareRateMax, generation, shareScanGHz }: ScanSettings): string {
  return shareRateMax === undefined || shareScanGHz === 0 || generation !== 'esx-4.0'
    ? ''
    : `, and while memory is short at up to ${grouped(shareRateMax)} a second more of each VM (Mem.ShareRateMax)`;
}
