import type { Observation, Order, PolicyPlugin, VmObservation } from '@overbook/core';
import { definePolicy, stepPolicy, toPages } from '@overbook/core';
import type { output } from 'zod';
import { z } from 'zod';

import type { BalloonedVm } from './proxmox-rule.ts';
import { autoBalloon } from './proxmox-rule.ts';

const PAGE = 4096;
/** pvestatd looks at the host so often, in milliseconds. */
const PERIOD_MS = 10_000;

/** Options of proxmox-balloon; types, defaults and JSON Schema come from here. */
export const proxmoxBalloonOptions = z.strictObject({
  targetPercent: z
    .int()
    .min(0)
    .max(100)
    .default(80)
    .describe("Part of the host's memory that shall be used, in percent (node option ballooning-target)."),
  minPercent: z
    .int()
    .min(1)
    .max(100)
    .default(50)
    .describe(
      'What a guest keeps at least, in percent of its size (its `balloon` setting; the part is assumed).',
    )
    .meta({ assumedRange: { low: 25, high: 75, source: 'assumed: a quarter to three quarters' } }),
  shares: z
    .record(z.string(), z.int().min(0).max(50_000))
    .default({})
    .describe('Shares of single VMs, by name; all others have 1000. A VM with 0 is left alone.'),
});

type Options = output<typeof proxmoxBalloonOptions>;

function inBytes(vm: VmObservation, { minPercent, shares }: Options): BalloonedVm {
  const { size, ballooned, hasDriver, guestFree, name, reservation } = vm;
  const least = Math.max(Math.ceil((size * minPercent) / 100), reservation);
  return {
    most: size * PAGE,
    now: hasDriver && ballooned !== undefined ? (size - ballooned) * PAGE : 0,
    least: least * PAGE,
    shares: Object.hasOwn(shares, name) ? shares[name]! : 1000,
    ...(guestFree === undefined ? {} : { free: guestFree * PAGE }),
  };
}

function sizeOf(
  vm: VmObservation,
  bytes: number,
  what: string,
  numbers: Readonly<Record<string, number>>,
): Order {
  const pages = toPages(Math.floor(bytes / PAGE));
  return { kind: 'size', vm: vm.vm, pages, by: 'balloon', reason: { what, numbers } };
}

/** A guest starts with its balloon at the minimum; from then on every ten seconds decide. */
function decide(known: ReadonlySet<number>, observation: Observation, options: Options) {
  const { vms, total, free, cause } = observation;
  const orders: Order[] = [];
  const bytes = vms.map((vm) => inBytes(vm, options));
  const goal = Math.trunc((total * PAGE * options.targetPercent) / 100 - (total - free) * PAGE);
  const decided = cause === 'period' ? autoBalloon(bytes, goal) : [];
  vms.forEach((vm, i) => {
    const { now, least, shares } = bytes[i]!;
    if (now === 0 || shares === 0) return;
    const target = decided[i];
    if (!known.has(vm.vm)) orders.push(sizeOf(vm, least, 'the guest has just started', { least }));
    else if (target !== undefined && target !== now)
      orders.push(sizeOf(vm, target, 'its fair part of what the host shall use', { goal, now }));
  });
  return { state: new Set(vms.map(({ vm }) => vm as number)) as ReadonlySet<number>, orders };
}

/**
 * Proxmox VE's automatic memory allocation: pvestatd holds the host's used memory at a part of all, by guests'
 * balloons.
 */
export const proxmoxBalloon: PolicyPlugin<Record<never, never>, typeof proxmoxBalloonOptions> = definePolicy({
  id: 'proxmox-balloon',
  contract: 2,
  title:
    "Proxmox VE's automatic ballooning: holds the host at 80 % used, by shares above each guest's minimum",
  options: proxmoxBalloonOptions,
  needs: {},
  every: () => PERIOD_MS,
  create: (_deps, options) =>
    stepPolicy<ReadonlySet<number>>({
      initial: new Set(),
      decide: (known, observation) => decide(known, observation, options),
    }),
});
