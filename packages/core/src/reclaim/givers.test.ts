import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeHost } from '../composition/compose-host.ts';
import type { AnyStrategyPlugin } from '../composition/host-config.ts';
import { FRAMES, PAGES } from '../contract/tokens.ts';
import type { ReclaimRequest, Strategy } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import type { Host } from '../host/host.ts';
import { KIND_MAPPED } from '../pmap/kinds.ts';
import { mib, toGfn, toNs, toPages, toVmId } from '../units/page.ts';
import { resolveLadder } from './ladder.ts';

const BIG = 0;
const SMALL = 1;

/** Throws pages away, first ones first, and notes what it was asked. */
function dropper(id: string, asked: string[] = []): AnyStrategyPlugin {
  return defineStrategy({
    id,
    contract: 2,
    title: id,
    options: z.strictObject({}),
    needs: { table: PAGES, frames: FRAMES },
    kinds: ['gone'],
    lastResort: true,
    create: ({ table }, _options, self): Strategy => ({
      reclaim: ({ vm, goal, budget, direct }: ReclaimRequest) => {
        asked.push(`${direct ? 'direct' : 'pass'} ${table.vms[vm]!.name}`);
        let freed = 0;
        for (let page = 0; page < table.vms[vm]!.size && freed < Math.min(goal, budget); page++)
          if (table.kind(vm, toGfn(page)) === KIND_MAPPED && !table.pinned(vm, toGfn(page)))
            freed += table.evict(vm, toGfn(page), self.kinds['gone']!, 0);
        return { freed: toPages(freed), ordered: toPages(0), tried: toPages(freed), refused: [] };
      },
      backings: {
        gone: {
          fault: () => toNs(-1),
          release: () => undefined,
          peek: () => undefined,
          footprint: () => toPages(0),
        },
      },
    }),
  });
}

function linuxHost(reservation: number, asked: string[]): Host {
  return composeHost({
    memory: mib(16),
    memoryStates: 'linux',
    vms: [
      { name: 'big', size: mib(24), reservation: toPages(reservation) },
      { name: 'small', size: mib(8) },
    ],
    strategies: [dropper('hostswap', asked)],
    policies: [],
  });
}

/** Touches pages in one batch: nothing but the accesses themselves reclaims meanwhile. */
function touch(host: Host, vm: number, from: number, to: number): void {
  for (let page = from; page < to; page++)
    host.memory.access(toVmId(vm), toGfn(page), true, host.clock.now());
}

test('an access that waits takes from VMs in proportion to their size', () => {
  const asked: string[] = [];
  const host = linuxHost(0, asked);
  touch(host, SMALL, 0, 1000);
  touch(host, BIG, 0, 5000);
  const small = asked.filter((one) => one === 'direct small').length;
  const big = asked.filter((one) => one === 'direct big').length;
  // As the big one grows it gives more: between the same and four times as often.
  expect(small).toBeGreaterThan(10);
  expect(big).toBeGreaterThan(2 * small);
  expect(big).toBeLessThan(6 * small);
  host.verify();
});

test('what is reserved does not count as size', () => {
  const asked: string[] = [];
  const host = linuxHost(3000, asked);
  touch(host, BIG, 0, 3000);
  touch(host, SMALL, 0, 1500);
  expect(asked.filter((one) => one.endsWith('big'))).toEqual([]);
  expect(asked).toContain('direct small');
});

test('kswapd works up to the high watermark, also by size', () => {
  const asked: string[] = [];
  const host = linuxHost(0, asked);
  touch(host, BIG, 0, 3000);
  touch(host, SMALL, 0, 950);
  host.advance(100);
  expect(asked.some((one) => one === 'pass big') && asked.some((one) => one === 'pass small')).toBe(true);
  expect(host.state).toBe('high');
  // √(16 · 16,384 kB) = 512 kB: 128 pages, and two distances of 32.
  expect(host.pool.free).toBeGreaterThanOrEqual(193);
  expect(host.pool.free).toBeLessThanOrEqual(193 + 2);
});

test('what acts by order only is on no rung', () => {
  const mix = ['balloon', 'hostswap'].map((id) => ({
    id,
    actsFrom: 'soft' as const,
    canReclaim: true,
    lastResort: id === 'hostswap',
  }));
  const rungs = resolveLadder({ soft: ['hostswap'] }, mix, ['balloon']);
  expect(rungs).toMatchObject({ soft: ['hostswap'], low: ['hostswap'] });
});
