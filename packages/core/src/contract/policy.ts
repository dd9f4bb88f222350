import type { Observable } from 'rxjs';
import type { ZodType, output } from 'zod';

import type { Clock } from '../ports/clock.ts';
import type { Needs, Resolved } from '../ports/token.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Json } from './strategy.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';

/** One VM as an observer sees it. What is not known is absent, never 0. */
export interface VmObservation {
  readonly vm: VmId;
  readonly name: string;
  readonly size: Pages;
  readonly reservation: Pages;
  readonly limit: Pages;
  readonly shares: number;
  /** Resource pool it is in; absent for one that stands directly below the host. */
  readonly pool?: string;
  /** Machine memory that virtualising it takes, not among `consumed`. */
  readonly overhead?: Pages;
  /** Machine memory the VM holds. */
  readonly consumed: Pages;
  /** Statistical estimate of guest memory in use. */
  readonly active?: Pages;
  readonly ballooned?: Pages;
  /** Pages in the kinds that strategies brought, by name (`swapped`, `compressed`). */
  readonly kinds: Readonly<Record<string, Pages>>;
  /** What the guest's driver told. */
  readonly guestFree?: Pages;
  readonly guestAvailable?: Pages;
  readonly hasDriver: boolean;
  /** Reads from swap since power-on. */
  readonly swapIns?: Pages;
}

/** A resource pool as an observer sees it. */
export interface PoolObservation {
  readonly name: string;
  /** Pool that it is in; absent for one that stands directly below the host. */
  readonly parent?: string;
  readonly shares: number;
  readonly reservation: Pages;
  /** Most memory its VMs may have together; absent where there is no limit. */
  readonly limit?: Pages;
}

/** The host at one moment, plain data: a log of these can be replayed through another policy. */
export interface Observation {
  readonly time: Nanoseconds;
  readonly state: HostMemoryState;
  readonly total: Pages;
  readonly free: Pages;
  /** Free pages the host wants to keep at least; reclaim works towards it. */
  readonly wanted: Pages;
  /** Frames that no VM can have: the VMkernel's, the VMs' overhead, strategies' own storage. */
  readonly held?: Pages;
  /**
   * Why it was made: the policy period came round, the state changed (free memory crossed a threshold), a VM was
   * powered on or off, or the administrator changed shares, a reservation or a limit (Waldspurger, OSDI 2002, §6.3).
   */
  readonly cause: 'period' | 'state' | 'power' | 'change';
  /** The VMs that are powered on. */
  readonly vms: readonly VmObservation[];
  /** Resource pools; absent where there are none. */
  readonly pools?: readonly PoolObservation[];
}

/** Why an order was given, for people and for the log: a short phrase and the numbers behind it. */
export interface Reason {
  readonly what: string;
  readonly numbers?: Readonly<Record<string, number>>;
}

/** Plain data, each with its reason. */
export type Order =
  | {
      readonly kind: 'target';
      readonly vm: VmId;
      /** Machine memory the VM should have. */
      readonly pages: Pages;
      /** Strategy that shall bring it about, at once and in any state; without it the ladder decides. */
      readonly by?: string;
      readonly reason: Reason;
    }
  | { readonly kind: 'tune'; readonly strategy: string; readonly settings: Json; readonly reason: Reason };

/** A policy watches and orders. Any RxJS pipeline of this shape is one. Hot; ends with its source. */
export type Policy = (observation$: Observable<Observation>, clock: Clock) => Observable<readonly Order[]>;

/** What a package exports to be a policy. */
export interface PolicyPlugin<N extends Needs = Needs, S extends ZodType = ZodType> {
  readonly role: 'policy';
  readonly id: string;
  readonly contract: number;
  readonly title: string;
  readonly options: S;
  readonly needs: N;
  create(deps: Resolved<N>, options: output<S>): Policy;
}

/** Types a policy definition and marks it for the loader. */
export function definePolicy<N extends Needs, S extends ZodType>(
  plugin: Omit<PolicyPlugin<N, S>, 'role'>,
): PolicyPlugin<N, S> {
  return { ...plugin, role: 'policy' };
}
