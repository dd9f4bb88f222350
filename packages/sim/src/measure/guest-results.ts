import type { Host, TranslationStats, VmEvents } from '@overbook/core/host';

import type { Guest } from '../engine/guest.ts';
import type { Vcpu } from '../engine/vcpu.ts';
import type { GuestPaging } from './guest-paging.ts';
import type { AlertTimes, GuestResult } from '../result.ts';

/** One guest's share of the measured part. */
export function guestResult(
  host: Host,
  guest: Guest,
  vcpu: Vcpu,
  events: VmEvents,
  translation?: TranslationStats,
  paging?: GuestPaging,
  alerts?: AlertTimes,
): GuestResult {
  const { stalls, stolenNs } = vcpu;
  const stallNs = stalls.totalNs + stolenNs;
  const balloon = guest.balloon?.();
  const os = guest.os?.();
  const { large } = host.memory;
  return {
    name: guest.name,
    kind: guest.kind,
    busyNs: vcpu.busyNs,
    stallNs,
    ...(stolenNs === 0 ? {} : { stolenNs }),
    slowdown: vcpu.busyNs === 0 ? 1 : (vcpu.busyNs + stallNs) / vcpu.busyNs,
    stalls: stalls.count,
    stallP50Ns: stalls.lengths.quantile(0.5),
    stallP99Ns: stalls.lengths.quantile(0.99),
    worstStallNs: stalls.worstNs,
    stallsByLog2Us: stalls.byLog2Us,
    delayNs: vcpu.lateNs,
    lifeNs: vcpu.endNs - vcpu.beganNs,
    workDone: guest.instructions === 0 ? 1 : vcpu.instructions / guest.instructions,
    endNs: vcpu.endNs,
    touches: vcpu.touches,
    writes: vcpu.writes,
    blocked: events.blocked,
    ...(vcpu.killed === undefined ? {} : { killed: vcpu.killed }),
    ...(vcpu.notAdmitted === undefined ? {} : { notAdmitted: vcpu.notAdmitted }),
    firstTouches: events.firstTouches,
    cowBreaks: events.cowBreaks,
    balloonPops: events.balloonPops,
    faults: byKind(host, events.faults),
    entered: byKind(host, events.entered),
    ...(balloon === undefined ? {} : { balloon }),
    ...(paging === undefined ? {} : { hostPaging: paging.result(host.kinds) }),
    ...(translation === undefined || guest.virtual === undefined ? {} : { translation: { ...translation } }),
    ...(large === undefined ? {} : { largePages: large.counts(vcpu.vm) }),
    ...(alerts === undefined ? {} : { alerts }),
    ...(os === undefined ? {} : { os }),
  };
}

function byKind(host: Host, counts: Float64Array): Record<string, number> {
  const named: Record<string, number> = {};
  host.kinds.names.forEach((name, kind) => {
    if (kind >= 4 || counts[kind]! > 0) named[name] = counts[kind]!;
  });
  return named;
}

/** Geometric mean; 1 of none. */
export function geometricMean(values: readonly number[]): number {
  return values.length === 0
    ? 1
    : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
