import type { AlertTimes, SimulationResult } from '@overbook/sim';

/** How long each alert rule held under a mix, over all guests and the host: mean over its runs, by the rule's name. */
export function mixAlerts(runs: readonly SimulationResult[]): AlertTimes {
  const sums = new Map<string, { heldNs: number; firedNs: number }>();
  for (const { alerts, guests } of runs)
    for (const told of [alerts, ...guests.map((guest) => guest.alerts)])
      for (const [rule, { heldNs, firedNs }] of Object.entries(told ?? {})) {
        const sum = sums.get(rule) ?? { heldNs: 0, firedNs: 0 };
        sums.set(rule, { heldNs: sum.heldNs + heldNs, firedNs: sum.firedNs + firedNs });
      }
  return Object.fromEntries(
    [...sums].map(([rule, { heldNs, firedNs }]) => [
      rule,
      { heldNs: Math.round(heldNs / runs.length), firedNs: Math.round(firedNs / runs.length) },
    ]),
  );
}
