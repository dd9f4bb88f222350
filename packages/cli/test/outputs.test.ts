/** Where results go: looked at before the work, never in the place of a pipe, private when made with a secret. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, SCENARIOS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-outputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const mini = join(SCENARIOS, 'mini-bytes.yaml');
const image = join(DATASETS, 'images/mini.raw.gz');
const blocked = join(folder, 'file');
writeFileSync(blocked, '');
const secret = join(folder, 'secret');
writeFileSync(secret, new Uint8Array(32).fill(7));
const bin = new URL('../bin/overbook.mjs', import.meta.url).pathname;
const isBuilt = existsSync(new URL('../dist/main.js', import.meta.url));

describe('a place that cannot be written is refused before the work, with nothing printed', () => {
  test.each<readonly (readonly string[])[]>([
    [['compare', mini, '--out', join(blocked, 'x')]],
    [['compare', mini, '-o', '/proc/overbook']],
    [['run', mini, '--out', blocked]],
    [['analyze', image, '--out', join(blocked, 'x')]],
    [['reproduce', 'esx-minfree', '-o', join(blocked, 'x')]],
    [['digest', image, '-o', join(blocked, 'x.ovd')]],
    [['digest', image, '-o', folder]],
    [['trace', 'import', join(folder, 'none'), '-o', join(blocked, 'x.ovt')]],
    [['recording', 'import', folder, 'none', '--output', join(blocked, 'x.ovr')]],
    [['new', 'strategy', 'mine', '--into', join(blocked, 'mine')]],
  ])('overbook %j', async (words) => {
    const { code, out, err } = await overbook(words);
    expect(err).toMatch(/^error OVB_OUT_UNWRITABLE at .*\n {2}.*\n {2}mend: .*\n$/);
    expect(err).not.toMatch(/EEXIST|ENOTDIR/);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(readFileSync(blocked, 'utf8')).toBe('');
  });
});

test('when the place goes while the work is done, the table is printed all the same', async () => {
  const out = join(folder, 'going');
  const said: string[] = [];
  // In this thread, as the sources run.
  const { code, err } = await overbook(['run', mini, '--mix', 'swap-only', '--explain', '--out', out], {
    out: (text) => {
      said.push(text);
      writeFileSync(out, '');
    },
  });
  expect(said.at(-1)).toContain('swap-only');
  expect(err).toContain('OVB_OUT_UNWRITABLE');
  expect(code).toBe(2);
});

describe('what is no regular file stays what it is', () => {
  test('a pipe gets the digest', async () => {
    const [pipe, plain] = [join(folder, 'pipe'), join(folder, 'plain.ovd')];
    execFileSync('mkfifo', [pipe]);
    const read = promisify(execFile)('cat', [pipe], { encoding: 'buffer' });
    expect((await overbook(['digest', image, '-o', pipe])).code).toBe(0);
    await overbook(['digest', image, '--output', plain]);
    expect((await read).stdout.equals(readFileSync(plain))).toBe(true);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  test('a link to nothing yet stays a link, with the digest behind it', async () => {
    mkdirSync(join(folder, 'behind'));
    symlinkSync('behind/made.ovd', join(folder, 'link.ovd'));
    await overbook(['digest', image, '-o', join(folder, 'link.ovd')]);
    expect(lstatSync(join(folder, 'link.ovd')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'behind'))).toEqual(['made.ovd']);
  });

  test.skipIf(!isBuilt)('standard output gets the digest alone; what is said goes to stderr', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [bin, 'digest', image, '-o', '/dev/stdout']);
    const plain = join(folder, 'printed.ovd');
    const said = spawnSync(process.execPath, [bin, 'digest', image, '-o', plain]);
    expect(stdout.equals(readFileSync(plain))).toBe(true);
    expect(stderr.toString().replaceAll('/dev/stdout', plain)).toBe(said.stdout.toString());
  });
});

test('what a secret made is for its owner alone', async () => {
  const digest = join(folder, 'keyed.ovd');
  await overbook(['digest', image, '--secret-file', secret, '-o', digest]);
  expect(statSync(digest).mode & 0o777).toBe(0o600);
  const out = join(folder, 'keyed');
  await overbook(['analyze', image, '--only', 'sharing', '--secret-file', secret, '-o', out]);
  expect(readdirSync(out)).toEqual(['analysis.json', 'report.html']);
  for (const name of readdirSync(out)) expect(statSync(join(out, name)).mode & 0o777).toBe(0o600);
});
