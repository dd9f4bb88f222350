import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { HostConfig } from '../composition/host-config.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import type { Host } from '../host/host.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import { toGfn, toNs, toPages } from '../units/page.ts';

/** Takes the pages with the lowest numbers, and brings them back when they are touched. */
const lowestFirst = defineStrategy({
  id: 'lowest-first',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: { table: PAGES, frames: FRAMES },
  kinds: ['away'],
  lastResort: true,
  create: ({ table, frames }, _options, self) => {
    const kind = self.kinds['away']!;
    return {
      reclaim: ({ vm, goal, budget }) => {
        let freed = 0;
        let tried = 0;
        for (let page = 0; page < table.vms[vm]!.size && freed < goal && tried < budget; page++) {
          if (table.kind(vm, toGfn(page)) !== KIND_MAPPED || table.pinned(vm, toGfn(page))) continue;
          tried++;
          freed += table.evict(vm, toGfn(page), kind, 0);
        }
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(tried), refused: [] };
      },
      backings: {
        away: {
          fault: (vm, page, _payload, at) => {
            const frame = frames.take(vm, at);
            if (frame < 0) return toNs(-1);
            table.install(vm, page, frame as never);
            return at;
          },
          release: () => undefined,
          peek: () => undefined,
          footprint: () => toPages(0),
        },
      },
    };
  },
});

/** A balloon whose guest gives all that was ordered at the next look. */
function patientBalloon() {
  const ordered: number[] = [0, 0, 0];
  const plugin = defineStrategy({
    id: 'balloon',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: {},
    claims: ['ballooned'],
    create: () => ({
      reclaim: ({ vm, goal, direct }) => {
        if (!direct) ordered[vm]! += goal;
        return {
          freed: toPages(0),
          ordered: direct ? toPages(0) : goal,
          tried: toPages(0),
          refused: direct ? [{ pages: goal, why: 'too slow' }] : [],
        };
      },
      pending: (vm) => toPages(ordered[vm]!),
      relax: () => toPages(0),
    }),
  });
  const give = (host: Host): void => {
    for (const { id, size } of host.memory.vms) {
      for (let page = size - 1; page >= 0 && ordered[id]! > 0; page--) {
        if (host.memory.kind(id, toGfn(page)) === KIND_MAPPED) {
          host.memory.balloon(id, toGfn(page));
          ordered[id]!--;
        }
      }
    }
  };
  return { plugin, give, ordered };
}

function hostOf(more: Partial<HostConfig> = {}): Host {
  return composeHost({
    memory: toPages(8000),
    pools: [{ name: 'dev', limit: toPages(300) }],
    vms: [
      { name: 'a', size: toPages(400), pool: 'dev' },
      { name: 'b', size: toPages(400), pool: 'dev' },
      { name: 'c', size: toPages(400) },
    ],
    strategies: [lowestFirst],
    ...more,
  });
}

function held(host: Host, ...vms: readonly number[]): number {
  return vms.reduce((sum, vm) => sum + host.memory.consumed(host.memory.vms[vm]!.id), 0);
}

test('the VMs of a pool never hold more than its limit, with frames free in plenty', () => {
  const host = hostOf();
  for (let page = 0; page < 400; page++) {
    for (const vm of ['a', 'b', 'c']) host.vm(vm).write(page, 'x');
    expect(held(host, 0, 1)).toBeLessThanOrEqual(300);
  }
  expect(held(host, 2)).toBe(400);
  host.advance(60_000);
  expect(held(host, 0, 1)).toBeGreaterThan(200);
  host.verify();
});

test('what an access needs is taken from the VM of the pool that has most above its reservation', () => {
  // Without a policy all may have all they want.
  const host = hostOf({ policies: [] });
  for (let page = 0; page < 290; page++) host.vm('a').write(page, 'x');
  for (let page = 0; page < 300; page++) host.vm('c').write(page, 'x');
  for (let page = 0; page < 100; page++) host.vm('b').write(page, 'x');
  expect(held(host, 1)).toBe(100);
  expect(held(host, 0)).toBeLessThanOrEqual(200);
  expect(held(host, 2)).toBe(300);
});

test('a pool that comes near its limit asks balloons for what its guests could still touch', () => {
  const { plugin, give } = patientBalloon();
  const host = hostOf({ strategies: [plugin, lowestFirst] });
  for (let page = 0; page < 140; page++) for (const vm of ['a', 'b']) host.vm(vm).write(page, 'x');
  for (let pass = 0; pass < 20; pass++) {
    host.advance(100);
    give(host);
  }
  // 800 pages of guest memory, 300 that may have frames.
  expect(host.credits().now['balloon']).toBeGreaterThan(0);
  expect(
    host
      .counters()
      .vms.slice(0, 2)
      .reduce((sum, vm) => sum + vm.ballooned, 0),
  ).toBeGreaterThan(0);
  expect(held(host, 2)).toBe(0);
  host.verify();
});

test('charges stay within every limit: of VMs, of pools, of pools around pools', () => {
  const access = fc.record({ vm: fc.nat(3), page: fc.nat(99), waits: fc.constantFrom(0, 0, 0, 200) });
  fc.assert(
    fc.property(
      fc.record({ inner: fc.integer({ min: 4, max: 120 }), outer: fc.integer({ min: 4, max: 200 }) }),
      fc.array(access, { minLength: 50, maxLength: 400 }),
      ({ inner, outer }, accesses) => {
        const host = composeHost({
          memory: toPages(600),
          reserve: toPages(8),
          pools: [
            { name: 'outer', limit: toPages(outer) },
            { name: 'inner', parent: 'outer', limit: toPages(Math.min(inner, outer)) },
          ],
          vms: [
            { name: 'a', size: toPages(100), pool: 'inner' },
            { name: 'b', size: toPages(100), pool: 'inner', limit: toPages(60) },
            { name: 'c', size: toPages(100), pool: 'outer' },
            { name: 'd', size: toPages(100) },
          ],
          strategies: [lowestFirst],
        });
        for (const { vm, page, waits } of accesses) {
          host.vm('abcd'[vm]!).write(page, 'x');
          expect(held(host, 0, 1)).toBeLessThanOrEqual(Math.min(inner, outer));
          expect(held(host, 0, 1, 2)).toBeLessThanOrEqual(outer);
          expect(held(host, 1)).toBeLessThanOrEqual(60);
          if (waits > 0) host.advance(waits);
        }
        host.verify();
        host.dispose();
      },
    ),
    { numRuns: 60 },
  );
});
