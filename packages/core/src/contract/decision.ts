import type { AdmissionRefusal } from './admission-refusal.ts';
import type { VmChange } from './vm-change.ts';
import type { Order } from './policy.ts';
import type { HostMemoryState } from '../ports/memory-state.ts';
import type { Refusal } from './strategy.ts';
import type { Nanoseconds, Pages, VmId } from '../units/page.ts';

/**
 * What a strategy was asked for: memory the host is short of; the same before the state that asks is reached; a VM's
 * limit; an access that waits for a frame; an order of a policy that names the strategy.
 */
export type Why = 'pressure' | 'early' | 'limit' | 'access' | 'order';

/** Everything a host decided, as plain data: the explain log is this stream written down. */
export type Decision =
  | { readonly kind: 'order'; readonly time: Nanoseconds; readonly policy: string; readonly order: Order }
  /** Two policies of a mix ordered for one VM: the later in the mix won, this is the loser. */
  | {
      readonly kind: 'overruled';
      readonly time: Nanoseconds;
      readonly policy: string;
      readonly by: string;
      readonly order: Order;
    }
  | {
      readonly kind: 'receipt';
      readonly time: Nanoseconds;
      readonly strategy: string;
      readonly vm: VmId;
      readonly state: HostMemoryState;
      readonly direct: boolean;
      readonly why: Why;
      readonly goal: Pages;
      readonly freed: Pages;
      readonly ordered: Pages;
      readonly tried: Pages;
      readonly refused: readonly Refusal[];
    }
  /** A VM was told to give and does not: its order no longer counts, the next rung is asked. */
  | {
      readonly kind: 'stuck';
      readonly time: Nanoseconds;
      readonly strategy: string;
      readonly vm: VmId;
      readonly pending: Pages;
    }
  | {
      readonly kind: 'relax';
      readonly time: Nanoseconds;
      readonly strategy: string;
      readonly vm: VmId;
      readonly pages: Pages;
    }
  | { readonly kind: 'power-on' | 'power-off'; readonly time: Nanoseconds; readonly vm: VmId }
  /** Admission control did not let a VM be powered on. */
  | {
      readonly kind: 'not-admitted';
      readonly time: Nanoseconds;
      readonly vm: VmId;
      readonly refusal: AdmissionRefusal;
    }
  /** The administrator changed a VM's shares, reservation or limit. */
  | { readonly kind: 'change'; readonly time: Nanoseconds; readonly vm: VmId; readonly change: VmChange }
  | { readonly kind: 'tune'; readonly time: Nanoseconds; readonly strategy: string }
  | { readonly kind: 'block' | 'unblock' | 'kill'; readonly time: Nanoseconds; readonly vm: VmId };
