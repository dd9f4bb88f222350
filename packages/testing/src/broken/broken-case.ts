import type { AnyStrategyPlugin, Binding } from '@overbook/core/host';

import type { KitPromise } from '../promises.ts';

/** Something that is wrong on purpose, and the promise that the kit must name for it. */
export interface BrokenCase {
  readonly plugin: AnyStrategyPlugin;
  /** Broken parts of core, where the promise is core's. */
  readonly bindings?: readonly Binding[];
  readonly breaks: KitPromise;
}
