import type { Shares } from '../contract/shares.ts';
import { vmShares } from '../contract/shares.ts';
import { OverbookError } from '../units/errors.ts';
import { inMiB } from '../units/in-mib.ts';
import type { Pages } from '../units/page.ts';
import { toPages, toVmId } from '../units/page.ts';
import type { VmFacts } from '../ports/page-service.ts';
import type { Template } from '../ports/template.ts';

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
  /** Machine memory that virtualising the VM takes, in addition to its pages; default: the host's. */
  readonly overhead?: Pages;
  /** False for a VM that is powered on later (Host.powerOn); default true. */
  readonly poweredOn?: boolean;
  /** Pages may be shared with VMs of the same salt (sched.mem.pshare.salt); an empty one is like no other. */
  readonly salt?: string;
  /** What its memory holds before its guest runs, each time that it is powered on; default: zeros. */
  readonly template?: Template;
  /** False: page sharing leaves the VM alone (sched.mem.pshare.enable); default true. */
  readonly sharing?: boolean;
}

/** One thing wrong with a VM as it is described: what a program needs to place it, and a sentence. */
export interface VmProblem {
  readonly key: 'name' | 'size' | 'reservation' | 'limit' | 'shares' | 'overhead' | 'template';
  readonly what: string;
  readonly mend: string;
}

/**
 * Checks the VMs of a host and fills in what they left out. @throws OVB_VM_INVALID for a name that is taken, or rights
 * that contradict each other
 */
export function toVmFacts(specs: readonly VmSpec[]): readonly VmFacts[] {
  const names = new Set<string>();
  return specs.map((spec, index) => {
    const { name, size } = spec;
    if (names.has(name))
      throw invalid(name, {
        key: 'name',
        what: 'two VMs have this name',
        mend: 'Give each VM a name of its own.',
      });
    names.add(name);
    refuse(name, vmProblems(spec));
    refuse(name, templateProblems(spec));
    return {
      id: toVmId(index),
      name,
      size,
      reservation: spec.reservation ?? toPages(0),
      limit: toPages(Math.min(spec.limit ?? size, size)),
      shares: vmShares(spec.shares, size),
      ...(spec.salt === undefined ? {} : { salt: spec.salt }),
      ...(spec.template === undefined ? {} : { template: spec.template }),
      ...(spec.sharing === undefined ? {} : { sharing: spec.sharing }),
    };
  });
}

/** Rights of a VM that fit each other. @throws OVB_VM_INVALID */
export function checkVm(facts: VmFacts): void {
  refuse(facts.name, vmProblems(facts));
}

/** What a VM's owner may say of it, as far as it is known: a size that is not known yet contradicts nothing. */
type Described = {
  readonly [K in 'size' | 'reservation' | 'limit' | 'shares' | 'overhead']?: VmSpec[K] | undefined;
};

/**
 * What is wrong with a VM by itself: size, reservation, limit and shares must fit each other. Shares of 0 are refused:
 * ESX memory is divided by them, and ESX 2 gave such a VM its reservation alone, which a limit says better.
 */
export function vmProblems(vm: Described): readonly VmProblem[] {
  const { size, reservation = toPages(0), limit, shares = 'normal', overhead = 0 } = vm;
  const problems: VmProblem[] = [];
  const found = (bad: boolean, key: VmProblem['key'], what: string, mend: string): void => {
    if (bad && !problems.some((problem) => problem.key === key)) problems.push({ key, what, mend });
  };
  const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
  const whole = 'Give a whole number of pages, or leave it out.';
  found(
    size !== undefined && (!isCount(size) || size < 1),
    'size',
    `its size is ${size} pages`,
    'Give a whole number of pages, at least 1.',
  );
  found(!isCount(reservation), 'reservation', `its reservation is ${reservation} pages`, whole);
  found(
    reservation > (size ?? Infinity),
    'reservation',
    `its reservation (${inMiB(reservation)}) is over its size (${inMiB(size ?? 0)})`,
    'Lower the reservation, or raise the size.',
  );
  const most = limit ?? Infinity;
  found(most !== Infinity && !isCount(most), 'limit', `its limit is ${most} pages`, whole);
  found(
    most === 0,
    'limit',
    'its limit is 0, which leaves it no memory',
    'Give it at least one page of machine memory, or leave the limit out.',
  );
  found(
    most < reservation,
    'limit',
    `its limit (${inMiB(most)}) is below its reservation (${inMiB(reservation)})`,
    'Raise the limit or lower the reservation.',
  );
  found(
    typeof shares === 'number' && !(shares > 0 && shares < Infinity),
    'shares',
    `its shares are ${shares}`,
    'Give a number above 0.',
  );
  found(!isCount(overhead), 'overhead', `its overhead is ${overhead} pages`, whole);
  return problems;
}

/** A template fits into its VM and names contents that it has. */
function templateProblems({ size, template }: VmSpec): readonly VmProblem[] {
  if (template === undefined) return [];
  const { contents, pages: held } = template;
  const of = `its template '${template.name}'`;
  const bad = (what: string, mend: string): readonly VmProblem[] => [{ key: 'template', what, mend }];
  if (held.length > size)
    return bad(
      `${of} has ${held.length} pages, but the VM ${size}`,
      'Make the VM larger, or shorten the template.',
    );
  const count = contents.fill.length;
  const stray = held.findIndex((content) => content > count);
  return stray < 0
    ? []
    : bad(
        `page ${stray} of ${of} holds content ${held[stray]! - 1} of ${count}`,
        'Number contents from 1; 0 reads as zero.',
      );
}

function refuse(vm: string, [problem]: readonly VmProblem[]): void {
  if (problem !== undefined) throw invalid(vm, problem);
}

function invalid(vm: string, { key, what, mend }: VmProblem): OverbookError {
  return new OverbookError('OVB_VM_INVALID', `vm ${vm}`, what, mend, undefined, { vm, setting: key });
}
