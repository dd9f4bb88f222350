import { expect, test } from 'vitest';

import { ProblemsError } from './problems.ts';
import { parseScenario } from './read-scenario.ts';

function scenario(host: string, mix: string): string {
  return `name: small
host: { memory: 16 MiB${host} }
guests:
  - { name: one, recording: a.ovr }
mixes:
  esx: { strategies: [hostswap] }
  linux: { strategies: [hostswap]${mix} }
`;
}

function problemsIn(host: string, mix: string): readonly string[] {
  try {
    parseScenario('s.yaml', scenario(host, mix));
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems.map(({ at, what, mend }) => `${at} ${what} | ${mend}`);
  }
  return [];
}

test('a mix may be of another family of hosts', () => {
  expect(problemsIn('', ', profile: linux-kvm')).toEqual([]);
  expect(problemsIn(', profile: esxi-8', ', profile: linux-kvm')).toEqual([]);
});

test('what is set on the host would win over the family of the mix: refused, with two ways out', () => {
  expect(problemsIn(', memoryStates: esxi-6.x', ', profile: linux-kvm')).toEqual([
    "s.yaml:7:45 mix 'linux' is on a host of profile linux-kvm, but `host.memoryStates` is set and wins | " +
      'Leave out `host.memoryStates` and name the family of the other mixes (`host.profile`), or give the mix ' +
      '`memoryStates` of its own.',
  ]);
  expect(problemsIn(', admission: on', ', profile: linux-kvm')).toHaveLength(1);
});

test('both ways out are taken', () => {
  expect(problemsIn(', memoryStates: esxi-6.x', ', profile: linux-kvm, memoryStates: linux')).toEqual([]);
  expect(problemsIn(', memoryStates: esxi-6.x, profile: linux-kvm', ', profile: linux-kvm')).toEqual([]);
});

test('an unknown family is refused by name', () => {
  expect(problemsIn(', profile: kvm', '')).toEqual([expect.stringMatching(/2:34.*esxi-8.*linux-kvm/)]);
});
