/** The arrows between packages hold only if lint really catches a wrong one, through Nx, in a fresh workspace. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyWorkspace } from './workspace-copy.mjs';

const planted: Readonly<Record<string, string>> = {
  'packages/tps/src/sibling.ts': "import '@overbook/balloon';\n",
  'packages/tps/src/inside.ts': "import '../../core/src/index.ts';\n",
  'packages/tps/src/kit.ts': "import '@overbook/testing';\n",
  'packages/tps/src/kit.test.ts': "import '@overbook/testing';\n",
  'packages/tps/src/core.ts': "import '@overbook/core';\n",
  'packages/core/src/upward.ts': "import '@overbook/sim';\n",
  'packages/images/src/whole-core.ts': "import '@overbook/core';\n",
  'packages/images/src/host-of-core.ts': "import '@overbook/core/host';\n",
  'packages/images/src/units.ts': "import '@overbook/core/units';\n",
};

let copy: ReturnType<typeof copyWorkspace>;
let arrows: ReturnType<typeof copy.run>;

beforeAll(() => {
  copy = copyWorkspace((path) => !/^packages\/[^/]+\/(src|test)\//.test(path) && !path.startsWith('tools/'));
  for (const name of ['balloon', 'core', 'images', 'sim', 'testing', 'tps']) {
    writeFileSync(join(copy.folder, `packages/${name}/src/index.ts`), 'export {};\n');
  }
  for (const [path, text] of Object.entries(planted)) writeFileSync(join(copy.folder, path), text);
  // As `npm run lint:arrows` does: the rule reads the graph that Nx wrote last.
  copy.run('nx', 'show', 'projects');
  arrows = copy.run('eslint', 'packages/tps', 'packages/core');
}, 120_000);
afterAll(() => copy.dispose());

/** What ESLint says below the name of a file, until the next blank line. */
function saidOf(path: string): string {
  return arrows.output.split(`${join(copy.folder, path)}\n`)[1]?.split('\n\n')[0] ?? '';
}

test('lint fails', () => {
  expect(arrows.status).not.toBe(0);
});
test.each([
  ['a strategy may not import another', 'packages/tps/src/sibling.ts', 'layer:strategy'],
  ['a strategy may not import the kit outside its tests', 'packages/tps/src/kit.ts', 'layer:strategy'],
  ['a package may not reach into another by path', 'packages/tps/src/inside.ts', 'relative'],
  ['core may not import upward', 'packages/core/src/upward.ts', 'Circular dependency'],
])('%s', (_sentence, path, reason) => {
  expect(saidOf(path)).toContain(reason);
});
test.each([
  ['a strategy may import core', 'packages/tps/src/core.ts'],
  ['the tests of a strategy may import the kit', 'packages/tps/src/kit.test.ts'],
])('%s', (_sentence, path) => {
  expect(saidOf(path)).toBe('');
});

test("images and traces may import core's units, and nothing else of core", () => {
  const { status, output } = copy.run('oxlint', 'packages/images');
  expect(status).not.toBe(0);
  expect(output).toContain('whole-core.ts');
  expect(output).toContain('host-of-core.ts');
  expect(output).not.toContain('units.ts');
});
