import type { VmId } from '@overbook/core';
import { KIND_BALLOONED } from '@overbook/core';

import type { KitHost } from '../kit/kit-host.ts';
import { BrokenPromise } from '../promises.ts';

type Counters = Readonly<Record<string, number>>;

/** Core's kinds that a counter may be named after, by what a plugin claims. */
const CLAIMED: Readonly<Record<string, number>> = { ballooned: KIND_BALLOONED };

/**
 * Reads what the strategy counts, twice at one moment: finite numbers, the same both times, and where a counter has
 * the name of one of its kinds, the number of pages that the tables have of that kind.
 */
export function checkCounters({ host, watch }: KitHost): void {
  const { strategy } = watch;
  if (strategy === undefined) return;
  const vms = strategy.vmCounters === undefined ? [] : host.memory.vms;
  if (strategy.counters === undefined && vms.length === 0) return;
  watch.looked('counters');
  const read = (): readonly (readonly [string, Counters])[] => [
    ...(strategy.counters === undefined ? [] : [['counters', strategy.counters()] as const]),
    ...vms.map(({ id, name }) => [`vmCounters of VM ${name}`, strategy.vmCounters!(id)] as const),
  ];
  const first = read();
  for (const [what, counters] of first) checkFinite(what, counters);
  const second = read();
  for (const [i, [what, counters]] of first.entries()) checkStill(what, counters, second[i]![1]);
  if (strategy.counters !== undefined)
    checkKinds(strategy.counters(), (kind) => pagesOf(host, kind), watch.kinds);
}

function checkFinite(what: string, counters: Counters): void {
  for (const [name, value] of Object.entries(counters)) {
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    throw new BrokenPromise('counters', `${name} of ${what} is ${String(value)}; omit unknown values`);
  }
}

function checkStill(what: string, first: Counters, second: Counters): void {
  for (const name of new Set([...Object.keys(first), ...Object.keys(second)])) {
    if (first[name] === second[name]) continue;
    const values = `first ${String(first[name])}, then ${String(second[name])}`;
    throw new BrokenPromise('counters', `${name} of ${what}, read twice at the same moment: ${values}`);
  }
}

function checkKinds(
  counters: Counters,
  pages: (kind: number) => number,
  own: Readonly<Record<string, number>>,
): void {
  for (const [name, kind] of Object.entries({ ...CLAIMED, ...own })) {
    const counted = counters[name];
    if (counted === undefined || counted === pages(kind)) continue;
    throw new BrokenPromise('counters', `it counts ${counted} pages ${name}, the tables have ${pages(kind)}`);
  }
}

function pagesOf({ memory }: KitHost['host'], kind: number): number {
  return memory.vms.reduce((sum, { id }: { id: VmId }) => sum + memory.pmaps[id]!.counts[kind]!, 0);
}
