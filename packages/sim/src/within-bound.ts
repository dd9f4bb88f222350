import type { Pages } from '@overbook/core';
import { toPages } from '@overbook/core';

import type { GuestSpec } from './guest-spec.ts';
import { vmOf } from './make-guest.ts';
import type { SimulationConfig } from './simulation-config.ts';

/** The largest host that there is, in pages: 1 TiB. */
const MEMORY_MAX = 2 ** 28;

/** The configuration as it is run: with what the bounds in its mix have and real hosts lack. */
export function withinBound(config: SimulationConfig): SimulationConfig {
  const bounds = config.mix.strategies.flatMap((one) => ('plugin' in one ? one.plugin : one).bound ?? []);
  const free = Object.fromEntries(bounds.flatMap((bound) => bound.free ?? []).map((op) => [op, 0]));
  const { run } = config;
  const costing =
    Object.keys(free).length === 0
      ? config
      : { ...config, run: { ...run, costs: { ...run.costs, ...free } } };
  return bounds.some(({ unlimitedMemory }) => unlimitedMemory === true) ? unlimited(costing) : costing;
}

/** Nothing is short. */
function unlimited(config: SimulationConfig): SimulationConfig {
  const { host, guests } = config;
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
