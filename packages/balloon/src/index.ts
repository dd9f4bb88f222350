/** @overbook/balloon: memory that guests give back by themselves, by a balloon or by reporting free pages. */
import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { Balloon } from './balloon.ts';
import { FreePageReporting } from './free-page-reporting.ts';
import { balloonNeeds, reportingNeeds } from './needs.ts';
import { balloonOptions, balloonTunable, freePageReportingOptions } from './options.ts';

export { proxmoxBalloon, proxmoxBalloonOptions } from './proxmox-balloon.ts';
export { balloonOptions, freePageReportingOptions };

/** Asks a driver in the guest for pages; the guest chooses which, and may refuse. */
export const balloon: StrategyPlugin<typeof balloonNeeds, typeof balloonOptions> = defineStrategy({
  id: 'balloon',
  contract: 2,
  title: 'Asks a driver in the guest for pages; the guest chooses which, and may refuse',
  options: balloonOptions,
  needs: balloonNeeds,
  claims: ['ballooned'],
  actsFrom: 'soft',
  canGive: ({ maxMiB }, vms) => vms.some(({ driver, name }) => driver && maxMiB[name] !== 0),
  tunable: () => balloonTunable,
  create: (deps, options) => new Balloon(deps, options),
});

/** Drops the backing of pages that the guest reports free; the guest keeps the pages. */
export const freePageReporting: StrategyPlugin<typeof reportingNeeds, typeof freePageReportingOptions> =
  defineStrategy({
    id: 'free-page-reporting',
    contract: 2,
    title: 'Drops the backing of pages that the guest reports free',
    options: freePageReportingOptions,
    needs: reportingNeeds,
    kinds: ['reported'],
    canGive: (_options, vms) => vms.some(({ driver }) => driver),
    create: (deps, options, self) => new FreePageReporting(deps, options, self),
  });
