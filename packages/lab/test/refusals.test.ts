/** Bad input: one clear error with place and mend, before the first run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isOverbookError } from '@overbook/core';
import { writeDigest } from '@overbook/formats';
import { digestImage, xxh3Key } from '@overbook/images';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import type { Overrides } from '../src/experiment/overrides.ts';
import { parseScenario } from '../src/scenario/read-scenario.ts';
import { DATASETS, smallText } from './small-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-refusals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pluginFile(file: string, body: string): string {
  const path = join(folder, file);
  writeFileSync(
    path,
    `import { CONTENTS, defineStrategy } from '@overbook/core';\nimport { z } from 'zod';\n${body}`,
  );
  return path;
}
function strategy(id: string, more = ''): string {
  return `const options = z.strictObject({ rate: z.int().default(1) });
   export const a = defineStrategy({
     id: '${id}', contract: 2, title: 't', options, needs: {}, create: () => ({}), ${more}
   });`;
}

beforeAll(async () => {
  writeDigest(
    join(folder, 'other-keys.ovd'),
    await digestImage(join(DATASETS, 'images/mini.raw.gz'), { contentKey: xxh3Key }),
  );
  const recording = readFileSync(join(DATASETS, 'recordings/idle-b.ovr'));
  writeFileSync(join(folder, 'short.ovr'), recording.subarray(0, recording.length / 2));
  const damaged = Uint8Array.from(recording);
  damaged[damaged.length - 1000]! ^= 1;
  writeFileSync(join(folder, 'damaged.ovr'), damaged);
  const digest = readFileSync(join(DATASETS, 'images/mini.ovd'));
  writeFileSync(join(folder, 'short.ovd'), digest.subarray(0, 200));
  const trace = readFileSync(join(DATASETS, 'traces/sqlite.ovt'));
  writeFileSync(join(folder, 'short.ovt'), trace.subarray(0, 5000));
});

/** Errors of planning a text, as `code at: what | mend`. */
async function refusals(text: string, overrides: Overrides = {}): Promise<readonly string[]> {
  try {
    await planExperiment(parseScenario('small.yaml', text), overrides);
  } catch (error) {
    if (!isOverbookError(error)) throw error;
    const problems = 'problems' in error ? (error.problems as readonly (typeof error)[]) : [error];
    return problems.map(({ code, at, what, mend }) => `${code} ${at}: ${what} | ${mend}`);
  }
  return [];
}

function mixOf(...strategies: readonly string[]): string {
  return `\n  m: { strategies: [${strategies.join(', ')}] }\n`;
}
function guest(source: string): string {
  return `  - { name: three, ${source} }\n`;
}

test('the scenario that the others differ from is fine', async () => {
  expect(await refusals(smallText())).toEqual([]);
});

test('salts are fine in a scenario that compares mixes with sharing and without', async () => {
  const salted =
    'image: images/mini.ovd, size: 2 MiB, salt: a, script: { intervals: 1, pagesPerInterval: 1 }';
  expect(await refusals(smallText('', undefined, guest(salted)))).toEqual([]);
  expect(await refusals(smallText('', undefined, guest(salted)), { mixes: ['swap-only'] })).toEqual([]);
});

