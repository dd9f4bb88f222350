/** Every `--json` is what its published schema says; `npx vitest run packages/cli/test/json -u` writes the schemas. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';

import { DATASETS, overbook } from './captured-io.ts';
import { JSON_SCHEMAS } from './json-schemas.ts';
import { formatted } from '../../../tools/formatted.ts';

const docs = new URL('../../../docs/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'overbook-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scenario = join(folder, 'json.yaml');
writeFileSync(
  scenario,
  `name: json
host: { memory: 70 % of guests }
guests:
  - { name: a, count: 2, image: mini, size: 3 MiB, script: { intervals: 20, pagesPerInterval: 300 } }
mixes:
  swap: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
`,
);

const study = join(folder, 'json.study.yaml');
writeFileSync(
  study,
  `name: json
scenario: json.yaml
seeds: 2
vary: { host.memory: [60 %, 80 %] }
`,
);
const search = join(folder, 'search.study.yaml');
writeFileSync(
  search,
  `name: search
scenario: json.yaml
mixes: [swap]
find: { least: host.memory, from: 50 %, to: 100 %, step: 5 %, hold: { workSlowdown: 1.2 } }
`,
);

const commands: readonly (readonly [schema: string, words: readonly string[]])[] = [
  ['compare', ['compare', scenario, '--seeds', '2', '--workers', '1', '--series', '1s']],
  ['run', ['run', scenario, '--workers', '1']],
  ['rank', ['rank', scenario, '--points', '3', '--workers', '1']],
  ['study-results', ['study', study, '-o', join(folder, 'study'), '--workers', '1']],
  ['study-results', ['study', search, '-o', join(folder, 'search'), '--workers', '1']],
  ['validate', ['validate', scenario]],
  ['strategies', ['strategies']],
  ['strategy', ['strategies', 'show', 'tps']],
  ['trace', ['trace', 'info', join(DATASETS, 'traces/sqlite.ovt')]],
  ['recording', ['recording', 'info', join(DATASETS, 'recordings/idle-b.ovr')]],
  ['datasets', ['datasets']],
  ['counters', ['counters']],
  ['translate', ['translate', '--demo']],
  ['reproduce', ['reproduce', 'esx-minfree']],
];

/** What the command prints. */
async function printed(words: readonly string[]): Promise<unknown> {
  const { code, out, err } = await overbook([...words, '--json']);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

test.each(commands)(
  '%s --json is what its published schema says',
  async (name, words) => {
    expect(JSON_SCHEMAS[name]!.safeParse(await printed(words)).error?.issues).toBeUndefined();
  },
  60_000,
);

test.each(Object.entries(JSON_SCHEMAS).filter(([name]) => name !== 'compare'))(
  'docs/%s.schema.json is the schema',
  async (name, schema) => {
    const filepath = `${docs}${name}.schema.json`;
    const json = JSON.stringify(z.toJSONSchema(schema));
    await expect(await formatted(filepath, json)).toMatchFileSnapshot(filepath);
  },
);

test('results can be read on their own', async () => {
  const words = ['compare', scenario, '--baseline', 'tps', '--workers', '1'];
  const results = (await printed(words)) as Record<string, unknown> & { mixes: { settled: unknown }[] };
  expect(results).toMatchObject({
    command: 'overbook compare json.yaml --baseline tps',
    baseline: 'tps',
    scenarioText: readFileSync(scenario, 'utf8'),
    copies: [{ dataset: 'mini', guests: ['a-1', 'a-2'] }],
    costs: { swapIn: { assumed: true } },
  });
  expect(results['assumptions']).toContainEqual(expect.stringContaining('a-1 and a-2 replay mini'));
  expect(results['hosts']).toEqual([
    { memoryPages: 1075, settings: expect.arrayContaining([expect.objectContaining({ key: 'reserve' })]) },
  ]);
  expect(results.mixes[1]!.settled).toMatchObject({
    strategies: [{ id: 'tps', options: { pagesPerSecond: 20000, salting: 2 } }, { id: 'hostswap' }],
  });
}, 60_000);
