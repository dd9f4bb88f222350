/** A guest of an image and the same guest of the image's digest behave alike, to the last count. */
import { expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { resultsOf } from '../src/results/results.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { smallText } from './small-scenario.ts';

test('simulating from an image or from its digest gives the same results', async () => {
  const results = async (text: string): Promise<unknown> => {
    const experiment = await planExperiment(parseScenario('small.yaml', text));
    const { hashes, ...rest } = resultsOf(experiment, await runExperiment(experiment));
    expect(Object.keys(hashes.datasets).length).toBe(1);
    return rest;
  };
  const fromDigest = await results(smallText());
  const fromImage = await results(smallText().replaceAll('images/mini.ovd', 'images/mini.raw.gz'));
  expect(fromImage).toEqual(fromDigest);
});
