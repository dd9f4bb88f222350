import { KIND_MAPPED, KIND_SHARED, mib, toGfn, toPages } from '@overbook/core';
import { composeHost } from '@overbook/core/host';
import { hostswap } from '@overbook/hostswap';
import { COSTS, runSimulation } from '@overbook/sim';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { equalPages } from '../src/index.ts';
import { smallTrace } from './small-trace.ts';

const SIZE = 16;
const NAMES = ['a', 'b', 'c'] as const;

/** Three VMs on ample memory; `c` may not share. */
function hostOf(salting: 0 | 2) {
  return composeHost({
    memory: toPages(200),
    reserve: toPages(8),
    vms: NAMES.map((name) => ({ name, size: toPages(SIZE), ...(name === 'c' ? { sharing: false } : {}) })),
    strategies: [{ plugin: equalPages, options: { everyMs: 100, salting } }, hostswap],
  });
}

test('after each pass there is one frame for each content of a domain, and every page reads as it was written', () => {
  const write = fc.record({ vm: fc.nat(2), page: fc.nat(SIZE - 1), content: fc.nat(5) });
  const rounds = fc.array(fc.array(write, { maxLength: 30 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(rounds, fc.constantFrom(0 as const, 2 as const), (all, salting) => {
      const host = hostOf(salting);
      const written = NAMES.map(() => new Map<number, string>());
      for (const round of all) {
        for (const { vm, page, content } of round) {
          host.vm(NAMES[vm]!).write(page, `content ${content}`);
          written[vm]!.set(page, `content ${content}`);
        }
        host.advance(100);
        const frames = new Set<number>();
        for (const { id } of host.memory.vms)
          for (let page = 0; page < SIZE; page++)
            if ([KIND_MAPPED, KIND_SHARED].includes(host.memory.kind(id, toGfn(page))))
              frames.add(host.memory.frame(id, toGfn(page)));
        const [a, b, c] = written.map((pages) => [...pages.values()]) as [string[], string[], string[]];
        const shared = salting === 0 ? new Set([...a, ...b]).size : new Set(a).size + new Set(b).size;
        expect(frames.size).toBe(shared + c.length);
        host.verify();
      }
      written.forEach((pages, vm) => {
        for (const [page, content] of pages)
          expect(new TextDecoder().decode(host.vm(NAMES[vm]!).read(page)).replace(/\0+$/, '')).toBe(content);
      });
      host.dispose();
    }),
  );
});

test('between passes a page of known content is shared where it would be swapped out', () => {
  const host = composeHost({
    memory: toPages(32),
    memoryStates: 'direct',
    vms: [{ name: 'a', size: toPages(64) }],
    strategies: [equalPages, { plugin: hostswap, options: { victims: 'lru' } }],
  });
  host.vm('a').write(0, 'alike');
  host.advance(1000);
  for (let page = 1; page < 64; page++) {
    host.vm('a').write(page, 'alike');
    // The one page that is known stays in use, so it is no victim itself.
    host.vm('a').read(0);
  }
  expect(host.strategyCounters()).toMatchObject({
    'equal-pages': { merged: 0, rescued: 32 },
    hostswap: { swapOuts: 0 },
  });
  host.verify();
  host.dispose();
});

test('it costs nothing, and neither do the copies that writes to shared pages make', () => {
  const pages = Array.from({ length: 20 }, (_, page) => page);
  // Zero pages are read for two seconds, then written.
  const trace = smallTrace(20, [pages.map((page) => [page, 2]), pages.map((page) => [page, 3])], 2e9);
  const { guests, summary, cpuNs } = runSimulation({
    name: 'test',
    host: { memory: mib(16) },
    guests: [{ kind: 'flat', name: 'a', trace }],
    mix: { strategies: [equalPages, hostswap] },
    run: { seed: 1, order: 'recorded', check: true },
  });
  expect(guests[0]!.cowBreaks).toBe(20);
  expect(summary).toMatchObject({ workSlowdown: 1, worstStallNs: 0, hostCpuNs: 20 * COSTS.firstTouch.ns });
  expect(cpuNs['equal-pages'] ?? 0).toBe(0);
});
