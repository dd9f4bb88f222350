/** Mixes that the command line adds to those of the file. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import type { Overrides } from '../src/experiment/overrides.ts';
import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { small, smallText } from './small-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-added-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, 'calm.ts'),
  `import { definePolicy } from '@overbook/core';
   import { map } from 'rxjs';
   import { z } from 'zod';
   export const calm = definePolicy({ id: 'calm', contract: 2, title: 't', needs: {}, options: z.strictObject({}),
     create: () => (seen$) => seen$.pipe(map(() => [])) });`,
);
const plugins = [{ specifier: './calm.ts', folder, at: '--plugin ./calm.ts' }];

async function mixes(overrides: Overrides) {
  const { mixes: planned } = await planExperiment(small(), overrides);
  return planned.map(({ name, strategies, policies = [] }) => ({
    name,
    ids: strategies.map(({ id }) => id),
    policies: policies.map(({ id }) => id),
  }));
}

test('a policy that no mix names orders the mix of most strategies, also without --with', async () => {
  expect(await mixes({ plugins })).toEqual([
    { name: 'swap-only', ids: ['hostswap'], policies: [] },
    { name: 'tps', ids: ['tps', 'hostswap'], policies: [] },
    { name: 'tps+calm', ids: ['tps', 'hostswap'], policies: ['calm'] },
  ]);
});

test('a policy orders no bound where there is a mix, whichever has more strategies', async () => {
  const file = small(
    '',
    `
  swap-only: { strategies: [hostswap] }
  sharing: { strategies: [equal-pages, hostswap] }
`,
  );
  const planned = await planExperiment(file, { plugins });
  expect(planned.mixes.map(({ name, bound = false }) => [name, bound])).toEqual([
    ['swap-only', false],
    ['sharing', true],
    ['swap-only+calm', false],
  ]);
});

test('--mix and --with together are those named and those added, in this order', async () => {
  expect(await mixes({ mixes: ['tps'], added: [['balloon', 'hostswap']] })).toEqual([
    { name: 'tps', ids: ['tps', 'hostswap'], policies: [] },
    { name: 'balloon+hostswap', ids: ['balloon', 'hostswap'], policies: [] },
  ]);
});

test('a policy named by --with orders the strategies named beside it', async () => {
  expect(await mixes({ mixes: ['swap-only'], plugins, added: [['tps', 'hostswap', 'calm']] })).toEqual([
    { name: 'swap-only', ids: ['hostswap'], policies: [] },
    { name: 'tps+hostswap+calm', ids: ['tps', 'hostswap'], policies: ['calm'] },
  ]);
});

test('a guest whose name is longer than any file name has a swap file all the same, and none afterwards', async () => {
  const swap = mkdtempSync(join(folder, 'swap-'));
  const text = smallText('', `\n  swap-only: { strategies: [hostswap: { directory: ${swap} }] }\n`)
    .replace('host: {', 'host: { store: bytes,')
    .replaceAll('mini.ovd', 'mini.raw.gz')
    .replace('name: one', `name: ${'n'.repeat(300)}`);
  const { parseScenario } = await import('../src/scenario/read-scenario.ts');
  const [ran] = await runExperiment(await planExperiment(parseScenario('long.yaml', text)));
  expect(ran!.outcome.kind).toBe('done');
  expect(ran!.outcome.kind === 'done' && ran!.outcome.result.summary.swapOutPages).toBeGreaterThan(0);
  expect(readdirSync(swap)).toEqual([]);
});
