/** Rights to memory in a scenario that contradict each other. */
import type { PoolSpec, OverbookError } from '@overbook/core';
import { AdmissionControl, explainRefusal, isOverbookError, pages, toPoolFacts } from '@overbook/core';

import type { Problem } from './problems.ts';
import type { Scenario } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** A scenario's resource pools as core knows them. */
export function poolsOf({ pools = {} }: Pick<Scenario, 'pools'>): readonly PoolSpec[] {
  return Object.entries(pools).map(([name, pool]) => ({ name, ...pool }));
}

/** What a scenario's host promises and keeps, as core and sim take it. */
export function hostRightsOf(scenario: Scenario) {
  const { admission, swapSpace, overhead, vmkernel } = scenario.host;
  return {
    ...(scenario.pools === undefined ? {} : { pools: poolsOf(scenario) }),
    ...(admission === undefined ? {} : { admission }),
    ...(swapSpace === undefined ? {} : { swapSpace }),
    ...(overhead === undefined ? {} : { overhead }),
    ...(vmkernel === undefined ? {} : { vmkernel }),
  };
}

/** Limits under reservations, unknown pools, pools in a circle, pools that reserve more than their parent has. */
export function contradictingRights(scenario: Scenario): readonly Problem[] {
  return [
    ...scenario.guests.flatMap((guest, i) => guestProblems(guest, i, Object.keys(scenario.pools ?? {}))),
    ...poolProblems(poolsOf(scenario)),
  ];
}

function guestProblems(
  { name, reservation = pages(0), limit, size, pool }: Scenario['guests'][number],
  index: number,
  pools: readonly string[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const at = (key: string) => ['guests', index, key];
  if (limit !== undefined && limit < reservation) {
    const what = `the limit of '${name}' (${inMiB(limit)}) is under its reservation (${inMiB(reservation)})`;
    problems.push({ path: at('limit'), what, mend: 'Raise the limit or lower the reservation.' });
  }
  if (limit === 0) {
    const what = `the limit of '${name}' leaves it no memory at all`;
    problems.push({ path: at('limit'), what, mend: 'Give it at least one page, or leave the limit out.' });
  }
  if (size !== undefined && reservation > size) {
    const what = `the reservation of '${name}' (${inMiB(reservation)}) is over its size (${inMiB(size)})`;
    problems.push({ path: at('reservation'), what, mend: 'Lower the reservation, or raise the size.' });
  }
  if (pool !== undefined && !pools.includes(pool)) {
    const mend = pools.length === 0 ? 'Describe it under `pools`.' : didYouMean(pool, pools, 'Pools');
    problems.push({ path: at('pool'), what: `there is no resource pool '${pool}'`, mend });
  }
  return problems;
}

/** What core says of the pools, at the pool it says it of. */
function poolProblems(specs: readonly PoolSpec[]): readonly Problem[] {
  try {
    const facts = toPoolFacts(specs);
    // Reservations against the host's memory are for the host to judge: here only pools against their parents.
    return new AdmissionControl(pages(Infinity), Infinity, facts).claimPools().map(({ pool, refusal }) => ({
      path: ['pools', pool, 'reservation'],
      what: `the reservation of pool '${pool}' does not fit: ${explainRefusal(refusal)}`,
      mend: 'Lower it, raise that of the pool above, or make that one expandable.',
    }));
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    const { at, what, mend } = error as OverbookError;
    const name = at.replace(/^pool /, '');
    const key = /parent|part of itself/.test(what) ? 'parent' : /limit/.test(what) ? 'limit' : undefined;
    const path = ['pools', name, ...(key === undefined ? [] : [key])];
    return [{ path, what: `pool '${name}': ${what}`, mend }];
  }
}

function inMiB(count: number): string {
  return `${Number((count / 256).toFixed(3))} MiB`;
}
