import { mib } from '@overbook/core';
import { expect, test } from 'vitest';

import { ProblemsError } from './problems.ts';
import { parseScenario } from './read-scenario.ts';
import { hostOf } from '../experiment/described.ts';

function scenario(guest: string, host = '', pools = ''): string {
  return `name: small
host:
  memory: 16 MiB
  ${host === '' ? 'reserve: 1 MiB' : host}
guests:
  - { name: one, recording: a.ovr, ${guest} }
mixes:
  swap-only: { strategies: [hostswap] }
${pools}`;
}

function problemsIn(text: string): readonly string[] {
  try {
    parseScenario('s.yaml', text);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map(({ at, what, mend }) => `${at.replace('s.yaml:', '')} ${what} | ${mend}`);
  }
}

test('rights to memory are read as they are written', () => {
  const text = scenario(
    'shares: low, pool: web, vcpus: 2, overhead: 1 MiB, afterWork: power-off, reservation: 4 MiB, limit: 8 MiB',
    'admission: off\n  swapSpace: 64 MiB\n  overhead: esxi-6.5\n  vmkernel: 2 MiB',
    'pools:\n  web: { parent: all, shares: high, reservation: 4 MiB }\n' +
      '  all: { expandable: false, reservation: 8 MiB }\n',
  );
  const { scenario: read } = parseScenario('s.yaml', text);
  expect(read.guests[0]).toMatchObject({
    shares: 'low',
    pool: 'web',
    vcpus: 2,
    overhead: mib(1),
    afterWork: 'power-off',
  });
  expect(hostOf(read, mib(100))).toMatchObject({
    memory: mib(100),
    admission: 'off',
    swapSpace: mib(64),
    overhead: 'esxi-6.5',
    vmkernel: mib(2),
    pools: [
      { name: 'web', parent: 'all', shares: 'high', reservation: mib(4) },
      { name: 'all', expandable: false, reservation: mib(8) },
    ],
  });
});

test.each<readonly [what: string, text: string, wanted: string]>([
  [
    'shares of 0',
    scenario('shares: 0'),
    "6:44 'shares' is 0: memory is divided by shares | Give a number above 0, or set a limit",
  ],
  ['shares of another name', scenario('shares: hihg'), "6:44 'shares' is text 'hihg' | Did you mean 'high'"],
  [
    'a limit under the reservation',
    scenario('reservation: 8 MiB, limit: 4 MiB'),
    "6:63 guest 'one': its limit (4 MiB) is below its reservation (8 MiB) | Raise the limit",
  ],
  [
    'a reservation over the size',
    scenario('size: 8 MiB, reservation: 9 MiB').replace('recording: a.ovr', 'programs: [a.ovt]'),
    "6:63 guest 'one': its reservation (9 MiB) is over its size (8 MiB) | Lower the reservation",
  ],
  [
    'a pool that nobody described',
    scenario('pool: web'),
    "6:42 there is no resource pool 'web' | Describe it",
  ],
  [
    'a pool of another name',
    scenario('pool: wep', '', 'pools: { web: {} }\n'),
    "6:42 there is no resource pool 'wep' | Did you mean 'web'",
  ],
  [
    'pools in a circle',
    scenario('pool: a', '', 'pools:\n  a: { parent: b }\n  b: { parent: a }\n'),
    "10:16 pool 'a': is part of itself | Correct the pools' parents",
  ],
  [
    'a pool in a pool that nobody described',
    scenario('pool: a', '', 'pools:\n  a: { parent: b }\n'),
    "10:16 pool 'a': its parent 'b' does not exist | Pools: a.",
  ],
  [
    "a pool's limit under its reservation",
    scenario('pool: a', '', 'pools:\n  a: { reservation: 2 MiB, limit: 1 MiB }\n'),
    "10:35 pool 'a': its limit (1 MiB) is below its reservation (2 MiB) | Raise the limit",
  ],
  [
    'shares of 0 of a pool',
    scenario('pool: a', '', 'pools:\n  a: { shares: 0 }\n'),
    "10:16 'shares' is 0: memory is divided by shares",
  ],
  [
    'a pool that reserves more than its fixed parent has',
    scenario(
      'pool: a',
      '',
      'pools:\n  a: { parent: b, reservation: 3 MiB }\n  b: { reservation: 2 MiB, expandable: false }\n',
    ),
    "10:32 the reservation of pool 'a' does not fit: it needs 3 MiB (reservation 3 MiB + overhead 0 MiB), pool b",
  ],
  [
    'an overhead that is neither size nor table',
    scenario('vcpus: 1', 'overhead: esx-4.1'),
    "4:13 'esx-4.1' is neither a size nor an overhead table | Did you mean 'esx-4.0'",
  ],
])('%s is refused at its place, with the mend', (_what, text, wanted) => {
  const found = problemsIn(text);
  expect(found.map((one) => one.slice(0, wanted.length))).toEqual([wanted]);
});
