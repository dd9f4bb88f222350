import { AdmissionControl, explainRefusal } from '../admission/admission-control.ts';
import type { Overhead } from '../admission/overhead.ts';
import { overheadOf } from '../admission/overhead.ts';
import type { PoolFacts } from '../admission/resource-pools.ts';
import { poolOf } from '../admission/resource-pools.ts';
import type { PowerFacts } from '../admission/vm-power.ts';
import { VmPower, notAdmitted } from '../admission/vm-power.ts';
import type { HypervisorFrames } from '../frames/hypervisor-frames.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { PoolObservation } from '../contract/policy.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Reclaimer } from '../reclaim/reclaimer.ts';
import type { Decision } from '../contract/decision.ts';
import { BLOCKED } from '../contract/strategy.ts';
import { OverbookError } from '../units/errors.ts';
import type { HostValues } from '../settings/host-settings.ts';
import type { Pages, VmId } from '../units/page.ts';
import { toNs, toPages } from '../units/page.ts';
import type { VmSpec } from '../vm/vm-spec.ts';

/** What power-on needs to know of each VM. @throws OVB_POOL_UNKNOWN, OVB_OVERHEAD_UNKNOWN */
export function powerFacts(
  specs: readonly VmSpec[],
  overhead: Overhead,
  vms: readonly VmFacts[],
  pools: readonly PoolFacts[],
): readonly PowerFacts[] {
  return specs.map((spec, i) => ({
    overhead: spec.overhead ?? overheadOf(overhead, spec.name, vms[i]!.size, spec.vcpus ?? 1),
    pool: poolOf(spec.pool, spec.name, pools),
  }));
}

/** Resource pools as policies see them. */
export function observedPools(pools: readonly PoolFacts[]): readonly PoolObservation[] {
  return pools.map(({ name, parent, shares, reservation, limit }) => ({
    name,
    ...(parent < 0 ? {} : { parent: pools[parent]!.name }),
    shares,
    reservation,
    ...(limit === Infinity ? {} : { limit: toPages(limit) }),
  }));
}

/**
 * Powers on the VMs of a host that are to be on from the beginning, in their order.
 * @param capacity machine memory that may be reserved
 * @throws OVB_POOL_RESERVATION for pools that reserve more than there is, OVB_ADMISSION for a VM that is not admitted
 */
export function powerVms(
  specs: readonly VmSpec[],
  host: string,
  parts: {
    readonly settings: Pick<HostValues, 'admission' | 'swapSpace'>;
    readonly capacity: Pages;
    readonly pools: readonly PoolFacts[];
    readonly vms: readonly PowerFacts[];
    readonly memory: HostMemory;
    readonly hypervisor: HypervisorFrames;
    readonly reclaimer: Reclaimer;
    readonly decide: (decision: Decision) => void;
    readonly powered: (vm: VmId, on: boolean) => void;
  },
): VmPower {
  const { settings, capacity, pools, vms, memory, hypervisor, reclaimer, decide, powered } = parts;
  const control = new AdmissionControl(capacity, settings.swapSpace, pools);
  const tooMuch = control.claimPools()[0];
  if (tooMuch !== undefined && settings.admission === 'on') {
    const { pool, refusal } = tooMuch;
    throw new OverbookError(
      'OVB_POOL_RESERVATION',
      `${host}: pool ${pool}`,
      `its reservation does not fit: ${explainRefusal(refusal)}`,
      'Lower reservations, make the parent pool expandable, or give the host more memory.',
      undefined,
      { pool, setting: 'reservation' },
    );
  }
  const power = new VmPower({
    memory,
    hypervisor,
    vms,
    control: settings.admission === 'off' ? undefined : control,
    targets: reclaimer.targets,
    makeRoom: (vm, at) => reclaimer.directReclaim(vm, at) !== BLOCKED,
    decide,
    powered,
  });
  for (const { id, name } of memory.vms) {
    if (specs[id]!.poweredOn === false) continue;
    const refusal = power.on(id, toNs(0));
    if (refusal !== undefined) throw notAdmitted(`${host}: vm ${name}`, name, refusal);
  }
  return power;
}
