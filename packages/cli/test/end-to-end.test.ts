/** The built command as a process of its own: what no test inside this process can show. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS } from './captured-io.ts';

const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'overbook-e2e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function text(intervals: number): string {
  return `name: small
datasets: ${DATASETS}
host: { memory: 60 % of guests, paces: { balance: 50 ms } }
guests:
  - { name: one, image: images/mini.ovd, size: 2 MiB, script: { intervals: ${intervals}, pagesPerInterval: 128 } }
  - { name: two, image: images/mini.ovd, size: 2 MiB, script: { intervals: ${intervals}, pagesPerInterval: 128 } }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
`;
}
const small = join(folder, 'small.yaml');
const long = join(folder, 'long.yaml');
writeFileSync(small, text(60));
writeFileSync(long, text(400_000));
writeFileSync(
  join(folder, 'thrower.ts'),
  `import { defineStrategy } from '@overbook/core';
   import { z } from 'zod';
   export const thrower = defineStrategy({
     id: 'thrower', contract: 2, title: 't', options: z.strictObject({}), needs: {}, actsFrom: 'clear',
     create: () => ({ reclaim: () => { throw new Error('out of ideas'); } }),
   });`,
);

function overbook(...words: readonly string[]) {
  return spawnSync(process.execPath, [bin, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '' },
  });
}

describe.skipIf(!isBuilt)('the built command', { timeout: 60_000 }, () => {
  test('gives the same bytes twice, with one worker and with two', () => {
    const words = ['compare', small, '--json', '--seeds', '6'];
    const one = overbook(...words, '--workers', '1');
    const two = overbook(...words, '--workers', '2');
    expect(one.status).toBe(0);
    expect(one.stderr.split('\n').slice(0, -1)).toHaveLength(12);
    expect(overbook(...words, '--quiet').stderr).toBe('');
    expect(two.stdout).toBe(one.stdout);
    expect(JSON.parse(one.stdout)).toMatchObject({ schema: 'overbook.compare/2', seeds: [1, 2, 3, 4, 5, 6] });
  });

  test('writes whole files to a folder, the same results as it prints', () => {
    const out = join(folder, 'out');
    const { status, stdout } = overbook('compare', small, '--json', '--out', out);
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['guests.csv', 'results.json', 'runs.csv', 'summary.csv']);
    expect(readFileSync(join(out, 'results.json'), 'utf8')).toBe(stdout);
  });

  test('writes neither colour nor a bar where there is no terminal', () => {
    const { stdout, stderr } = overbook('compare', small);
    expect(stdout).toContain('swap-only');
    expect(`${stdout}${stderr}`).not.toContain('\u001B');
    expect(stderr).toMatch(/^1\/2 (swap-only|tps), host of .* MiB\n2\/2 /);
  });

  test('runs a plugin from anywhere in its workers; its failure is its own, and the exit code 1', () => {
    const { status, stdout } = overbook('compare', small, '--plugin', './thrower.ts', '--json');
    expect(status).toBe(1);
    const { mixes } = JSON.parse(stdout) as {
      mixes: readonly { name: string; error?: string; summary?: object }[];
    };
    expect(mixes.map(({ name, error }) => [name, error])).toEqual([
      ['swap-only', undefined],
      ['tps', undefined],
      ['thrower', 'seed 1: thrower failed: out of ideas'],
    ]);
  });

  test('refuses bad input with code 2, nothing on stdout and nothing written', () => {
    const out = join(folder, 'not-made');
    const { status, stdout, stderr } = overbook('compare', small, '--host-memory', '0%', '--out', out);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error OVB_USAGE at --host-memory\n {2}.*\n {2}mend: .*\n$/);
    expect(existsSync(out)).toBe(false);
  });

  test('with too few files allowed says so, without a stack', () => {
    const { stdout, stderr, status } = spawnSync(
      'sh',
      ['-c', `ulimit -n 24; "${process.execPath}" "${bin}" compare small.yaml`],
      { cwd: folder, encoding: 'utf8' },
    );
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(
      /^error OVB_FILES_LIMIT .*\n {2}mend: raise the limit, e.g. with `ulimit -n 1024`\n$/,
    );
  });

  test('ends quietly when its reader goes away', () => {
    const { stdout, stderr, status } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${bin}" run small.yaml --mix swap-only --explain --quiet | head -1`],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(status).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends it with code %i, and leaves nothing half-written', async (signal, code) => {
    const out = join(folder, 'interrupted');
    const words = ['compare', long, '--plugin', './thrower.ts', '--workers', '3', '--out', out];
    const child = spawn(process.execPath, [bin, ...words], { cwd: folder });
    let said = '';
    // The run that fails at once is over while the long ones go on.
    const begun = new Promise<void>((resolve) => {
      child.stderr.on('data', (data: Buffer) => {
        said += data.toString();
        if (said.startsWith('1/3 thrower')) resolve();
      });
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await Promise.race([begun, ended]);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(said).toMatch(/^1\/3 thrower, host of .* MiB\ninterrupted; nothing was written\n$/);
    expect(existsSync(out)).toBe(false);
  });
});
