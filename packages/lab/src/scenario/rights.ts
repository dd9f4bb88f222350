/** Rights to memory in a scenario that contradict each other. */
import type { OverbookError } from '@overbook/core';
import type { PoolSpec } from '@overbook/core/host';
import { isOverbookError, toPages } from '@overbook/core';
import { explainRefusal, vmProblems } from '@overbook/core/host';
import { AdmissionControl, toPoolFacts } from '@overbook/core/internals';

import type { Problem } from './problems.ts';
import type { Scenario } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** A scenario's resource pools as core knows them. */
export function poolsOf({ pools = {} }: Pick<Scenario, 'pools'>): readonly PoolSpec[] {
  return Object.entries(pools).map(([name, pool]) => ({ name, ...pool }));
}

/** Limits under reservations, unknown pools, pools in a circle, pools that reserve more than their parent has. */
export function contradictingRights(scenario: Scenario): readonly Problem[] {
  return [
    ...scenario.guests.flatMap((guest, i) => guestProblems(guest, i, Object.keys(scenario.pools ?? {}))),
    ...poolProblems(poolsOf(scenario)),
  ];
}

function guestProblems(
  guest: Scenario['guests'][number],
  index: number,
  pools: readonly string[],
): readonly Problem[] {
  const { name, reservation, limit, shares, overhead, pool } = guest;
  // A recording or a trace may need more than the given size: that is checked after it has been read.
  const size = 'script' in guest || 'programs' in guest ? guest.size : undefined;
  const problems: Problem[] = vmProblems({ size, reservation, limit, shares, overhead }).map(
    ({ key, what, mend }) => ({ path: ['guests', index, key], what: `guest '${name}': ${what}`, mend }),
  );
  if (pool !== undefined && !pools.includes(pool)) {
    const mend = pools.length === 0 ? 'Describe it under `pools`.' : didYouMean(pool, pools, 'Pools');
    problems.push({ path: ['guests', index, 'pool'], what: `there is no resource pool '${pool}'`, mend });
  }
  return problems;
}

/** What core says of the pools, at the pool it says it of. */
function poolProblems(specs: readonly PoolSpec[]): readonly Problem[] {
  try {
    const facts = toPoolFacts(specs);
    // Reservations against the host's memory are for the host to judge: here only pools against their parents.
    return new AdmissionControl(toPages(Infinity), Infinity, facts).claimPools().map(({ pool, refusal }) => ({
      path: ['pools', pool, 'reservation'],
      what: `the reservation of pool '${pool}' does not fit: ${explainRefusal(refusal)}`,
      mend: 'Lower it, raise that of the parent pool, or make the parent expandable.',
    }));
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    const { subject, what, mend } = error as OverbookError;
    const { pool = '', setting: key = '' } = subject;
    const isGiven = Object.hasOwn(specs.find(({ name }) => name === pool) ?? {}, key);
    return [{ path: ['pools', pool, ...(isGiven ? [key] : [])], what: `pool '${pool}': ${what}`, mend }];
  }
}
