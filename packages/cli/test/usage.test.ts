/** What a person meets who mistypes: one clear message on stderr, nothing on stdout, exit code 2. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, SCENARIOS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-usage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mini = join(SCENARIOS, 'mini-bytes.yaml');
writeFileSync(join(folder, 'truncated.ovt'), 'OVB');
writeFileSync(join(folder, 'odd.raw'), new Uint8Array(5000));
writeFileSync(join(folder, 'secret'), 'short');

describe('bad input ends with code 2, a message with a mend, and no result', () => {
  test.each<readonly [words: readonly string[], said: RegExp]>([
    [['compere', mini], /unknown command 'compere'[\s\S]*Did you mean compare/],
    [['compare', mini, '--sedes', '3'], /unknown option '--sedes'[\s\S]*Did you mean --seeds/],
    [['compare'], /missing required argument 'scenario'/],
    [['compare', mini, '--seeds', '0'], /OVB_USAGE at --seeds\n {2}'0' is not a whole number from 1/],
    [['compare', mini, '--seeds', '1e3'], /OVB_USAGE at --seeds/],
    [['compare', mini, '--seeds', '2', '--seed', '3'], /both --seed and --seeds/],
    [['compare', mini, '--workers', 'two'], /OVB_USAGE at --workers/],
    [
      ['compare', mini, '--host-memory', '16MB'],
      /OVB_USAGE at --host-memory\n {2}'16MB' has an unknown unit, 'MB'\n.*units: KiB, MiB, GiB/,
    ],
    [
      ['compare', mini, '--run-limit', '5 sec'],
      /OVB_USAGE at --run-limit\n {2}.*unknown unit, 'sec'\n.*units: ms/,
    ],
    [['compare', mini, '--mix', 'clasic'], /OVB_MIX_UNKNOWN at --mix[\s\S]*Did you mean 'classic'/],
    [['compare', mini, '--with', 'tsp'], /OVB_PLUGIN_UNKNOWN at --with tsp[\s\S]*Did you mean 'tps'/],
    [
      ['compare', mini, '--plugin', './none.ts'],
      /OVB_PLUGIN_LOAD at --plugin .\/none.ts\n {2}plugin file .\/none.ts does not exist/,
    ],
    [
      ['compare', join(folder, 'none.yaml')],
      /OVB_SCENARIO_UNREADABLE at .*none.yaml\n {2}the file does not exist/,
    ],
    [['run', mini, '--mix', 'clasic'], /OVB_MIX_UNKNOWN at --mix[\s\S]*Did you mean 'classic'/],
    [
      ['validate', join(SCENARIOS, '../package.json')],
      /OVB_SCENARIO_INVALID at .*package.json:\d+:\d+\n {2}unknown key/,
    ],
    [['strategies', 'show', 'baloon'], /OVB_PLUGIN_UNKNOWN[\s\S]*Did you mean 'balloon'/],
    [['compare', mini, '--with', 'ksm'], /OVB_PLUGIN_UNKNOWN at --with ksm[\s\S]*tps: \{ mode: ksm \}/],
    [['compare', mini, '--mix', 'zswap'], /OVB_MIX_UNKNOWN[\s\S]*`--with zswap,hostswap`/],
    [['strategies', 'shwo'], /unknown command|too many arguments/],
    [['trace', 'info', join(folder, 'truncated.ovt')], /OVB_TRACE_\w+ at .*truncated.ovt:0x/],
    [['trace', 'info', join(folder, 'none.ovt')], /OVB_FILE_UNREADABLE at .*none.ovt/],
    [['recording', 'info', join(DATASETS, 'traces/sort.ovt')], /OVB_RECORDING_FORMAT[\s\S]*trace info/],
    [['recording', 'import', folder, 'none', '-o', join(folder, 'out.ovr')], /OVB_FILE_UNREADABLE/],
    [['trace', 'import', join(folder, 'truncated.ovt'), '-o', join(folder, 'out.ovt')], /OVB_TRACE_\w+/],
    [['digest', join(folder, 'odd.raw'), '-o', join(folder, 'out.ovd')], /OVB_IMAGE_TRUNCATED/],
    [['digest', join(folder, 'none.raw'), '-o', join(folder, 'out.ovd')], /OVB_FILE_UNREADABLE/],
    [
      ['digest', mini, '--content-key', 'md5', '-o', join(folder, 'out.ovd')],
      /Allowed choices are sha256-64, xxh3-64/,
    ],
    [
      [
        'digest',
        join(folder, 'odd.raw'),
        '--secret-file',
        join(folder, 'secret'),
        '-o',
        join(folder, 'out.ovd'),
      ],
      /OVB_KEY_SECRET/,
    ],
    [['new', 'strategy', 'Not A Name'], /OVB_NAME_INVALID/],
    [['new', 'strategy', 'tps'], /OVB_ID_TAKEN/],
    [['new', 'strategy', 'mine', '--from', folder, '--into', join(folder, 'mine')], /OVB_TARBALLS/],
  ])('overbook %j', async (words, said) => {
    const { code, out, err } = await overbook(words);
    expect(err).toMatch(said);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toMatch(/\n {4}at /);
    expect(err.startsWith('error OVB_')).toBe(true);
  });

  test('nothing is written', () => {
    expect(readdirSync(folder).sort()).toEqual(['odd.raw', 'secret', 'truncated.ovt']);
  });
});

test('all problems of a scenario are told, each with its place and mend', async () => {
  const path = join(folder, 'bad.yaml');
  writeFileSync(path, 'name: bad\nhots: {}\nguests: []\nmixes: {}\n');
  const { code, err } = await overbook(['validate', path]);
  rmSync(path);
  expect(code).toBe(2);
  expect(err).toContain(
    `error OVB_SCENARIO_INVALID at ${path}:2:1\n  unknown key 'hots'\n  mend: Did you mean 'host'?`,
  );
  expect(err).toContain(`${path}:3:9\n  'guests' is empty`);
});

test('a mix that can never give memory back is refused, one that may run out is told', async () => {
  const path = join(folder, 'mixes.yaml');
  const of = (...mixes: string[]): string =>
    `name: m\nguests: [{ name: a, programs: [t.ovt], size: 32 MiB, driver: false }]` +
    `\nhost: { memory: 16 MiB }\nmixes:\n${mixes
      .map((mix, i) => `  m${i}: { strategies: [${mix}] }\n`)
      .join('')}`;
  copyFileSync(join(DATASETS, 'traces/sqlite.ovt'), join(folder, 't.ovt'));
  for (const mix of ['compression', 'balloon, compression', 'free-page-reporting']) {
    writeFileSync(path, of('hostswap', mix));
    const { code, err } = await overbook(['validate', path]);
    expect(code).toBe(2);
    expect(err).toContain(`error OVB_MIX_NEVER_GIVES at ${path}:6:3: mix 'm1'`);
    expect(err).toMatch(/can give no memory back on this host, and its guests may come to hold\s+32 MiB/);
    expect(err).toMatch(/mend: Add a strategy that can take pages without/);
  }
  writeFileSync(path, of('hostswap, compression', 'tps'));
  const { code, out } = await overbook(['validate', path]);
  expect(code).toBe(0);
  expect(out).toMatch(/note: No last resort in mix 'm1': /);
  rmSync(path);
  rmSync(join(folder, 't.ovt'));
});

test('on a terminal a message breaks between words, within its width', async () => {
  const { err } = await overbook(['compare', mini, '--with', 'ksm'], { errColumns: 60 });
  for (const line of err.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(err.replaceAll(/\s+/g, ' ')).toContain('mend: It has options here, so add a mix to the scenario');
});

describe('what is asked for is printed', () => {
  test('help leads with examples and names the exit codes', async () => {
    const { code, out } = await overbook(['--help']);
    expect(code).toBe(0);
    expect(out.startsWith('Examples:\n  overbook compare scenarios/quickstart.yaml\n')).toBe(true);
    expect(out).toContain('Exit code: 0 fine, 1 the work found a failure, 2 the input is wrong.');
  });
  test('the version', async () => {
    expect((await overbook(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
  test('the strategies and policies', async () => {
    const { code, out } = await overbook(['strategies']);
    expect(code).toBe(0);
    for (const id of ['hostswap', 'tps', 'balloon', 'compression', 'esx-entitlement'])
      expect(out).toContain(`\n${id} `);
  });
  test('the options of a strategy, from its own schema', async () => {
    const { out } = await overbook(['strategies', 'show', 'hostswap']);
    expect(out).toContain('victims: random, lru, clock, fifo, active-inactive; default "random"');
    expect(out).toContain('backing kinds swapped');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
  test('what has a name here that somebody knows from elsewhere', async () => {
    const { code, out, err } = await overbook(['strategies', 'show', 'ksm']);
    expect(code).toBe(0);
    expect(out).toContain('Options with mode ksm');
    expect(err).toBe('ksm is called `tps: { mode: ksm }` here: the rules and counters of Linux KSM\n');
    expect((await overbook(['strategies'])).out).toContain('ksm, ksmd, linux-ksm: `tps: { mode: ksm }`');
  });
  test('the modes of a strategy that has several', async () => {
    const { out } = await overbook(['strategies', 'show', 'tps']);
    expect(out).toContain('Options with mode esx');
    expect(out).toContain('Options with mode ksm');
  });
  test('that a scenario is fine', async () => {
    const { code, out } = await overbook(['validate', mini]);
    expect(code).toBe(0);
    expect(out.replaceAll('\n', ' ')).toContain('is fine: 3 guests, host of 13.2 MiB, mixes swap-only, tps');
  });
  test('what a trace and a recording hold', async () => {
    const trace = await overbook(['trace', 'info', join(DATASETS, 'traces/sqlite.ovt')]);
    expect(trace.out).toContain('11,912 pages (46.5 MiB), 6,322 intervals');
    const recording = await overbook(['recording', 'info', join(DATASETS, 'recordings/idle-b.ovr')]);
    expect(recording.out).toContain('work-start');
    expect(recording.out).toContain('1,235 intervals');
  });
});
