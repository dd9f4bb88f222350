/** A generated strategy is whole, and builds. That its tests, arrows and format are right is a long test. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generated } from './generated.ts';
import strategy from './generator.mjs';

let copy: ReturnType<typeof generated>;
function text(path: string): string {
  return readFileSync(join(copy.folder, path), 'utf8');
}
beforeAll(() => (copy = generated()), 60_000);
afterAll(() => copy.dispose());

test('the generator says what to do next', () => {
  expect(copy.said.output).toContain('next: npx vitest run packages/cold-pages');
  expect(copy.said.status).toBe(0);
});

test('it touches one new folder, one changeset and one line of the root tsconfig.json', () => {
  const lines = copy.said.output.match(/^(CREATE|UPDATE) .*$/gm) ?? [];
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

test('a second one of the same name is refused', async () => {
  const tree = createTreeWithEmptyWorkspace();
  tree.write('packages/cold-pages/package.json', '{}');
  await expect(strategy(tree, { name: 'cold-pages' })).rejects.toThrow('packages/cold-pages exists already');
});
