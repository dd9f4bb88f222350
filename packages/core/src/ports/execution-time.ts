import type { Nanoseconds, VmId } from '../units/page.ts';

/**
 * How long each VM has run since power-on, on an edge that can tell: ESX samples working sets in periods of it
 * (Waldspurger, OSDI 2002, §5.3). Without this edge a period is one of host time.
 */
export interface ExecutionTime {
  /** Never falls. */
  ran(vm: VmId): Nanoseconds;
}
