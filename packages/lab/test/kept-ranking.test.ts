import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Experiment, Overrides } from '@overbook/lab';
import {
  designRank,
  keptRankingPath,
  knownOrder,
  planExperiment,
  rankJson,
  rankSchema,
  rankingOf,
  readScenario,
  runExperiment,
} from '@overbook/lab';

const folder = mkdtempSync(join(tmpdir(), 'overbook-kept-'));
const path = join(folder, 'small.yaml');
const text = `name: small
host: { memory: 60 % of guests }
guests:
  - { name: one, image: mini, size: 2 MiB, script: { intervals: 20, pagesPerInterval: 256 } }
mixes:
  swap-only: { strategies: [hostswap] }
  compression: { strategies: [compression, hostswap] }
`;

beforeAll(() => writeFileSync(path, text));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plan(overrides: Overrides = {}): Promise<Experiment> {
  return planExperiment(readScenario(path), overrides);
}

test('beside no ranking nothing is known of the order', async () => {
  expect(knownOrder(await plan())).toEqual({ kind: 'unknown' });
});

test('a kept ranking is known to comparisons of the same text, mixes and host size, and to no other', async () => {
  const experiment = await plan();
  const design = designRank(experiment, 3);
  const outcomes = await runExperiment({ ...experiment, cells: design.cells }, { workers: 1 });
  const ranking = rankingOf(experiment, design, outcomes);
  writeFileSync(keptRankingPath(path), rankJson(experiment, ranking, 'overbook rank small.yaml'));
  const best = ranking.mixes.find(({ name }) => name === ranking.lead)!.best;
  expect(knownOrder(experiment)).toEqual({
    kind: 'ranked',
    file: 'small.rank.json',
    lead: ranking.lead,
    bestIn: best,
    of: 4,
    turns: ranking.turns.map(({ factor }) => factor),
  });
  const outdated = { kind: 'outdated', file: 'small.rank.json' };
  // A mix that is not compared cannot be the best of those that are.
  expect(knownOrder(await plan({ mixes: ['swap-only'] }))).toEqual({
    kind: 'ranked',
    file: 'small.rank.json',
    lead: 'swap-only',
    bestIn: 4,
    of: 4,
    turns: [],
  });
  expect(knownOrder(await plan({ added: [['tps', 'hostswap']] }))).toEqual(outdated);
  expect(knownOrder(await plan({ hostMemory: [{ percentOfGuests: 70 }] }))).toEqual(outdated);
  writeFileSync(path, text.replace('256', '255'));
  expect(knownOrder(await plan())).toEqual(outdated);
  writeFileSync(path, text);
  writeFileSync(keptRankingPath(path), 'not a ranking');
  expect(knownOrder(await plan())).toEqual(outdated);
}, 60_000);

const scenarios = new URL('../../../scenarios/', import.meta.url).pathname;
const shipped = readdirSync(scenarios).filter((name) => name.endsWith('.rank.json'));

test('rankings are shipped', () => {
  expect(shipped).toContain('quickstart.rank.json');
});

test.each(shipped)('%s is of its scenario as it stands', (name) => {
  const { scenarioText } = rankSchema.parse(JSON.parse(readFileSync(scenarios + name, 'utf8')));
  const ranked = readFileSync(`${scenarios}${name.replace(/\.rank\.json$/, '')}.yaml`, 'utf8');
  // Where they differ, `overbook rank --keep` renews the ranking: its figures may be other ones.
  expect(scenarioText).toBe(ranked);
});