test.each<readonly [what: string, text: string, wanted: readonly RegExp[]]>([
  [
    'a missing dataset',
    smallText('', undefined, guest('recording: recordings/sqlight.ovr')),
    [/^OVB_DATASET_MISSING small.yaml:7:31: .*sqlight.*Did you mean `recording: recordings\/sqlite.ovr`/],
  ],
  [
    'several missing datasets at once',
    smallText('', undefined, guest('recording: a.ovr') + guest('trace: b.ovt').replace('three', 'four')),
    [/small.yaml:7:31.*a\.ovr/, /small.yaml:8:26.*b\.ovt/],
  ],
  [
    // 60 intervals of 2,000,000 instructions.
    'starts that are spread over more time than a guest works',
    smallText().replace('balance: 50 ms }', 'balance: 50 ms }, offsetSpread: 1 s'),
    [
      /^OVB_SPREAD_TOO_LONG small.yaml:3:\d+: .* over 1 s, but guest 'one' is done after 120 ms \| Give at most 120 ms/,
    ],
  ],
  [
    'a salt where no mix shares pages',
    smallText(
      '',
      mixOf('hostswap'),
      guest('image: images/mini.ovd, size: 2 MiB, salt: a, script: { intervals: 1, pagesPerInterval: 1 }'),
    ),
    [/^OVB_SCENARIO_INVALID small.yaml:7:\d+: guest 'three' has a `salt`, but no mix shares pages, /],
  ],
  [
    'a salt where a mix shares by a mode that knows no salts',
    smallText(
      '',
      mixOf('tps: { mode: ksm }', 'hostswap'),
      guest('image: images/mini.ovd, size: 2 MiB, salt: a, script: { intervals: 1, pagesPerInterval: 1 }'),
    ),
    [
      /^OVB_SCENARIO_INVALID small.yaml:10:\d+: tps with these options ignores salts, but guest 'three' has a `salt`/,
    ],
  ],
  [
    'salting in a mode that knows no salts',
    smallText('', mixOf('tps: { mode: ksm, salting: 0 }', 'hostswap')),
    [/^OVB_OPTIONS_INVALID small.yaml:\d+:\d+: tps: unknown key 'salting'/],
  ],
  [
    'a strategy that nobody knows',
    smallText('', mixOf('tsp', 'hostswap')),
    [/^OVB_PLUGIN_UNKNOWN small.yaml:9:21: there is no strategy 'tsp' \| Did you mean 'tps'/],
  ],
  [
    'a policy in the place of a strategy',
    smallText('', mixOf('esx-entitlement')),
    [/'esx-entitlement' is a policy, not a strategy/],
  ],
  [
    'a strategy twice in a mix',
    smallText('', mixOf('hostswap', 'hostswap')),
    [/^OVB_ID_TAKEN small.yaml:9:31/],
  ],
  [
    'an option that nobody knows',
    smallText('', mixOf('hostswap: { victim: lru }')),
    [/^OVB_OPTIONS_INVALID small.yaml:9:\d+: hostswap: unknown key 'victim' \| Did you mean 'victims'/],
  ],
  [
    'an option of a wrong value',
    smallText('', mixOf('hostswap: { victims: mru }')),
    [/^OVB_OPTIONS_INVALID small.yaml:9:\d+: hostswap: 'victims' is text 'mru' \| Did you mean 'lru'/],
  ],
  [
    'a driver that never gives anything',
    smallText('', mixOf('balloon: { fastRate: 0 }', 'hostswap')),
    [
      /^OVB_OPTIONS_INVALID small.yaml:9:\d+: balloon: 'fastRate' is 0, which is too small \| Give at least 1/,
    ],
  ],
  [
    'a ladder with a strategy that nobody knows',
    smallText().replace(
      'paces:',
      'memoryStates: { base: esx-1.5, ladder: { soft: [balloon, hostwsap] } }, paces:',
    ),
    [/^OVB_PLUGIN_UNKNOWN small.yaml:3:\d+: there is no strategy 'hostwsap' \| Did you mean 'hostswap'/],
  ],
  [
    'a strategy by order only that nobody knows',
    smallText().replace('paces:', 'memoryStates: { base: linux, byOrderOnly: [ballon] }, paces:'),
    [/^OVB_PLUGIN_UNKNOWN small.yaml:3:\d+: there is no strategy 'ballon' \| Did you mean 'balloon'/],
  ],
  [
    'memory states in an impossible order',
    smallText().replace('paces:', 'memoryStates: { base: esx-1.5, thresholds: { soft: 7 } }, paces:'),
    [/^OVB_SCENARIO_INVALID small.yaml:3:\d+: the threshold of soft, 7, is not below that of high, 6 \|/],
  ],
  [
    'problems of several mixes at once',
    smallText('', `${mixOf('tsp')}  n: { strategies: [hostswop] }\n`),
    [/'tsp'/, /'hostswop'/],
  ],
  [
    'reservations over memory',
    smallText('', undefined, '').replaceAll('size: 2 MiB', 'size: 2 MiB, reservation: 2 MiB'),
    [/^OVB_ADMISSION small.yaml:6:\d+: guest 'two': it is not admitted: it needs 2 MiB \(reservation 2 MiB/],
  ],
  ['a host without memory', smallText().replace('60 % of guests', '0 MiB'), [/^OVB_HOST_SIZE/]],
  [
    'a reservation above a size',
    smallText().replace('size: 2 MiB', 'size: 2 MiB, reservation: 3 MiB'),
    [/small.yaml:5:\d+: guest 'one': its reservation \(3 MiB\) is over its size/],
  ],
  [
    'a host of bytes with a guest without',
    smallText().replace('paces:', 'store: bytes, paces:'),
    [/^OVB_NO_BYTES small.yaml:5:\d+: guest 'one': it has no page bytes/],
  ],
  [
    'a host of bytes with a guest that runs programs',
    `name: small
datasets: ${DATASETS}
host: { memory: 16 MiB, store: bytes }
guests: [{ name: one, programs: [traces/sort.ovt], size: 16 MiB }]
mixes: { swap-only: { strategies: [hostswap] } }
`,
    [/^OVB_NO_BYTES small.yaml:4:\d+: guest 'one': it has no page bytes/],
  ],
  [
    'a number of large pages that no host can look at',
    smallText().replace('paces:', 'largePages: on, largePageRules: { coldPeriod: 0 s }, paces:'),
    [/^OVB_SCENARIO_INVALID small.yaml:3:\d+: 'coldPeriod' is too short \| Give more than 0 ms/],
  ],
])('%s is refused', async (_what, text, wanted) => {
  const found = await refusals(text);
  expect(found).toHaveLength(wanted.length);
  for (const [i, pattern] of wanted.entries()) expect(found[i]).toMatch(pattern);
});

/** small with a third guest. */
function elsewhere(source: string): string {
  return smallText('', undefined, guest(source));
}

test.each([
  ['a truncated recording', `recording: ${folder}/short.ovr`, /^OVB_RECORDING_CORRUPT .*short\.ovr:0x/],
  ['a damaged recording', `recording: ${folder}/damaged.ovr`, /^OVB_RECORDING_CORRUPT .*damaged\.ovr:0x/],
  ['a truncated trace', `trace: ${folder}/short.ovt`, /^OVB_TRACE_CORRUPT .*short\.ovt:0x/],
  [
    'a truncated digest',
    `image: ${folder}/short.ovd, size: 1 MiB, script: { intervals: 1, pagesPerInterval: 1 }`,
    /^OVB_DIGEST_CORRUPT .*short\.ovd:0x/,
  ],
  ['a digest in the place of a recording', `recording: ${DATASETS}/images/mini.ovd`, /^OVB_RECORDING_FORMAT/],
  [
    'guests with different content keys',
    `image: ${folder}/other-keys.ovd, size: 1 MiB, script: { intervals: 1, pagesPerInterval: 1 }`,
    /^OVB_CONTENT_KEYS small.yaml:7:\d+: guest 'three': its content keys are xxh3-64, those of guest 'one' sha256-64/,
  ],
])('%s is refused', async (_what, source, wanted) => {
  const found = await refusals(elsewhere(source));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(wanted);
});

test.each<readonly [what: string, body: string, strategies: readonly string[], wanted: RegExp]>([
  ['that fails to load', 'throw new Error("no luck");', [], /^OVB_PLUGIN_LOAD small.yaml:7:\d+: .*no luck/],
  ['that collides with a shipped id', strategy('tps'), [], /^OVB_ID_TAKEN small.yaml:7:\d+: .*'tps'/],
  [
    'with bad options',
    strategy('mine'),
    ['mine: { rate: fast }'],
    /^OVB_OPTIONS_INVALID small.yaml:10:\d+: mine: 'rate' is text 'fast'/,
  ],
  [
    'that needs bytes from a host with keys',
    strategy('mine', 'needs: { contents: CONTENTS }'),
    ['mine', 'hostswap'],
    /^OVB_NEED_UNMET small.yaml:10:3: mix 'm': strategy 'mine' needs CONTENTS/,
  ],
  [
    'that brings too many kinds',
    strategy(
      'mine',
      `kinds: Array.from({ length: 13 }, (_, i) => 'k' + i),
       create: (d, o, self) => ({ backings: Object.fromEntries(Object.keys(self.kinds).map((k) => [k, {}])) })`,
    ),
    ['mine'],
    /^OVB_\w+ .*kind/,
  ],
  [
    'that declares a kind without a handler',
    strategy('mine', `kinds: ['k']`),
    ['mine'],
    /^OVB_NO_HANDLER small.yaml:10:3: mix 'm'/,
  ],
  [
    "that brings another's kind",
    strategy('mine', `kinds: ['swapped'], create: () => ({ backings: { swapped: {} } })`),
    ['hostswap', 'mine'],
    /^OVB_KIND_TAKEN|already/,
  ],
])('a plugin %s is refused', async (what, body, strategies, wanted) => {
  const path = pluginFile(`${what.replaceAll(/[^a-z]/g, '-')}.ts`, body);
  const mixes = mixOf(...(strategies.length === 0 ? ['hostswap'] : strategies));
  const found = await refusals(smallText(`plugins: ['${path}']\n`, mixes));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(wanted);
});

test('a mix that the scenario does not have is refused with a suggestion', async () => {
  const found = await refusals(smallText(), { mixes: ['swap-olny'] });
  expect(found[0]).toMatch(/^OVB_MIX_UNKNOWN --mix: .*Did you mean 'swap-only'/);
});
