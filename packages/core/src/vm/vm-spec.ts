import type { Shares } from '../contract/shares.ts';
import { vmShares } from '../contract/shares.ts';
import { OverbookError } from '../units/errors.ts';
import type { Pages } from '../units/page.ts';
import { pages, vmId } from '../units/page.ts';
import type { VmFacts } from '../ports/page-service.ts';

/** A virtual machine as its owner configures it. Sizes in pages of 4 KiB. */
export interface VmSpec {
  readonly name: string;
  readonly size: Pages;
  /** Guaranteed machine memory; default 0. */
  readonly reservation?: Pages;
  /** Most machine memory; default `size`. */
  readonly limit?: Pages;
  /** Relative right to machine memory, by name or as a number; default `normal`: 10 per MiB of size (vSphere). */
  readonly shares?: Shares;
  /** Resource pool it is in; default: directly below the host. */
  readonly pool?: string;
  /** Virtual processors, for the overhead; default 1. */
  readonly vcpus?: number;
  /** Machine memory that virtualising the VM takes, beside what its pages take; default as the host says. */
  readonly overhead?: Pages;
  /** False for a VM that is powered on later (Host.powerOn); default true. */
  readonly poweredOn?: boolean;
  /** Pages may be shared with VMs of the same salt (sched.mem.pshare.salt); an empty one is like no other. */
  readonly salt?: string;
  /** False: page sharing leaves the VM alone (sched.mem.pshare.enable); default true. */
  readonly sharing?: boolean;
}

/** Checks one VM's configuration and fills in what it left out. @throws OVB_VM_INVALID */
export function toVmFacts(spec: VmSpec, index: number): VmFacts {
  const { name, size } = spec;
  const facts = {
    id: vmId(index),
    name,
    size,
    reservation: spec.reservation ?? pages(0),
    limit: pages(Math.min(spec.limit ?? size, size)),
    shares: vmShares(spec.shares, size),
    ...(spec.salt === undefined ? {} : { salt: spec.salt }),
    ...(spec.sharing === undefined ? {} : { sharing: spec.sharing }),
  };
  checkVm(facts);
  const overhead = spec.overhead ?? 0;
  if (!Number.isInteger(overhead) || overhead < 0)
    throw invalid(name, `overhead is ${overhead} pages`, 'Give a whole number of pages, or leave it out.');
  return facts;
}

/**
 * Size, reservation, limit and shares fit each other. Shares of 0 are refused: ESX memory is divided by them, and ESX 2
 * gave such a VM its reservation alone, which a limit says better.
 * @throws OVB_VM_INVALID
 */
export function checkVm({ name, size, reservation, limit, shares }: VmFacts): void {
  const bad = (what: string, mend: string): never => {
    throw invalid(name, what, mend);
  };
  if (!Number.isInteger(size) || size < 1)
    bad(`size is ${size} pages`, 'Give a whole number of pages, at least 1.');
  if (reservation < 0 || reservation > size)
    bad(`reservation ${reservation} is outside 0..size ${size}`, 'Lower the reservation.');
  if (limit < reservation)
    bad(
      `limit ${limit} is below the reservation ${reservation}`,
      'Raise the limit or lower the reservation.',
    );
  if (limit < 1)
    bad('limit is 0', 'Give the VM at least one page of machine memory, or leave the limit out.');
  if (!(shares > 0)) bad(`shares are ${shares}`, 'Give a number above 0.');
}

function invalid(vm: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_VM_INVALID', `vm ${vm}`, what, mend);
}
