import { expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { guestsCsv } from '../src/results/csv.ts';
import { resultsSchema } from '../src/results/results-schema.ts';
import { resultsOf } from '../src/results/results.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS } from './small-scenario.ts';

function scenario(recording: string, more = '') {
  const text = `
name: takes
datasets: ${DATASETS}
seeds: [1, 2, 3, 4]
host: { memory: 300 MiB }
guests: [{ name: web, recording: ${recording} }${more}]
mixes: { swap: { strategies: [hostswap] }, share: { strategies: [tps, hostswap] } }
`;
  return parseScenario('takes.yaml', text);
}

test('results say which take each guest had, and all mixes of a seed see the same', async () => {
  const experiment = await planExperiment(scenario('[idle-b, recordings/python.ovr]'));
  expect(Object.keys(experiment.datasetHashes)).toEqual(['idle-b', 'recordings/python.ovr']);
  const outcomes = await runExperiment(experiment);
  const results = resultsOf(experiment, outcomes);
  expect(resultsSchema.safeParse(results).error).toBeUndefined();
  const takes = results.mixes.map(({ runs }) => runs!.map(({ guests }) => guests[0]!.take));
  expect(takes[1]).toEqual(takes[0]);
  expect(new Set(takes[0])).toEqual(new Set(['idle-b', 'recordings/python.ovr']));
  const [head, ...rows] = guestsCsv(results, outcomes)
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const column = head!.indexOf('take');
  expect(rows.map((row) => row[column])).toEqual([...takes[0]!, ...takes[1]!]);
}, 120_000);

test('takes of machines of different sizes are refused at the line that names them', async () => {
  await expect(planExperiment(scenario('[idle-b, redis]'))).rejects.toThrow(
    /takes\.yaml:6:\d+: guest 'web': its takes are of different machines: idle-b has 32768 pages, redis 40960 pages/,
  );
});

test('a take that does not exist is told at its place', async () => {
  const problems = await planExperiment(scenario('[idle-b, pyhton]')).then(
    () => [],
    (error: { problems: readonly { at: string; mend: string }[] }) => error.problems,
  );
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({
    at: 'takes.yaml:6:43',
    mend: expect.stringContaining('Did you mean `recording: python`?'),
  });
});

test.each([
  ['5', "'recording' is number 5 Give text."],
  ['[idle-b]', "'recording' has fewer than two takes Name two files or more"],
])('recording: %s is refused', (recording, where) => {
  let said = '';
  try {
    scenario(recording);
  } catch (error) {
    said = (error as { problems: readonly { at: string; what: string; mend: string }[] }).problems
      .map(({ at, what, mend }) => `${at} ${what} ${mend}`)
      .join('\n');
  }
  expect(said).toContain('takes.yaml:6');
  expect(said).toContain(where);
});
