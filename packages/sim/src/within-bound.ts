import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';

import type { GuestSpec } from './guest-spec.ts';
import { vmOf } from './make-guest.ts';
import type { SimulationConfig } from './simulation-config.ts';

/** The largest host that there is, in pages: 1 TiB. */
const MEMORY_MAX = 2 ** 28;

/** The configuration as it is run: with a strategy in the mix that is a bound of unlimited memory, nothing is short. */
export function withinBound(config: SimulationConfig): SimulationConfig {
  const { mix, host, guests } = config;
  const isUnlimited = mix.strategies.some(
    (one) => ('plugin' in one ? one.plugin : one).bound?.unlimitedMemory === true,
  );
  if (!isUnlimited) return config;
  const { pools } = host;
  return {
    ...config,
    guests: guests.map(withoutLimit),
    host: {
      ...host,
      memory: roomFor(host.memory, guests),
      ...(pools === undefined ? {} : { pools: pools.map(withoutLimit) }),
    },
  };
}

/** Twice what the guests have, so that the memory state is the mildest too; what the host had is for its own needs. */
function roomFor(memory: Pages, guests: readonly GuestSpec[]): Pages {
  const all = guests.reduce((sum, guest) => sum + vmOf(guest).size, 0);
  return toPages(Math.min(memory + 2 * all, MEMORY_MAX));
}

function withoutLimit<T extends { readonly limit?: unknown }>(limited: T): T {
  const { limit: _limit, ...rest } = limited;
  return rest as T;
}
