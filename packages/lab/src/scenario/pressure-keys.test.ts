import { memoryStateModel } from '@overbook/core/host';
import { expect, test } from 'vitest';

import { ProblemsError } from './problems.ts';
import { parseScenario } from './read-scenario.ts';

/** A scenario with something of its own in `host`, from line 3 on. */
function withHost(host: string): string {
  return `name: small
host:
${host}
  memory: 16 MiB
guests:
  - { name: one, recording: a.ovr }
mixes:
  swap-only: { strategies: [hostswap] }
`;
}

function problemsIn(host: string): readonly string[] {
  try {
    parseScenario('s.yaml', withHost(host));
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems.map(
      ({ at, what, mend }) => `${at.replace('s.yaml:', '')} ${what} | ${mend}`,
    );
  }
  return [];
}

test('memory states may be a shipped model with changes', () => {
  const { scenario } = parseScenario(
    's.yaml',
    withHost(`  memoryStates:
    base: esxi-6.x
    thresholds: { high: 300 }
    blocking: execution
    ladder: { hard: [balloon, hostswap] }`),
  );
  expect(memoryStateModel(scenario.host.memoryStates!, 'here')).toMatchObject({
    thresholds: { high: 300, clear: 100, soft: 64, hard: 32, low: 16 },
    blocking: 'execution',
    ladder: { soft: ['tps', 'balloon', 'hostswap'], hard: ['balloon', 'hostswap'] },
  });
});

test('memory states may be a model of their own', () => {
  const { scenario } = parseScenario(
    's.yaml',
    withHost(`  memoryStates:
    title: Two states
    basis: memory
    thresholds: { high: 10, low: 2 }
    ladder: { low: [hostswap] }`),
  );
  expect(memoryStateModel(scenario.host.memoryStates!, 'here')).toMatchObject({
    title: 'Two states',
    wanted: 'high',
    thresholds: { high: 10, low: 2 },
  });
});

test.each<[string, string, string]>([
  [
    'thresholds in an impossible order',
    '  memoryStates:\n    base: esx-1.5\n    thresholds:\n      hard: 5',
    '6:13 the threshold of hard, 5, is not below that of soft, 4 | Lower hard or raise soft: thresholds fall ' +
      'from high to low, or soft could never hold.',
  ],
  [
    'leaving a state below its threshold',
    '  memoryStates:\n    base: esx-1.5\n    leavePercent: 90',
    '5:19 leavePercent is 90: a state would be left below the threshold at which it is entered | Give 100 to 1000.',
  ],
  [
    'an unknown state',
    '  memoryStates:\n    base: esx-1.5\n    thresholds: { midle: 3 }',
    "5:19 unknown key 'midle' | Known keys: high, clear, soft, hard, low.",
  ],
  [
    'an unknown key of a model',
    '  memoryStates:\n    base: esx-1.5\n    leavePercnt: 120',
    "5:5 unknown key 'leavePercnt' | Did you mean 'leavePercent'?",
  ],
  [
    'an unknown base',
    '  memoryStates: { base: esx-1.6 }',
    "3:25 'base' is text 'esx-1.6' | Did you mean 'esx-1.5'?",
  ],
  [
    'an unknown id',
    '  memoryStates: esx-1.6',
    "3:17 'memoryStates' is text 'esx-1.6' | Did you mean 'esx-1.5'?",
  ],
  [
    'an unfinished model of its own',
    '  memoryStates: { thresholds: { high: 6, low: 1 } }',
    "3:17 'basis', 'ladder' missing in a user-defined memory-state model | Add them, or name a `base`: esx-1.5, " +
      'esx-4.1, esx-5.x, esxi-6.x, linux.',
  ],
  [
    'a ladder in a state without a threshold',
    '  memoryStates:\n    base: esx-5.x\n    ladder: { clear: [tps] }',
    '5:22 clear has no threshold, so it is never entered | Give it a threshold, or leave it out here.',
  ],
  [
    'an unknown action on large pages',
    '  memoryStates:\n    base: esxi-6.x\n    largePages: { soft: shatter }',
    "5:25 'soft' is text 'shatter' | Known: keep, break-cold, break-all.",
  ],
  [
    'a gain of 0',
    '  sampling: { slowGain: 0 }',
    "3:25 'slowGain' is 0, which is too small | Give more than 0.",
  ],
  [
    'a sample of no pages',
    '  sampling: { pages: 0 }',
    "3:22 'pages' is 0, which is too small | Give at least 1.",
  ],
])('refuses %s', (_what, host, problem) => {
  expect(problemsIn(host)).toEqual([expect.stringContaining(problem)]);
});
