import type { AlertTimes } from '@overbook/sim';
import { GUEST_ALERTS, HOST_ALERTS } from '@overbook/sim';

/** A run, as far as its alerts are concerned. */
interface AlertedRun {
  readonly alerts?: AlertTimes | undefined;
  readonly guests: readonly { readonly alerts?: AlertTimes | undefined }[];
}

/** Rules that are told of guests, then those of the host, by name. */
export const GUEST_RULES: readonly string[] = GUEST_ALERTS.map(({ name }) => name);
export const RULES: readonly string[] = [...GUEST_RULES, ...HOST_ALERTS.map(({ name }) => name)];

/** How long each alert rule held in a run, over all guests and the host, by the rule's name. */
export function runAlerts({ alerts, guests }: AlertedRun): AlertTimes {
  const sums: Record<string, AlertTimes[string]> = {};
  for (const told of [alerts, ...guests.map((guest) => guest.alerts)])
    for (const [rule, { heldNs, firedNs }] of Object.entries(told ?? {})) {
      const sum = sums[rule] ?? { heldNs: 0, firedNs: 0 };
      sums[rule] = { heldNs: sum.heldNs + heldNs, firedNs: sum.firedNs + firedNs };
    }
  return sums;
}

/** How long each alert rule held under a mix, over all guests and the host: mean over its runs, by the rule's name. */
export function mixAlerts(runs: readonly AlertedRun[]): AlertTimes {
  const told = runs.map(runAlerts);
  const mean = (rule: string, time: 'heldNs' | 'firedNs'): number =>
    Math.round(told.reduce((sum, one) => sum + (one[rule]?.[time] ?? 0), 0) / runs.length);
  const rules = [...new Set(told.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(
    rules.map((rule) => [rule, { heldNs: mean(rule, 'heldNs'), firedNs: mean(rule, 'firedNs') }]),
  );
}

/** Columns of tables for other programs: how long each rule held, and for how long its alert fired. */
export function alertColumns(rules: readonly string[]): readonly string[] {
  return rules.flatMap((rule) => [`alertHeldNs.${rule}`, `alertFiredNs.${rule}`]);
}

/** A value for each of these columns; null where a rule was told of no one. */
export function alertValues(
  rules: readonly string[],
  told: AlertTimes | undefined,
): readonly (number | null)[] {
  return rules.flatMap((rule) => [told?.[rule]?.heldNs ?? null, told?.[rule]?.firedNs ?? null]);
}
