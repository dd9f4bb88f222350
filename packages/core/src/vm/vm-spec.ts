import { OverbookError } from '../units/errors.ts';
import { type Pages, pages, vmId } from '../units/page.ts';
import { type VmFacts } from '../ports/page-service.ts';

/** A virtual machine as its owner configures it. Sizes in pages of 4 KiB. */
export interface VmSpec {
  readonly name: string;
  readonly size: Pages;
  /** Guaranteed machine memory; default 0. */
  readonly reservation?: Pages;
  /** Most machine memory; default `size`. */
  readonly limit?: Pages;
  /** Relative right to machine memory; default 10 per MiB of size (vSphere `normal`). */
  readonly shares?: number;
  /** Machine memory that virtualising the VM takes, beside what its pages take; default none. */
  readonly overhead?: Pages;
  /** Pages may be shared with VMs of the same salt (sched.mem.pshare.salt). */
  readonly salt?: string;
}

const SHARES_PER_MIB = 10;

/** Checks one VM's configuration and fills in what it left out. @throws OVB_VM_INVALID */
export const toVmFacts = (spec: VmSpec, index: number): VmFacts => {
  const size = spec.size;
  const reservation = spec.reservation ?? pages(0);
  const limit = spec.limit ?? size;
  const shares = spec.shares ?? (size * SHARES_PER_MIB) / 256;
  const bad = (what: string, mend: string): never => {
    throw new OverbookError('OVB_VM_INVALID', `vm ${spec.name}`, what, mend);
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
  const overhead = spec.overhead ?? 0;
  if (!Number.isInteger(overhead) || overhead < 0)
    bad(`overhead is ${overhead} pages`, 'Give a whole number of pages, or leave the overhead out.');
  if (!(shares > 0)) bad(`shares are ${shares}`, 'Give a number above 0.');
  return { id: vmId(index), name: spec.name, size, reservation, limit: pages(Math.min(limit, size)), shares };
};
