/** Two families of hosts in one scenario: options, policies, results, and what is refused. */
import { expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { settledMix } from '../src/results/settled.ts';
import { ProblemsError } from '../src/scenario/problems.ts';
import { small } from './small-scenario.ts';

function mixes(linux: string): string {
  return `
  esx: { strategies: [hostswap] }
  linux: { profile: linux-kvm, strategies: ${linux} }
`;
}

async function problemsOf(linux: string): Promise<readonly string[]> {
  try {
    await planExperiment(small('', mixes(linux)));
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems.map(({ what, mend }) => `${what} | ${mend}`);
  }
  return [];
}

test('each mix has its own host, strategies and policies, and results say so', async () => {
  const experiment = await planExperiment(small('', mixes('[tps: { pages_to_scan: 500 }, hostswap]')));
  const [esx, linux] = experiment.mixes.map((mix) => settledMix(experiment, mix));
  expect(esx).toMatchObject({ profile: 'esxi-8', memoryStates: 'esxi-6.x' });
  expect(esx!.strategies[0]!.options).toMatchObject({ victims: 'random', swapCache: false });
  expect(linux).toMatchObject({ profile: 'linux-kvm', memoryStates: 'linux' });
  expect(linux!.strategies.map(({ options }) => options)).toMatchObject([
    { mode: 'ksm', pages_to_scan: 500, sleep_millisecs: 20 },
    { victims: 'active-inactive', swapCache: true, area: 'shared', readAhead: 'vma' },
  ]);
  const results = await runExperiment(experiment);
  const policies = results.map(({ outcome }) =>
    outcome.kind === 'done' ? outcome.result.policies.map(({ id }) => id) : outcome.kind,
  );
  expect(policies).toEqual([['esx-entitlement'], []]);
});

test('a wrong option says what the profile sets beside it, and its mend is of use', async () => {
  expect(await problemsOf('[tps: { pagesPerSecond: 9 }, hostswap]')).toEqual([
    expect.stringMatching(
      /unknown key 'pagesPerSecond'.*Profile linux-kvm sets `mode: ksm` unless the mix does/,
    ),
  ]);
  expect(await problemsOf('[tps: { mode: esx, pagesPerSecond: 9 }, hostswap]')).toEqual([]);
  expect(await problemsOf('[hostswap: { device: host-cache }]')).toEqual([
    expect.stringMatching(/Set `swapCache: false` and `readAhead: none`/),
  ]);
  expect(await problemsOf('[hostswap: { device: host-cache, swapCache: false, readAhead: none }]')).toEqual(
    [],
  );
});
