import type { ZodType } from 'zod';

import type { Strategy } from '../contract/strategy.ts';

/** A strategy of this host. */
export interface RunningStrategy {
  readonly id: string;
  readonly strategy: Strategy;
  readonly plugin: { readonly lastResort?: boolean };
  /** Goals are multiples of it. */
  readonly grain: number;
  /** Checks what a policy would change; absent where nothing can be changed. */
  readonly tunable?: ZodType;
}
