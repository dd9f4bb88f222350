import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import { defineStrategy } from '../contract/strategy.ts';
import type { VmFacts } from '../ports/page-service.ts';
import { PAGES } from '../contract/tokens.ts';
import { toPages, toVmId } from '../units/page.ts';
import { VmView } from './vm-view.ts';

test('a view follows what it shows, and cannot be written', () => {
  const facts = { id: toVmId(0), name: 'a', size: toPages(9), reservation: toPages(0), shares: 10 };
  const data = { ...facts, limit: toPages(1), salt: 's', template: undefined as never, sharing: false };
  const view = VmView.of(data);
  data.limit = toPages(2);
  expect({ ...view }).toStrictEqual(data);
  expect({ ...view, name: 'b' }).toEqual({ ...data, name: 'b' });
  expect(Object.keys(VmView.of({ ...facts, limit: toPages(3) }))).toEqual([...Object.keys(facts), 'limit']);
  expect(() => Object.assign(view, { limit: 3 })).toThrow(TypeError);
  expect(() => Object.defineProperty(view, 'limit', { value: 3 })).toThrow(TypeError);
  expect(data.limit).toBe(2);
});

test('a plugin that writes to the VMs it is given fails by its name, and a VM that is changed is seen changed', () => {
  let seen: readonly VmFacts[] = [];
  const plugin = (write: (vms: readonly VmFacts[]) => void) =>
    defineStrategy({
      id: 'writer',
      contract: 2,
      title: 't',
      options: z.strictObject({}),
      needs: { pages: PAGES },
      create: ({ pages }) => {
        seen = pages.vms;
        write(pages.vms);
        return {};
      },
    });
  const compose = (write: (vms: readonly VmFacts[]) => void) =>
    composeHost({
      memory: toPages(1000),
      vms: [{ name: 'a', size: toPages(100) }],
      strategies: [plugin(write)],
    });
  expect(() => compose(([vm]) => void Object.assign(vm!, { reservation: 1e9 }))).toThrow(/writer/);
  expect(() => compose((vms) => void (vms as VmFacts[]).pop())).toThrow(/writer/);
  const host = compose(() => undefined);
  host.change('a', { shares: 77 });
  expect(seen[0]!.shares).toBe(77);
});
