/** @overbook/compression: victims of swapping are kept compressed in memory, as ESX does it or as Linux does. */
import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { Compression } from './compression.ts';
import { linuxNeeds, needs } from './needs.ts';
import { compressionOptions, compressionTunable } from './options.ts';
import { zramOptions, zramTunable } from './zram/options.ts';
import { Zram } from './zram/zram.ts';
import { zswapOptions, zswapTunable } from './zswap/options.ts';
import { Zswap } from './zswap/zswap.ts';

export { compressionOptions, zramOptions, zswapOptions };

/** Keeps swap victims that shrink to half in a per-VM cache; asks the guest nothing and acts only as rescue. */
export const compression: StrategyPlugin<typeof needs, typeof compressionOptions> = defineStrategy({
  id: 'compression',
  contract: 2,
  title: 'Keeps swap victims compressed in memory if they fit in half a page',
  options: compressionOptions,
  needs,
  kinds: ['compressed'],
  roles: { compressed: 'compressed' },
  tunable: () => compressionTunable,
  create: (deps, options, self) => new Compression(deps, options, self),
});

/** Linux's compressed cache in front of a swap device; it is a strategy beside a swapper, and acts only as rescue. */
export const zswap: StrategyPlugin<typeof linuxNeeds, typeof zswapOptions> = defineStrategy({
  id: 'zswap',
  contract: 2,
  title: "Keeps swap victims compressed in a pool of the host's memory, as Linux does",
  options: zswapOptions,
  needs: linuxNeeds,
  kinds: ['zswapped'],
  roles: { zswapped: 'compressed' },
  // It runs in the background, and yet brings back no page that a swapper did not evict.
  canGive: () => false,
  tunable: () => zswapTunable,
  create: (deps, options, self) => new Zswap(deps, options, self),
});

/** Linux's compressed swap device in memory, used before a swapper's own. */
export const zram: StrategyPlugin<typeof linuxNeeds, typeof zramOptions> = defineStrategy({
  id: 'zram',
  contract: 2,
  title: 'A swap device in memory that compresses, before that of the swapper, as in Linux',
  options: zramOptions,
  needs: linuxNeeds,
  kinds: ['zram'],
  roles: { zram: 'compressed' },
  canGive: () => false,
  tunable: () => zramTunable,
  create: (deps, options, self) => new Zram(deps, options, self),
});
