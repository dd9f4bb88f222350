/** `overbook new strategy`: what it makes; that it is green after an install needs tarballs, see tools. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadModule } from '@overbook/lab';
import { afterAll, expect, test } from 'vitest';

import { TOOLCHAIN } from '../src/commands/new-strategy.ts';
import { overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-new-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tarballs = mkdtempSync(join(folder, 'tarballs-'));
for (const name of ['core', 'hostswap', 'images', 'sim', 'testing', 'traces'])
  writeFileSync(join(tarballs, `overbook-${name}-0.1.0.tgz`), '');

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

test('makes a package whose strategy loads and runs, depending on the tarballs', async () => {
  const into = join(folder, 'cold-pages');
  const { code, out } = await overbook(['new', 'strategy', 'cold-pages', '--from', tarballs, '--into', into]);
  expect(code).toBe(0);
  expect(out).toContain('npm install && npm test');
  expect(readdirSync(into, { recursive: true, encoding: 'utf8' }).sort(byName)).toEqual([
    '.gitignore',
    'README.md',
    'package.json',
    'src',
    'src/cold-pages.test.ts',
    'src/cold-pages.ts',
    'src/index.ts',
    'src/options.ts',
    'test',
    'test/conformance.test.ts',
    'tsconfig.build.json',
    'tsconfig.json',
  ]);
  const manifest = JSON.parse(readFileSync(join(into, 'package.json'), 'utf8')) as {
    name: string;
    devDependencies: Record<string, string>;
  };
  expect(manifest.name).toBe('overbook-cold-pages');
  expect(manifest.devDependencies['@overbook/core']).toMatch(/^file:.*overbook-core-0\.1\.0\.tgz$/);
  for (const file of ['README.md', 'src/index.ts', 'src/cold-pages.ts']) {
    const text = readFileSync(join(into, file), 'utf8');
    expect(text).not.toContain('<%');
    expect(text).not.toContain('@overbook/cold-pages');
  }
  const [loaded] = await loadModule({ specifier: './src/index.ts', folder: into, at: 'x' });
  expect(loaded!.plugin.id).toBe('cold-pages');
});

test('a folder that is there is left alone', async () => {
  const into = join(folder, 'taken');
  writeFileSync(into, 'mine');
  const { code, err } = await overbook(['new', 'strategy', 'taken', '--into', into]);
  expect(code).toBe(2);
  expect(err).toContain('OVB_FOLDER_TAKEN');
  expect(readFileSync(into, 'utf8')).toBe('mine');
});

test('a folder without tarballs leaves nothing behind', async () => {
  const into = join(folder, 'nothing');
  const { code } = await overbook(['new', 'strategy', 'nothing', '--from', folder, '--into', into]);
  expect(code).toBe(2);
  expect(existsSync(into)).toBe(false);
});

test('it is built and tested with what this repository itself uses', () => {
  const root = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const used = { ...root.dependencies, ...root.devDependencies };
  for (const [name, version] of Object.entries(TOOLCHAIN)) expect(used[name]).toBe(version);
});
