/**
 * A policy as an RxJS pipeline: look at the host every `everyMs`, and where memory is short let each VM with a driver
 * give a fixed part of what its guest could spare. It never touches a VM whose guest tells nothing: unknown is not
 * spare.
 */
import type { Order, VmObservation } from '@overbook/core';
import { definePolicy, toPages } from '@overbook/core';
import { auditTime, filter, map } from 'rxjs';
import { z } from 'zod';

const options = z.strictObject({
  everyMs: z.int().min(1).default(2000).describe('Interval between decisions, in virtual milliseconds.'),
  part: z.number().min(0).max(1).default(0.25).describe('Part of the available memory to ask for at once.'),
});

function orderFor(vm: VmObservation, part: number): readonly Order[] {
  if (!vm.hasDriver || vm.guestAvailable === undefined) return [];
  const target = toPages(Math.max(vm.reservation, vm.consumed - Math.floor(vm.guestAvailable * part)));
  return [
    {
      kind: 'target',
      vm: vm.vm,
      pages: target,
      by: 'balloon',
      reason: { what: 'the guest can spare it', numbers: { available: vm.guestAvailable } },
    },
  ];
}

export const calmBalloon = definePolicy({
  id: 'calm-balloon',
  contract: 2,
  title: 'Asks each guest for a part of what it can spare while the host is short',
  options,
  needs: {},
  create:
    (_deps, { everyMs, part }) =>
    (observation$, clock) =>
      observation$.pipe(
        auditTime(everyMs, clock.scheduler),
        filter((host) => host.free < host.wanted),
        map((host) => host.vms.flatMap((vm) => orderFor(vm, part))),
      ),
});
