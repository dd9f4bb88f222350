import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import { toGfn, toPages, toVmId } from '../units/page.ts';
import { brokenIdentities } from './identities.ts';

/** VM 1 holds contents a a b b c, VM 2 holds c d e f; equal ones are merged. */
function makeExample() {
  const host = composeHost({
    memory: toPages(64),
    vms: [
      { name: 'vm1', size: toPages(5), salt: 'one' },
      { name: 'vm2', size: toPages(4), salt: 'one' },
    ],
    strategies: [],
    memoryStates: 'direct',
  });
  'aabbc'.split('').forEach((content, page) => host.vm('vm1').write(page, content));
  'cdef'.split('').forEach((content, page) => host.vm('vm2').write(page, content));
  const { memory } = host;
  const merge = (keepVm: number, keep: number, vm: number, page: number): void => {
    const keeper = memory.makeShared(toVmId(keepVm), toGfn(keep));
    memory.merge(toVmId(vm), toGfn(page), keeper);
  };
  merge(0, 0, 0, 1);
  merge(0, 2, 0, 3);
  merge(0, 4, 1, 0);
  return host;
}

test("the manual's example of shared memory comes out (vSphere Resource Management 6.7, figure 6-2)", () => {
  const counters = makeExample().counters();
  const [vm1, vm2] = counters.vms;
  const kib = (count: number): number => count * 4;
  expect([vm1!.granted, vm1!.consumed, vm1!.shared, vm1!.saved].map(kib)).toEqual([20, 10, 20, 10]);
  expect([vm2!.granted, vm2!.consumed, vm2!.shared, vm2!.saved].map(kib)).toEqual([16, 14, 4, 2]);
  expect([counters.granted, counters.shared, counters.common, counters.saving].map(kib)).toEqual([
    36, 24, 12, 12,
  ]);
  expect(brokenIdentities(counters)).toEqual([]);
});

test('a guest that writes a shared page gets its own copy, the others keep theirs', () => {
  const host = makeExample();
  host.vm('vm1').write(1, 'changed');
  const text = (vm: string, page: number): string =>
    new TextDecoder().decode(host.vm(vm).read(page)).replaceAll('\0', '');
  expect([text('vm1', 0), text('vm1', 1)]).toEqual(['a', 'changed']);
  // The last reference is written without a copy: its frame is private again.
  const frames = host.pool.free;
  host.vm('vm1').write(0, 'alone');
  expect(host.pool.free).toBe(frames);
  expect(host.counters().common).toBe(2);
  host.verify();
});
