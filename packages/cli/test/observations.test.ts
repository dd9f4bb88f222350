/**
 * `overbook run --observations`: a log that its schema describes, that is read back, and that policies are replayed
 * over.
 */
import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { esxEntitlement, readObservations } from '@overbook/core';
import { replayPolicy } from '@overbook/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Said } from './captured-io.ts';
import { overbook } from './captured-io.ts';
import { JSON_SCHEMAS } from './json-schemas.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-observations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = join(folder, 'log.jsonl');
const scenario = join(folder, 'two.yaml');
writeFileSync(
  scenario,
  `name: two
host: { memory: 60 % of guests }
guests:
  - { name: a, count: 2, image: mini, size: 3 MiB, script: { intervals: 20, pagesPerInterval: 300 } }
mixes:
  swap: { strategies: [hostswap] }
`,
);
let ran: Said;
beforeAll(async () => {
  ran = await overbook(['run', scenario, '--observations', log, '--json']);
});

test('every line is what the published schema says', () => {
  expect(ran.code).toBe(0);
  expect(ran.err).toMatch(/wrote \d+ observations to /);
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines)
    expect(JSON_SCHEMAS['observations']!.safeParse(JSON.parse(line)).error?.issues).toBeUndefined();
});

test('it is read back, with guests by name and place', () => {
  const observations = readObservations(readFileSync(log, 'utf8'), log);
  for (const { vms } of observations)
    expect(vms.map(({ vm, name }) => [vm, name])).toEqual([
      [0, 'a-1'],
      [1, 'a-2'],
    ]);
  expect(observations.at(-1)!.vms[0]!.swapOuts).toBeGreaterThan(0);
});

test('the policy that was asked gives its orders again when it is replayed over the log', () => {
  const observations = readObservations(readFileSync(log, 'utf8'), log);
  const replayed = replayPolicy(esxEntitlement, observations);
  const orders = replayed.reduce((sum, { orders: at }) => sum + at.length, 0);
  const results = JSON.parse(ran.out) as { runs: { result: { policies: { orders: number }[] } }[] };
  expect(orders).toBeGreaterThan(0);
  expect(orders).toBe(results.runs[0]!.result.policies[0]!.orders);
});

test('the log changes nothing of the result', async () => {
  // Explaining runs in this thread, too: workers need a build.
  const plain = await overbook(['run', scenario, '--json', '--explain']);
  // Decisions are counted only where they are explained.
  const counted = /"decisionCounts": \{[^}]*\}/;
  expect(plain.out.replace(counted, '')).toBe(ran.out.replace(counted, ''));
});

test('several runs have no one log: refused before the work', async () => {
  const other = join(folder, 'other.jsonl');
  const { code, err, out } = await overbook(['run', scenario, '--observations', other, '--seeds', '2']);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^error OVB_USAGE at --observations\n.* 2\n/);
  expect(existsSync(other)).toBe(false);
});
