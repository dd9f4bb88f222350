/** @overbook/tps: transparent page sharing, as ESX does it or by the rules of Linux KSM. */
import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { Ksm } from './ksm.ts';
import { needs } from './needs.ts';
import { tpsOptions } from './options.ts';
import { PageSharing } from './page-sharing.ts';
import { esxTunable, ksmTunable } from './tunable.ts';

export { tpsOptions };

/** Shares equal pages copy-on-write; needs nothing from the guest. */
export const tps: StrategyPlugin<typeof needs, typeof tpsOptions> = defineStrategy({
  id: 'tps',
  contract: 2,
  title: 'Shares equal pages copy-on-write; needs nothing from the guest',
  options: tpsOptions,
  needs,
  claims: ['shared'],
  // Ladders name it where its extra scans belong; in others it only works in the background and as a rescuer.
  actsFrom: 'low',
  canGive: (_options, vms) => vms.some(({ sharing }) => sharing !== false),
  keepsSalts: (options) => options.mode !== 'ksm',
  tunable: (options) => (options.mode === 'ksm' ? ksmTunable : esxTunable),
  create: (deps, options) =>
    options.mode === 'ksm' ? new Ksm(deps, options) : new PageSharing(deps, options),
});
