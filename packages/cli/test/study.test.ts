/** `overbook study` as a process of its own, killed at any moment; and its wrong inputs. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';

const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'overbook-study-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scenario = join(folder, 'small.yaml');
writeFileSync(
  scenario,
  `name: small
datasets: ${DATASETS}
host: { memory: 60 % of guests, paces: { balance: 50 ms } }
guests:
  - &guest { name: one, image: images/mini.ovd, size: 2 MiB, script: { intervals: 30, pagesPerInterval: 128 } }
  - { <<: *guest, name: two }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
  ksm: { profile: linux-kvm, strategies: [tps, hostswap] }
`,
);

function study(name: string, text: string): string {
  const path = join(folder, `${name}.study.yaml`);
  writeFileSync(path, `name: ${name}\nscenario: small.yaml\n${text}`);
  return path;
}

/** Everything that a study's folder holds but times. */
function filesOf(path: string): Readonly<Record<string, string>> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(json|jsonl|parquet)$/.test(name),
  );
  const lasting = names.filter((name) => name !== 'timings.jsonl' && name !== 'progress.json');
  return Object.fromEntries(
    lasting.sort((a, b) => (a < b ? -1 : 1)).map((name) => [name, readFileSync(join(path, name), 'base64')]),
  );
}

function cellsIn(path: string): number {
  if (!existsSync(join(path, 'cells'))) return 0;
  return readdirSync(join(path, 'cells'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  ).length;
}

describe.skipIf(!isBuilt)('a study of the built command', { timeout: 120_000 }, () => {
  const grid = study('grid', 'seeds: 4\nvary: { host.memory: { from: 50 %, to: 90 %, steps: 5 } }\n');

  test('that is killed again and again ends with the bytes of one that was not', async () => {
    const whole = join(folder, 'whole');
    expect(spawnSync(process.execPath, [bin, 'study', grid, '-o', whole, '--quiet']).status).toBe(0);
    const killed = join(folder, 'killed');
    for (let kill = 0, before = 0; kill < 3; kill++) {
      const child = spawn(process.execPath, [bin, 'study', grid, '-o', killed, '--quiet'], {
        stdio: 'ignore',
      });
      const ended = new Promise<NodeJS.Signals | null>((resolve) => {
        child.on('exit', (_code, signal) => resolve(signal));
      });
      // As soon as it has made some more results, whatever it is doing then.
      while (cellsIn(killed) < before + 3 + kill) await wait(2);
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      before = cellsIn(killed);
    }
    expect(cellsIn(killed)).toBeLessThan(60);
    const status = await overbook(['study', 'status', killed]);
    expect(status.out).toMatch(/^grid: stopped, \d+ of 60 runs/);
    expect(spawnSync(process.execPath, [bin, 'study', grid, '-o', killed, '--quiet']).status).toBe(0);
    expect(filesOf(killed)).toEqual(filesOf(whole));
    expect((await overbook(['study', 'status', killed])).out).toMatch(/^grid: ended, 60 of 60 runs/);
  });

  test('that is interrupted says that its results are kept', async () => {
    const out = join(folder, 'interrupted');
    const child = spawn(process.execPath, [bin, 'study', grid, '-o', out, '--quiet'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', (code) => resolve(code));
    });
    while (cellsIn(out) < 2) await wait(2);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said).toBe(`stopped; results are kept in ${out}, and the same command goes on with them\n`);
    expect(cellsIn(out)).toBeLessThan(60);
  });

  test('on a disk that is full says so and keeps what it has', () => {
    const out = join(folder, 'full');
    // Files may have 64 KiB: the tables do not fit.
    const words = [bin, 'study', grid, '-o', out, '--quiet'].map((word) => `'${word}'`).join(' ');
    const { status, stderr } = spawnSync('bash', ['-c', `ulimit -f 16; '${process.execPath}' ${words}`], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/OVB_OUT_UNWRITABLE|EFBIG|File size limit/);
    expect(existsSync(join(out, 'runs.parquet'))).toBe(false);
    expect(cellsIn(out)).toBeGreaterThan(0);
    expect(spawnSync(process.execPath, [bin, 'study', grid, '-o', out, '--quiet']).status).toBe(0);
    expect(filesOf(out)).toEqual(filesOf(join(folder, 'whole')));
  });

  test('makes single runs by key, alone and into the folder', async () => {
    const listed = await overbook(['study', grid, '--cells']);
    const [first] = listed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { cell: string });
    const file = join(folder, 'one.json');
    expect(
      (await overbook(['cell', '--study', grid, '--cell', first!.cell.slice(0, 10), '-o', file])).code,
    ).toBe(0);
    const path = join(folder, 'whole', 'cells', first!.cell.slice(0, 2), `${first!.cell}.json`);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(path, 'utf8'));
    const { code, err } = await overbook(['cell', '--study', grid, 'ffffffffff', '-o', file]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^error OVB_CELL_UNKNOWN/) as unknown,
    });
  });

  test('dry, it tells how many runs there are and how long they take', async () => {
    const { code, out } = await overbook([
      'study',
      grid,
      '--dry-run',
      '-o',
      join(folder, 'dry'),
      '--workers',
      '1',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /5 points × 3 mixes × 4 seeds = 60 runs\. 57 are still to be made\.\s+About \d+\s+(s|min) with\s+one worker/,
    );
  });
});

