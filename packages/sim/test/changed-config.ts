/** A configuration of a test with some of its parts replaced. */
import type { HostSettings } from '@overbook/core/host';

import type { Mix, RunConfig, SimulationConfig } from '../src/index.ts';

/** Parts of a configuration to replace, key by key. */
export interface More {
  readonly host?: Partial<HostSettings>;
  readonly mix?: Partial<Mix>;
  readonly run?: Partial<RunConfig>;
}

export function withMore(config: SimulationConfig, { host, mix, run }: More): SimulationConfig {
  return {
    ...config,
    host: { ...config.host, ...host },
    mix: { ...config.mix, ...mix },
    run: { ...config.run, ...run },
  };
}
