import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-scenario-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a new scenario is valid where it is written, and one of its mixes runs', async () => {
  const path = join(folder, 'web.yaml');
  expect(await overbook(['new', 'scenario', 'web', '--out', path])).toMatchObject({ code: 0 });
  expect(readFileSync(path, 'utf8')).toContain('name: web\n');
  const valid = await overbook(['validate', path]);
  expect(valid).toMatchObject({ code: 0, err: '' });
  expect(valid.out).toContain('2 guests');
  const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
  const run = spawnSync(process.execPath, [bin, 'run', path, '--mix', 'balloon'], { encoding: 'utf8' });
  expect({ status: run.status, stderr: run.stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^1\/1 balloon, host of \d+ MiB\n$/),
  });
  expect(run.stdout).toContain('cache');
}, 120_000);

test('what is there is kept, and a name that is none is refused', async () => {
  const path = join(folder, 'kept.yaml');
  writeFileSync(path, 'mine');
  expect((await overbook(['new', 'scenario', 'kept', '--out', path])).code).toBe(2);
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect((await overbook(['new', 'scenario', '../x', '--out', join(folder, 'x.yaml')])).code).toBe(2);
  expect(existsSync(join(folder, 'x.yaml'))).toBe(false);
});

test('a dataset that is not there is answered with a line that works', async () => {
  const path = join(folder, 'wrong.yaml');
  const text = (recording: string) =>
    `name: wrong\nhost: { memory: 99 MiB }\nguests: [{ name: a, recording: ${recording} }]\n` +
    'mixes: { m: { strategies: [hostswap] } }\n';
  writeFileSync(path, text('recordings/rediss.ovr'));
  const { code, err } = await overbook(['validate', path]);
  expect(code).toBe(2);
  const line = /Did you mean `recording: (\S+)`/.exec(err)?.[1];
  expect(line).toBe('redis');
  writeFileSync(path, text(line!));
  expect((await overbook(['validate', path])).code).toBe(0);
  writeFileSync(path, text('recordings/redis.ovr'));
  expect((await overbook(['validate', path])).code).toBe(0);
});
