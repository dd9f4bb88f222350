import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { COSTS } from '@overbook/sim';
import { afterAll, expect, test } from 'vitest';

import { overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-rank-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function scenario(name: string, costs = ''): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}
host: { memory: 60 % of guests, offsetSpread: 0 s }
guests:
  - { name: one, image: mini, size: 2 MiB, script: { intervals: 30, pagesPerInterval: 256 } }
  - { name: two, image: mini, size: 2 MiB, script: { intervals: 30, pagesPerInterval: 256 } }
mixes:
  swap-only: { strategies: [hostswap: { sharedVictims: false }] }
  compression: { strategies: [compression, hostswap: { sharedVictims: false }] }
${costs}`,
  );
  return path;
}

interface Ranked {
  readonly factors: readonly { readonly name: string }[];
  readonly unpaid: readonly string[];
  readonly points: readonly {
    readonly best: string;
    readonly costs: Readonly<Record<string, number>>;
    readonly others: Readonly<Record<string, number>>;
    readonly pain: Readonly<Record<string, number>>;
  }[];
  readonly mixes: readonly { readonly name: string; readonly best: number }[];
}

test('the first setting is what compare has; the best of each is counted; every run gives the same bytes', async () => {
  const path = scenario('two');
  const words = ['rank', path, '--points', '4', '--json'];
  const one = await overbook([...words, '--workers', '1']);
  expect(one.err).not.toContain('error');
  const { points, mixes, factors, unpaid } = JSON.parse(one.out) as Ranked;
  const compared = JSON.parse((await overbook(['compare', path, '--json'])).out) as {
    mixes: { name: string; summary: { workSlowdown: { mean: number } } }[];
  };
  expect(points).toHaveLength(5);
  expect(points[0]!.costs).toEqual({});
  expect(points[0]!.pain).toEqual(
    Object.fromEntries(compared.mixes.map(({ name, summary }) => [name, summary.workSlowdown.mean])),
  );
  expect(unpaid).toEqual(expect.arrayContaining(['tlbMiss', 'balloonPage', 'guestDiskRead']));
  expect(factors.map(({ name }) => name)).toContain('compressPage');
  expect(Object.keys(points[1]!.costs)).toEqual(factors.map(({ name }) => name));
  for (const { best, pain } of points) expect(pain[best]).toBe(Math.min(...Object.values(pain)));
  for (const { name, best } of mixes)
    expect(points.filter((point) => point.best === name)).toHaveLength(best);
  expect((await overbook(words)).out).toBe(one.out);
}, 60_000);

test('costs that the scenario sets stay, and a mix that does not pay the one that varies stays as it is', async () => {
  const fixed = Object.entries(COSTS)
    .filter(([name]) => name !== 'decompressPage')
    .map(([name, { ns }]) => `${name}: ${ns}`);
  const path = scenario('fixed', `costs: { ${fixed.join(', ')} }\n`);
  const out = join(folder, 'out');
  const { out: text } = await overbook(['rank', path, '--points', '8', '--out', out, '--quiet']);
  expect(text).toMatch(/9 settings of one cost within their ranges/);
  const csv = readFileSync(join(out, 'rank.csv'), 'utf8').trimEnd().split('\n');
  expect(csv[0]).toBe('hostMemoryPages,decompressPage,swap-only,compression,best');
  expect(csv).toHaveLength(10);
  const different = (column: number): number =>
    new Set(csv.slice(1).map((line) => line.split(',')[column])).size;
  expect(different(2)).toBe(1);
  expect(different(3)).toBe(9);
}, 60_000);

test('where nothing can vary, and for no settings at all, it says what to do', async () => {
  const all = Object.entries(COSTS).map(([name, { ns }]) => `${name}: ${ns}`);
  const { code, err } = await overbook(['rank', scenario('all', `costs: { ${all.join(', ')} }\n`)]);
  expect(code).toBe(2);
  expect(err).toMatch(/^error OVB_RANK_FIXED at .*all.yaml at costs\n.*nothing to vary\n {2}mend: /);
  const alone = await overbook(['rank', scenario('one'), '--mix', 'swap-only']);
  expect([alone.code, alone.err]).toEqual([
    2,
    expect.stringContaining('OVB_USAGE at --mix\n  there is one mix'),
  ]);
  expect((await overbook(['rank', scenario('none'), '--points', '0'])).err).toContain(
    'OVB_USAGE at --points',
  );
});

test('a kept ranking lies beside its scenario, and compare says what it says', async () => {
  const path = scenario('kept');
  const before = await overbook(['compare', path, '--quiet']);
  expect(before.out.replaceAll(/\s+/g, ' ')).toContain('Other assumptions may turn this:');
  await overbook(['rank', path, '--points', '4', '--keep', '--quiet']);
  const kept = JSON.parse(readFileSync(join(folder, 'kept.rank.json'), 'utf8')) as Ranked;
  expect(kept.points).toHaveLength(5);
  const after = await overbook(['compare', path, '--quiet']);
  expect(after.out.replaceAll(/\s+/g, ' ')).toMatch(
    /known to turn.*of 5 settings of what is assumed \(kept\.rank\.json\)/,
  );
}, 60_000);

test('the spread of arrivals and assumed options are varied beside costs', async () => {
  const path = scenario('more');
  const text = readFileSync(path, 'utf8')
    .replace(', offsetSpread: 0 s', '')
    .replaceAll('intervals: 30', 'intervals: 30, instructionsPerInterval: 100000000')
    .replace('[hostswap: { sharedVictims: false }]', '[hostswap]');
  writeFileSync(path, text);
  const { out: json, err } = await overbook(['rank', path, '--points', '2', '--json']);
  expect(err).not.toContain('error');
  const { points, factors } = JSON.parse(json) as Ranked;
  expect(factors.slice(-2)).toEqual([
    {
      name: 'host.offsetSpread',
      kind: 'spread',
      settled: 1000,
      assumed: true,
      range: [1000, 3000],
      unit: 'ms',
    },
    { name: 'hostswap.sharedVictims', kind: 'option', settled: 0, assumed: true, range: [0, 1] },
  ]);
  expect(points[0]!.others).toEqual({});
  expect(
    points
      .slice(1)
      .map(({ others }) => others['hostswap.sharedVictims'])
      .toSorted((a, b) => a! - b!),
  ).toEqual([0, 1]);
  const { out } = await overbook(['rank', path, '--points', '2', '--quiet'], { columns: 80 });
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(
    /more: 3 settings of \d+ costs, the spread of arrivals and one option within their ranges \(\d+ that no run/,
  );
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
}, 60_000);
