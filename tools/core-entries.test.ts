/** Who imports which entry of core: plugins are written with the first alone, and readers are shown no internals. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const INTERNALS = '@overbook/core/internals';

/** Entries of core that a file imports or shows, a specifier each. */
function entriesIn(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/(?:from|import) '(@overbook\/core[^']*)'/g)].map(
    ([, entry]) => entry!,
  );
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\/(dist|node_modules)(\/|$)/.test(entry.parentPath))
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}

const strategies = readdirSync('packages')
  .filter((name) => readFileSync(`packages/${name}/package.json`, 'utf8').includes('layer:strategy'))
  .map((name) => `packages/${name}`);
const plugins = [...strategies.map((folder) => `${folder}/src`), 'examples', 'packages/cli/templates'];

test('strategies, examples and what `overbook new` writes are made with the first entry (and units) alone', () => {
  const sources = plugins
    .flatMap(filesBelow)
    .filter((path) => /\.ts(__tmpl__)?$/.test(path) && !/\.test\.ts/.test(path));
  const imports = sources.flatMap((path) => entriesIn(path).map((entry) => ({ path, entry })));
  expect(imports.length).toBeGreaterThan(30);
  const others = imports.filter(({ entry }) => !['@overbook/core', '@overbook/core/units'].includes(entry));
  expect(others).toEqual([]);
});

test('no test of a strategy, no example and no page shows the internals', () => {
  const shown = [...strategies, 'examples', 'docs', 'packages/cli/templates'].flatMap(filesBelow);
  const pages = readdirSync('packages').map((name) => `packages/${name}/README.md`);
  expect(shown.length).toBeGreaterThan(100);
  expect([...shown, ...pages].filter((path) => entriesIn(path).includes(INTERNALS))).toEqual([]);
});
