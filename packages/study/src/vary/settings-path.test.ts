import { expect, test } from 'vitest';

import type { PlainScenario } from './settings-path.ts';
import { settingPath } from './settings-path.ts';

const SCENARIO: PlainScenario = {
  host: { memory: '50 %' },
  guests: [{ name: 'redis' }, { name: 'node.v2', count: 2 }],
  mixes: {
    plain: { strategies: ['hostswap'] },
    both: { strategies: [{ tps: { salting: 0 } }, 'hostswap'], policies: ['proxmox-balloon'] },
  },
};

function changed(path: string, value: number): unknown {
  const setter = settingPath(path, SCENARIO);
  if (typeof setter !== 'function') return setter.what;
  const copy = structuredClone(SCENARIO);
  setter(copy, value);
  return copy;
}

test.each<[path: string, at: readonly (string | number)[]]>([
  ['host.memory', ['host', 'memory']],
  ['host.paces.balance', ['host', 'paces', 'balance']],
  ['guests.redis.count', ['guests', 0, 'count']],
  ['guests.node.v2.count', ['guests', 1, 'count']],
  ['mixes.both.strategies.tps.pagesPerSecond', ['mixes', 'both', 'strategies', 0, 'tps', 'pagesPerSecond']],
  [
    'mixes.both.policies.proxmox-balloon.period',
    ['mixes', 'both', 'policies', 0, 'proxmox-balloon', 'period'],
  ],
  ['options.tps.salting', ['mixes', 'both', 'strategies', 0, 'tps', 'salting']],
  ['costs.instruction', ['costs', 'instruction']],
])('%s sets one value and keeps the others', (path, at) => {
  const after = changed(path, 7);
  expect(after).toHaveProperty([...at], 7);
  expect(after).toMatchObject(
    path === 'host.memory' || path === 'guests.node.v2.count' ? {} : { host: { memory: '50 %' } },
  );
  expect(SCENARIO).toMatchObject({
    host: { memory: '50 %' },
    mixes: { both: { strategies: [{ tps: { salting: 0 } }, 'hostswap'] } },
  });
});

test('options that are there stay beside the one that is set', () => {
  expect(changed('options.tps.pagesPerSecond', 9)).toHaveProperty(['mixes', 'both', 'strategies', 0], {
    tps: { salting: 0, pagesPerSecond: 9 },
  });
});

test('a star means all guests, an option all mixes that have the plugin', () => {
  expect(changed('guests.*.vcpus', 2)).toMatchObject({ guests: [{ vcpus: 2 }, { vcpus: 2 }] });
  expect(changed('options.hostswap.readAhead', 8)).toMatchObject({
    mixes: {
      plain: { strategies: [{ hostswap: { readAhead: 8 } }] },
      both: { strategies: [{}, { hostswap: { readAhead: 8 } }] },
    },
  });
});

test.each<[path: string, what: RegExp, mend: RegExp]>([
  ['hots.memory', /nothing at 'hots.memory'/, /Did you mean 'host'/],
  ['seeds', /nothing at 'seeds'/, /a key of the study itself/],
  ['guests.rediss.count', /names no guest/, /Did you mean 'redis'/],
  ['guests.redis', /does not say what of the guest varies/, /guests\.NAME\.KEY/],
  ['mixes.botth.profile', /names no mix/, /Did you mean 'both'/],
  ['options.tsp.salting', /names no plugin/, /Did you mean 'tps'/],
  ['costs.instructoin', /names no cost/, /Did you mean 'instruction'/],
])('%s is refused with the nearest', (path, what, mend) => {
  const found = settingPath(path, SCENARIO);
  expect(found).toEqual({ what: expect.stringMatching(what), mend: expect.stringMatching(mend) });
});
