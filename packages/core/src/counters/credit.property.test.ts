import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { defineStrategy } from '../contract/strategy.ts';
import type { PageService } from '../ports/page-service.ts';
import { KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from '../pmap/kinds.ts';
import { PAGES } from '../contract/tokens.ts';
import type { VmId } from '../units/page.ts';
import { toGfn, toNs, toPages, toVmId } from '../units/page.ts';

const SIZE = 12;
const VERBS = ['touch', 'drop', 'balloon', 'unballoon', 'share', 'relocate', 'restart'] as const;
const step = fc.record({
  verb: fc.constantFrom(...VERBS),
  vm: fc.nat(1).map((n) => toVmId(n)),
  page: fc.nat(SIZE - 1).map((n) => toGfn(n)),
});

/** A host whose one strategy owns every kind and does as it is told. */
function rig() {
  let table: PageService;
  let kinds: Readonly<Record<string, number>> = {};
  const gone = { release: () => undefined, peek: () => undefined, footprint: () => toPages(0) };
  const puppet = defineStrategy({
    id: 'puppet',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: { table: PAGES },
    kinds: ['near', 'far'],
    claims: ['shared', 'ballooned'],
    create: (deps, _options, self) => {
      table = deps.table;
      kinds = self.kinds;
      const fault = () => toNs(-1);
      return { backings: { near: { ...gone, fault }, far: { ...gone, fault } } };
    },
  });
  const host = composeHost({
    memory: toPages(64),
    memoryStates: 'direct',
    vms: ['a', 'b'].map((name) => ({ name, size: toPages(SIZE), salt: 'one' })),
    strategies: [puppet],
  });
  return { host, table: table!, kinds };
}

test('credit is what the pages that once had a frame would take more than they do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { host, table, kinds } = rig();
      /** Pages whose guest put something into a frame and did not get back untouched since. */
      const had = new Set<string>();
      const framed = (vm: VmId, page: number): boolean =>
        [KIND_MAPPED, KIND_SHARED].includes(table.kind(vm, toGfn(page)));
      for (const { verb, vm, page } of steps) {
        const kind = table.kind(vm, page);
        if (verb === 'touch') host.memory.access(vm, page, true, toNs(0));
        else if (verb === 'drop') table.drop(vm, page, kinds['near']!, 0);
        else if (verb === 'balloon') table.balloon(vm, page);
        else if (verb === 'unballoon') table.unballoon(vm, page);
        else if (verb === 'relocate' && kind >= kinds['near']!) table.relocate(vm, page, kinds['far']!, 0);
        else if (verb === 'share' && kind === KIND_MAPPED) {
          const other = toVmId(1 - vm);
          const keeper = table.kind(other, page) === KIND_SHARED ? table.frame(other, page) : undefined;
          if (keeper === undefined) table.makeShared(vm, page);
          else table.merge(vm, page, keeper);
        } else if (verb === 'restart') {
          host.powerOff(host.memory.vms[vm]!.name);
          host.powerOn(host.memory.vms[vm]!.name);
        }
        for (const { id } of host.memory.vms)
          for (let one = 0; one < SIZE; one++) {
            if (framed(id, one)) had.add(`${id}/${one}`);
            else if (table.kind(id, toGfn(one)) === KIND_UNTOUCHED) had.delete(`${id}/${one}`);
          }
        const inUse = host.pool.total - host.pool.free;
        expect(host.credits().now['puppet']).toBe(had.size - inUse);
      }
      host.verify();
      host.dispose();
    }),
  );
});

test('pages that never had a frame give none back', () => {
  const { host, table } = rig();
  for (let page = 0; page < SIZE; page++) table.balloon(toVmId(0), toGfn(page));
  expect(host.credits().now['puppet']).toBe(0);
  host.vm('b').write(3, 'x');
  table.balloon(toVmId(1), toGfn(3));
  expect(host.credits().now['puppet']).toBe(1);
  host.verify();
});
