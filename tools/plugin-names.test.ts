/**
 * No package knows a plugin by name: who wants to know what pages of a strategy's kind are asks for the role of the
 * kind, so that a swap or a cache that somebody else writes is counted like ours.
 */
import { readFileSync, readdirSync } from 'node:fs';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';

import type { AnyStrategyPlugin } from '../packages/core/src/entry-host.ts';

const packages = readdirSync('packages').map((name) => ({
  name,
  isStrategy: /layer:(strategy|bounds)/.test(readFileSync(`packages/${name}/package.json`, 'utf8')),
}));

/** Where shipped plugins are listed by name, and why. */
const LISTS: Readonly<Record<string, string>> = {
  'packages/core/src/pressure/models.ts':
    'published ladders, by the ids of the strategies that carry their rungs out',
  'packages/lab/src/plugins/load-plugins.ts':
    'the packages that every scenario may name plugins of by id alone',
  'packages/lab/src/plugins/other-names.ts': 'what shipped techniques are called elsewhere',
  'packages/cli/src/commands/new-strategy.ts': 'what a generated package is tested with',
  'packages/images/src/figures/zsmalloc-store.ts':
    "Linux's stores, whose memory image analysis counts: no plugins",
};
/** Words that are the name of a shipped plugin or kind and mean something else, too. */
const ALSO_WORDS = new Set([
  'balloon',
  'compression',
  'swapped',
  'compressed',
  'reported',
  // Linux's stores, whose memory image analysis counts.
  'zswap',
  'zram',
]);

let plugins: readonly AnyStrategyPlugin[];
beforeAll(async () => {
  plugins = await shipped();
}, 120_000);

async function shipped(): Promise<readonly AnyStrategyPlugin[]> {
  const modules = packages
    .filter(({ isStrategy }) => isStrategy)
    .map(async ({ name }) => Object.values((await import(`../packages/${name}/src/index.ts`)) as object));
  return (await Promise.all(modules))
    .flat()
    .filter((one): one is AnyStrategyPlugin => (one as AnyStrategyPlugin | undefined)?.role === 'strategy');
}

function sourcesOf(folder: string): string[] {
  return readdirSync(`packages/${folder}/src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|fuzz)\.ts$/.test(path))
    .map((path) => `packages/${folder}/src/${path}`);
}

/** `record['swapped']`, `id === 'hostswap'`, `by: 'balloon'`: a name is looked for, not just written. */
function isAskedFor({ parent }: ts.Node): boolean {
  if (ts.isElementAccessExpression(parent)) return true;
  // A role is what to ask for.
  if (ts.isBinaryExpression(parent))
    return /^[!=]==$/.test(parent.operatorToken.getText()) && !/\broles?\b/.test(parent.left.getText());
  return ts.isPropertyAssignment(parent) && ['by', 'strategy'].includes(parent.name.getText());
}

/** Places where a name of a plugin or of its kind stands in a file. */
function namedIn(path: string, names: ReadonlySet<string>): string[] {
  const text = readFileSync(path, 'utf8');
  if (![...names].some((name) => text.includes(`'${name}'`))) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && names.has(node.text) && (!ALSO_WORDS.has(node.text) || isAskedFor(node)))
      found.push(`${path}:${source.getLineAndCharacterOfPosition(node.pos).line + 1}: '${node.text}'`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('no package names a shipped plugin or one of its kinds, but in the lists of what is shipped', () => {
  const names = new Set(plugins.flatMap(({ id, kinds = [] }) => [id, ...kinds]));
  expect(names.size).toBeGreaterThan(6);
  const others = packages.filter(({ isStrategy }) => !isStrategy).flatMap(({ name }) => sourcesOf(name));
  expect(others.length).toBeGreaterThan(300);
  const found = others.filter((path) => !(path in LISTS)).flatMap((path) => namedIn(path, names));
  expect(found).toEqual([]);
});

test.each(Object.keys(LISTS))('%s is such a list still', (path) => {
  const names = new Set(plugins.map(({ id }) => id));
  const text = readFileSync(path, 'utf8');
  expect([...names].some((name) => text.includes(name))).toBe(true);
});