describe('wrong studies', () => {
  test.each<[name: string, text: string, code: string, what: RegExp]>([
    [
      'path',
      'vary: { host.memroy: [50 %] }',
      'OVB_STUDY_PATH',
      /with host.memroy: 50 %: unknown key 'memroy'\n {2}mend: Did you mean 'memory'/,
    ],
    [
      'guest',
      'vary: { guests.tow.vcpus: [2] }',
      'OVB_STUDY_PATH',
      /names no guest of the scenario\n {2}mend: Did you mean 'two'/,
    ],
    ['key', 'varry: {}', 'OVB_STUDY_INVALID', /unknown key 'varry'\n {2}mend: Did you mean 'vary'/],
    [
      'value',
      'vary: { host.memory: [50 %, 300] }',
      'OVB_STUDY_PATH',
      /with host.memory: 300: 'memory' is not a quantity/,
    ],
    [
      'steps',
      'vary: { host.memory: { from: 50 %, to: 60 % } }',
      'OVB_STUDY_INVALID',
      /does not say how many values/,
    ],
    [
      'units',
      'vary: { host.memory: { from: 50 %, to: 1 GiB, steps: 3 } }',
      'OVB_STUDY_INVALID',
      /'1 GiB' has another unit than '50 %'/,
    ],
    ['range', 'vary: { host.memory: range }', 'OVB_STUDY_INVALID', /no range of its own: only costs do/],
    ['mix', 'mixes: [tsp]', 'OVB_MIX_UNKNOWN', /Did you mean 'tps'/],
    ['large', 'seeds: 10000\nvary: { host.memory: [50 %, 60 %] }', 'OVB_STUDY_LARGE', /has 60,000 runs/],
    [
      'both',
      'find: { most: guests.two.count, from: 1, to: 2, step: 1, hold: { workSlowdown: 9 } }',
      'OVB_STUDY_INVALID',
      /grows with their number/,
    ],
    [
      'limit',
      'find: { least: host.memory, from: 50 %, to: 60 %, step: 1 %, hold: {} }',
      'OVB_STUDY_INVALID',
      /no limit/,
    ],
    ['plain', '- 1', 'OVB_STUDY_INVALID', /not valid YAML|is a list/],
  ])('%s is refused with a mend, and nothing is written', async (name, text, code, what) => {
    const out = join(folder, `out-${name}`);
    const ended = await overbook(['study', study(name, `${text}\n`), '-o', out]);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(new RegExp(`^error ${code} at `));
    expect(ended.err).toMatch(what);
    expect(ended.err).toMatch(/\n {2}mend: /);
    expect(ended.err).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(existsSync(out)).toBe(false);
  });

  test.each([['--dry-run'], ['--cells'], ['--engine=slurm']])(
    'a report with %s is refused',
    async (option) => {
      const ended = await overbook([
        'study',
        study('report', 'seeds: 1\n'),
        option,
        '--report',
        join(folder, 'r.html'),
      ]);
      expect(ended).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringMatching(/nothing to report with --/) as unknown,
      });
    },
  );

  test.skipIf(!isBuilt).each([
    ['everywhere', '9', /does so at 60 % and at 90 %\n {2}mend: Give a smaller `from`, or a lower limit/],
    ['nowhere', '1', /neither at 60 % nor at 90 %\n {2}mend: Give a larger `to`, or a higher limit/],
  ])('a search of what holds %s says so and keeps its runs', async (name, limit, what) => {
    const values = 'least: host.memory, from: 60 %, to: 90 %, step: 10 %';
    const find = `mixes: [swap-only]\nfind: { ${values}, hold: { workSlowdown: ${limit} } }\n`;
    const out = join(folder, name);
    const { code, err } = await overbook([
      'study',
      study(name, find),
      '-o',
      out,
      '--workers',
      '1',
      '--quiet',
    ]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(what) as unknown });
    expect(cellsIn(out)).toBe(2);
  });
});
