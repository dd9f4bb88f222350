/** A generated strategy is green at once: it builds, its tests pass, and its arrows are right. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyWorkspace } from '../workspace-copy.mjs';
import strategy from './generator.mjs';

let copy: ReturnType<typeof copyWorkspace>;
let generated: ReturnType<typeof copy.run>;
function text(path: string): string {
  return readFileSync(join(copy.folder, path), 'utf8');
}

beforeAll(() => {
  copy = copyWorkspace((path) => !/^packages\/[^/]+\/(test\/|src\/.*\.(test|fuzz|bench)\.ts$)/.test(path));
  generated = copy.run(
    'nx',
    'generate',
    '@overbook/tools:strategy',
    'cold-pages',
    '--no-install',
    '--no-interactive',
  );
  symlinkSync(
    join(copy.folder, 'packages/cold-pages'),
    join(copy.folder, 'node_modules/@overbook/cold-pages'),
  );
}, 60_000);
afterAll(() => copy.dispose());

test('the generator says what to do next', () => {
  expect(generated.output).toContain('next: npx vitest run packages/cold-pages');
  expect(generated.status).toBe(0);
});

test('it touches one new folder, one changeset and one line of the root tsconfig.json', () => {
  const lines = generated.output.match(/^(CREATE|UPDATE) .*$/gm) ?? [];
  const outside = lines.filter((line) => !line.startsWith('CREATE packages/cold-pages/'));
  expect(outside.sort()).toEqual(['CREATE .changeset/add-cold-pages.md', 'UPDATE tsconfig.json']);
  expect(text('.changeset/add-cold-pages.md')).toContain("'@overbook/cold-pages': minor");
  expect(existsSync(join(copy.folder, 'packages/cold-pages/LICENSE'))).toBe(true);
});

test('its README has the sections that every strategy has', () => {
  const sections = text('packages/cold-pages/README.md').match(/^## .*$/gm);
  expect(sections).toEqual([
    '## Tests',
    '## Options',
    '## What it reclaims',
    '## What it costs the guest',
    '## When not to use it',
    '## What it cannot promise',
    '## Source',
  ]);
});

test('it builds: sources and tests have right types, and so has what it would publish', () => {
  const project = ['-p', 'packages/cold-pages/tsconfig.test.json', '--declaration'];
  expect(copy.run('node', 'tools/tsc.mjs', ...project)).toEqual({ status: 0, output: '' });
}, 60_000);

test('its tests pass, the conformance kit among them, and so do those of the workspace', () => {
  const { status, output } = copy.run('vitest', 'run', 'cold-pages', 'tools/workspace');
  expect(output).toContain('conformance.test.ts');
  expect(output).not.toContain('FAIL');
  expect(status).toBe(0);
  const readme = copy.run('vitest', 'run', 'tools/readme', '-t', 'cold-pages');
  expect(readme.output).toMatch(/Tests .*[1-9]\d* passed/);
  expect(readme.status).toBe(0);
}, 120_000);

test('it passes lint, by types and by arrows, and the formatter', () => {
  expect(copy.run('oxlint', '--type-aware', 'packages/cold-pages').output).toContain('0 errors');
  expect(copy.run('oxfmt', '--check', 'packages/cold-pages', 'tsconfig.json').output).toContain(
    'All matched files',
  );
  expect(copy.run('nx', 'lint', '@overbook/cold-pages').output).toContain('Successfully ran target lint');
}, 60_000);

test('a second one of the same name is refused', async () => {
  const tree = createTreeWithEmptyWorkspace();
  tree.write('packages/cold-pages/package.json', '{}');
  await expect(strategy(tree, { name: 'cold-pages' })).rejects.toThrow('packages/cold-pages exists already');
});
