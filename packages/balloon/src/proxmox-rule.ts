/** One VM as Proxmox VE's auto-ballooning sees it, in bytes. */
export interface BalloonedVm {
  /** Memory that it is configured with (QMP `max_mem`). */
  readonly most: number;
  /** Memory that the guest has now (QMP `actual`). */
  readonly now: number;
  /** Memory that its administrator leaves it at least (`balloon` of its configuration). */
  readonly least: number;
  readonly shares: number;
  /** What the guest told to be free; absent when it told nothing. */
  readonly free?: number;
}

const MIB = 1024 * 1024;
/** No more is given or taken of a VM in one step. */
const STEP = 100 * MIB;
/** A host that is this near its goal is left alone. */
const NEAR = 10 * MIB;
/** A VM with more than this part of its minimum free can give. */
const RICH = 0.25;

/**
 * Proxmox VE's auto-ballooning (pve-manager 9.2, PVE/AutoBalloon.pm, compute_alg1): a host below its goal for used
 * memory gives to VMs that have little free first, one above it takes from those that have much; each VM's fair part is
 * its minimum and, by shares, of what all have above theirs. One step moves a VM by at most 100 MiB.
 * @param goal bytes that VMs are to get (positive) or give (negative) together
 * @returns memory that each guest is to have; undefined where it is left alone
 */
export function autoBalloon(vms: readonly BalloonedVm[], goal: number): readonly (number | undefined)[] {
  const targets: (number | undefined)[] = vms.map(() => undefined);
  const eligible = vms.flatMap(({ now, least, shares }, i) =>
    now > 0 && least > 0 && shares !== 0 ? [i] : [],
  );
  const isRich = (i: number): boolean => {
    const { free, least, now } = vms[i]!;
    return free !== undefined && free > RICH * least && now >= least;
  };
  if (Math.abs(goal) <= NEAR) return targets;
  const first = eligible.filter((i) => isRich(i) === goal < 0);
  const rest = spread(vms, first, goal, targets);
  const hasMoved = goal > 0 ? rest < goal : rest > goal;
  if (!hasMoved) spread(vms, eligible, rest, targets);
  return targets;
}

/** Spreads an amount over some VMs, pass by pass. @returns what is left of it */
function spread(
  vms: readonly BalloonedVm[],
  among: readonly number[],
  goal: number,
  targets: (number | undefined)[],
): number {
  const done = new Set<number>();
  let rest = goal;
  for (let changed = true; changed && rest !== 0;) {
    const active = among.filter((i) => !done.has(i));
    const shares = active.reduce((sum, i) => sum + vms[i]!.shares, 0);
    const above = active.reduce((sum, i) => sum + (targets[i] ?? vms[i]!.now) - vms[i]!.least, 0);
    let moved = 0;
    changed = false;
    for (const i of active) {
      const { now } = vms[i]!;
      const want = fairPart(vms[i]!, (above + rest) / shares);
      let next: number;
      if (goal > 0 && want > now) next = Math.min(want, now + STEP);
      else if (want < now) next = Math.max(want, now - STEP);
      else {
        done.add(i);
        continue;
      }
      const before = targets[i] ?? now;
      if (next === before) continue;
      targets[i] = next;
      moved += next - before;
      changed = true;
    }
    rest -= moved;
  }
  return rest;
}

function fairPart({ least, most, shares }: BalloonedVm, perShare: number): number {
  const want = least + Math.trunc(perShare * shares);
  return want > most ? most : Math.max(want, least);
}
