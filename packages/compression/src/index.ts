/** @overbook/compression: victims of swapping are kept compressed in memory. */
import type { StrategyPlugin } from '@overbook/core';
import { defineStrategy } from '@overbook/core';

import { Compression } from './compression.ts';
import { needs } from './needs.ts';
import { compressionOptions, compressionTunable } from './options.ts';

export { compressionOptions };

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
