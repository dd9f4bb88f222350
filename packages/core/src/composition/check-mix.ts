import type { HostedVm, Strategy, StrategyPlugin } from '../contract/strategy.ts';
import { guardCall } from '../contract/plugin-guard.ts';
import type { LimitedPool } from '../memory/pool-limits.ts';
import type { PowerFacts } from '../admission/vm-power.ts';
import type { GuestDrivers } from '../ports/guest-drivers.ts';
import type { VmFacts } from '../ports/page-service.ts';
import { inMiB } from '../units/in-mib.ts';
import { OverbookError } from '../units/errors.ts';
import type { Pages } from '../units/page.ts';
import { PAGES_PER_MIB } from '../units/page.ts';

/** What a host needs for each page more that its guests are to have: the reserve may grow with it (1/256 of memory). */
const RESERVE_GROWS = 256 / 255;

/** What guests may come to hold, against what there is for them. */
export interface Demands {
  readonly vms: readonly VmFacts[];
  readonly powered: readonly PowerFacts[];
  /** Pools whose VMs are larger than they may be together. */
  readonly limited: readonly LimitedPool[];
  /** Machine memory for VMs and their overhead. */
  readonly capacity: Pages;
}

interface Candidate {
  readonly id: string;
  readonly strategy: Strategy;
  readonly plugin: StrategyPlugin;
  readonly options: unknown;
}

/** Where guests may come to want more than they may have: the host's memory, a VM's limit or a pool's. */
interface Shortage {
  readonly what: string;
  /** Would leave all VMs room for all their pages at once. */
  readonly mend: string;
}

function shortage({ vms, powered, limited, capacity }: Demands): Shortage | undefined {
  const most = vms.reduce((sum, { id, size }) => sum + size + powered[id]!.overhead, 0);
  if (most > capacity) {
    return {
      what: `its guests may come to hold ${inMiB(most)}, but the host has ${inMiB(capacity)} for them`,
      mend: `give the host ${Math.ceil(((most - capacity) * RESERVE_GROWS) / PAGES_PER_MIB)} MiB more memory`,
    };
  }
  const held = vms.find(({ limit, size }) => limit < size);
  if (held !== undefined) {
    const { name, limit, size } = held;
    return {
      what: `VM ${name} of ${inMiB(size)} may hold ${inMiB(limit)} of it`,
      mend: `remove the limit of VM ${name}`,
    };
  }
  const [full] = limited;
  if (full === undefined) return undefined;
  const together = inMiB(full.vms.reduce((sum, vm) => sum + vms[vm]!.size, 0));
  return {
    what: `the VMs of pool ${full.name} may hold ${inMiB(full.limit)} of their ${together}`,
    mend: `raise the limit of pool ${full.name} to ${together}`,
  };
}

/**
 * False where the strategy can bring no memory back: where it says so, or where all that it has is `rescue` or
 * `accept`. Such a one (a cache of compressed pages) keeps what others evict, and waits for ever where none do.
 */
function canGive({ id, strategy, plugin, options }: Candidate, hosted: readonly HostedVm[]): boolean {
  const said = guardCall(id, () => plugin.canGive?.(options, hosted));
  if (said !== undefined) return said;
  const { reclaim, start, poweredOn, rescue, accept } = strategy as Readonly<Record<string, unknown>>;
  const isKeeper = rescue !== undefined || accept !== undefined;
  return !isKeeper || reclaim !== undefined || start !== undefined || poweredOn !== undefined;
}

/**
 * Refuses a mix that would leave its guests waiting for nobody: they may want more than there is, and none of its
 * strategies can ever bring a page back. A host without any strategy is left alone: it has no mix.
 * @returns true where a VM may have to be ended all the same: without a last resort, what can give may run out
 * @throws OVB_MIX_NEVER_GIVES
 */
export function checkMix(
  host: string,
  mix: readonly Candidate[],
  demands: Demands,
  guests: GuestDrivers | undefined,
): boolean {
  const short = shortage(demands);
  if (short === undefined) return false;
  if (mix.length === 0) return true;
  const hosted = demands.vms.map((vm) => ({
    ...vm,
    driver: guests !== undefined && (guests.mayHaveDriver?.(vm.id) ?? true),
  }));
  if (mix.some((one) => canGive(one, hosted))) return !mix.some(({ plugin }) => plugin.lastResort === true);
  const ids = mix.map(({ id }) => id).join(' and ');
  throw new OverbookError(
    'OVB_MIX_NEVER_GIVES',
    host,
    `${ids} can give no memory back on this host, and ${short.what}`,
    `Add a strategy that can take pages without the guest (such as hostswap), or ${short.mend}.`,
  );
}
