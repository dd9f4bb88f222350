import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { Strategy } from '../contract/strategy.ts';
import { defineStrategy } from '../contract/strategy.ts';
import { GUESTS } from '../contract/tokens.ts';
import { isOverbookError } from '../units/errors.ts';
import { mib, toPages } from '../units/page.ts';
import { composeHost } from './compose-host.ts';
import type { HostConfig } from './host-config.ts';

function strategy(id: string, does: Strategy, lastResort = false) {
  return defineStrategy({
    id,
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: {},
    lastResort,
    create: () => does,
  });
}

const nothing = { freed: toPages(0), ordered: toPages(0), tried: toPages(0), refused: [] };
const cache = strategy('cache', { rescue: () => false, accept: () => false });
const scanner = strategy('scanner', { reclaim: () => nothing });
const swap = strategy('swap', { reclaim: () => nothing }, true);
const driven = defineStrategy({
  id: 'driven',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: { guests: GUESTS },
  canGive: (_options, vms) => vms.some(({ driver }) => driver),
  create: () => ({ reclaim: () => nothing }),
});
const unshared = defineStrategy({
  id: 'unshared',
  contract: 2,
  title: '',
  options: z.strictObject({}),
  needs: {},
  canGive: (_options, vms) => vms.some(({ sharing }) => sharing !== false),
  create: () => ({ reclaim: () => nothing }),
});

function guests(...drivers: readonly boolean[]) {
  return {
    hasDriver: () => false,
    mayHaveDriver: (vm: number) => drivers[vm]!,
    statistics: () => undefined,
    inflate: () => 0,
    deflate: () => 0,
    reportFree: () => 0,
  };
}

/** Two VMs that fit the host only with a page of each left out. */
const SHORT: Omit<HostConfig, 'strategies'> = {
  memory: toPages(520),
  reserve: toPages(10),
  vms: [
    { name: 'a', size: mib(1) },
    { name: 'b', size: mib(1) },
  ],
};

function answer(config: Partial<HostConfig>): string {
  try {
    const host = composeHost({ ...SHORT, strategies: [], ...config });
    host.dispose();
    return host.mayStarve ? 'may starve' : 'fine';
  } catch (error) {
    if (isOverbookError(error)) return `${error.code} ${error.at}: ${error.what} | ${error.mend}`;
    throw error;
  }
}

describe('a mix that can never give memory back', () => {
  test('is refused with what is short and what would mend it', () => {
    expect(answer({ strategies: [cache] })).toBe(
      'OVB_MIX_NEVER_GIVES host: cache can give no memory back on this host, and its guests may come to hold ' +
        '2 MiB, but the host has 1.992 MiB for them | Add a strategy that can take pages without the guest ' +
        '(such as hostswap), or give the host 1 MiB more memory.',
    );
  });

  test('is fine where all VMs have room for all their pages', () => {
    expect(answer({ strategies: [cache], memory: toPages(522) })).toBe('fine');
  });

  test.each([40, 100, 600])('following the mend mends it: %i MiB', (size) => {
    const vms = [{ name: 'a', size: mib(size) }];
    const [, more] = /give the host (\d+) MiB more/.exec(
      answer({ strategies: [cache], vms, memory: mib(30), reserve: undefined }),
    )!;
    const memory = mib(30 + Number(more));
    expect(answer({ strategies: [cache], vms, memory, reserve: undefined })).toBe('fine');
    expect(answer({ strategies: [cache, swap], vms, memory: mib(30), reserve: undefined })).toBe('fine');
  });

  test.each([
    ['the overhead of VMs counts', { memory: toPages(522), overhead: toPages(1) }, /MiB more memory\.$/],
    ['so does the hypervisor', { memory: toPages(522), vmkernel: toPages(1) }, /MiB more memory\.$/],
    [
      'and a limit below a size',
      { memory: mib(4), vms: [{ name: 'a', size: mib(1), limit: toPages(128) }] },
      /VM a of 1 MiB may hold 0\.5 MiB of it \| .*remove the limit of VM a/,
    ],
    [
      "and a pool's limit, with the pools in it",
      {
        memory: mib(4),
        pools: [
          { name: 'all', limit: toPages(500) },
          { name: 'some', parent: 'all' },
        ],
        vms: [
          { name: 'a', size: mib(1), pool: 'some' },
          { name: 'b', size: mib(1), pool: 'all' },
        ],
      },
      /the VMs of pool all may hold 1\.953 MiB of their 2 MiB \| .*raise the limit of pool all to 2 MiB/,
    ],
  ] as [string, Partial<HostConfig>, RegExp][])('%s', (_what, config, expected) => {
    expect(answer({ strategies: [cache], ...config })).toMatch(expected);
    expect(answer({ strategies: [cache, swap], ...config })).toBe('fine');
    expect(answer({ strategies: [cache, scanner], ...config })).toBe('may starve');
  });

  test('a strategy that needs drivers gives nothing where no guest will ever have one', () => {
    const strategies = [driven, cache];
    expect(answer({ strategies, edges: { guests: guests(false, false) } })).toMatch(/driven and cache can/);
    expect(answer({ strategies, edges: { guests: guests(false, true) } })).toBe('may starve');
    const { mayHaveDriver: _unsaid, ...silent } = guests(false, false);
    expect(answer({ strategies, edges: { guests: silent } })).toBe('may starve');
  });

  test('nor does one that shares, where no VM may share', () => {
    const vms = SHORT.vms.map((vm) => ({ ...vm, sharing: false }));
    expect(answer({ strategies: [unshared], vms })).toMatch(/^OVB_MIX_NEVER_GIVES/);
    expect(answer({ strategies: [unshared] })).toBe('may starve');
  });

  test('one of which nothing is known may give', () => {
    expect(answer({ strategies: [strategy('unknown', {})] })).toBe('may starve');
  });

  test('a host without any strategy is left alone', () => {
    expect(answer({ strategies: [] })).toBe('may starve');
  });
});
