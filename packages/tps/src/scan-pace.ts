import { PAGES_PER_MIB } from '@overbook/core';

/** Releases whose scan rates were other than today's. */
export type Generation = 'esx-2' | 'esx-3.0.1' | 'esx-4.0';

/**
 * Most pages a second of one VM and of the host, whatever is configured. ESX 2: ShareScanVM and ShareScanTotal (VMware
 * ESX Server 2 Administration Guide). ESX 3.0.1: Gupta et al., CACM 53(10), 2010, footnote a.
 */
const RATE_CAPS: Readonly<Record<Generation, { readonly vm: number; readonly host: number }>> = {
  'esx-2': { vm: 50, host: 200 },
  'esx-3.0.1': { vm: 450, host: Infinity },
  'esx-4.0': { vm: Infinity, host: Infinity },
};

/** How fast to scan, as options say it. */
export interface ScanPace {
  readonly generation: Generation;
  /** Minutes for a whole VM. */
  readonly shareScanTime: number;
  /** MiB a second per GHz of the host. */
  readonly shareScanGHz: number;
  readonly hostGHz: number;
  /** Pages a second of one VM. */
  readonly shareRateMax: number;
  /** Pages a second over all VMs, in place of the others. */
  readonly pagesPerSecond?: number | undefined;
}

const SECONDS_PER_MINUTE = 60;

/**
 * Pages a second to scan in each VM (VMware, vSphere Resource Management, advanced memory attributes): a
 * whole VM within ShareScanTime, no VM faster than ShareRateMax, and all together within ShareScanGHz; a
 * host cap that binds slows all VMs alike. An 8 GiB VM is scanned at 582.5 pages a second; ShareRateMax
 * binds above 14.06 GiB. Older generations have caps of their own.
 * @param sizes pages of each VM; 0 for one that is not scanned
 */
export function scanRates(pace: ScanPace, sizes: readonly number[]): readonly number[] {
  const { generation, pagesPerSecond } = pace;
  const caps = RATE_CAPS[generation];
  const isOld = generation !== 'esx-4.0';
  if (pagesPerSecond === undefined && !isOld) {
    const cap = pace.shareScanGHz * pace.hostGHz * PAGES_PER_MIB;
    const scanTimeSeconds = pace.shareScanTime * SECONDS_PER_MINUTE;
    return together(
      sizes.map((size) => Math.min(size / scanTimeSeconds, pace.shareRateMax)),
      cap,
    );
  }
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const wanted = sizes.map((size) =>
    pagesPerSecond === undefined || size === 0 ? caps.vm : (pagesPerSecond * size) / all,
  );
  return together(
    wanted.map((rate, vm) => (sizes[vm] === 0 ? 0 : Math.min(rate, caps.vm))),
    caps.host,
  );
}

/** Most pages a second of one VM, when memory is short too. */
export function fastestScan({ generation, shareScanGHz, shareRateMax }: ScanPace): number {
  return generation === 'esx-4.0' ? (shareScanGHz === 0 ? 0 : shareRateMax) : RATE_CAPS[generation].vm;
}

/** Slows all alike where they are more than the cap together. */
function together(rates: readonly number[], cap: number): readonly number[] {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  return sum > cap ? rates.map((rate) => (rate * cap) / sum) : rates;
}
