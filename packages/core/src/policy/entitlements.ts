import type { Pages } from '../units/page.ts';
import { toPages } from '../units/page.ts';
import type { PoolObservation, VmObservation } from '../contract/policy.ts';
import { divide, divideBySteps } from './divide.ts';
import type { Client, IdleTax } from './idle-tax.ts';

/** How memory is divided. */
export interface EntitlementRules {
  readonly tax: IdleTax;
  /** Pages moved at a time; 0 goes to the end of the process in one step. */
  readonly chunk: number;
}

/** One level of the tree: a VM, or a pool with what is in it. */
interface Node extends Client {
  /** Index of the VM, or -1. */
  readonly vm: number;
  readonly children: readonly Node[];
}

/**
 * What each VM should have, from shares, reservations, limits and the idle-memory tax (Waldspurger, OSDI 2002, §5),
 * through nested resource pools (VMware, vSphere Resource Management): siblings share what their parent has by their
 * shares, each within its own reservation and limit. A pool counts as one client whose active memory is that of all its
 * VMs (assumed: how the tax reaches through pools is not published); what it reserved and does not use is lent. A host
 * with room for all gives everybody its limit or size.
 *
 * A VM whose active memory is not known yet counts as fully active, so it is not taxed on a guess.
 * @param available pages for all VMs together
 */
export function entitlements(
  observed: { readonly vms: readonly VmObservation[]; readonly pools?: readonly PoolObservation[] },
  available: number,
  rules: EntitlementRules,
): readonly Pages[] {
  const { vms, pools = [] } = observed;
  const entitled = vms.map(() => toPages(0));
  const share = (siblings: readonly Node[], room: number): void => {
    const parts =
      rules.chunk > 0
        ? divideBySteps(siblings, room, rules.tax, rules.chunk)
        : divide(siblings, room, rules.tax);
    siblings.forEach(({ vm, children }, i) => {
      if (vm >= 0) entitled[vm] = toPages(parts[i]!);
      else share(children, parts[i]!);
    });
  };
  share(childrenOf(undefined, vms, pools), available);
  return entitled;
}

function childrenOf(
  pool: string | undefined,
  vms: readonly VmObservation[],
  pools: readonly PoolObservation[],
): readonly Node[] {
  return [
    ...pools.filter(({ parent }) => parent === pool).map((one) => poolNode(one, vms, pools)),
    ...vms.flatMap((vm, i) => (vm.pool === pool ? [vmNode(vm, i)] : [])),
  ];
}

function vmNode(vm: VmObservation, index: number): Node {
  const most = Math.min(vm.limit, vm.size);
  const least = Math.min(vm.reservation, most);
  return { vm: index, children: [], shares: vm.shares, active: vm.active ?? vm.consumed, least, most };
}

function sumOf(nodes: readonly Node[], of: (node: Node) => number): number {
  return nodes.reduce((total, node) => total + of(node), 0);
}

function poolNode(
  pool: PoolObservation,
  vms: readonly VmObservation[],
  pools: readonly PoolObservation[],
): Node {
  const children = childrenOf(pool.name, vms, pools);
  const most = Math.min(
    pool.limit ?? Infinity,
    sumOf(children, (child) => child.most),
  );
  // What virtualising its VMs takes was taken out of what the pool reserved, and out of what is divided here.
  const overhead = overheadIn(pool.name, vms, pools);
  const reserved = Math.max(
    pool.reservation - overhead,
    sumOf(children, (child) => child.least),
  );
  return {
    vm: -1,
    children,
    shares: pool.shares,
    active: sumOf(children, (child) => Math.min(child.active, child.most)),
    least: Math.min(Math.max(0, reserved), most),
    most,
  };
}

function overheadIn(pool: string, vms: readonly VmObservation[], pools: readonly PoolObservation[]): number {
  return (
    vms.reduce((sum, vm) => sum + (vm.pool === pool ? (vm.overhead ?? 0) : 0), 0) +
    pools.reduce((sum, { name, parent }) => sum + (parent === pool ? overheadIn(name, vms, pools) : 0), 0)
  );
}
