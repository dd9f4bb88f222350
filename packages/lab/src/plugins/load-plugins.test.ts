import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AnyStrategyPlugin } from '@overbook/core/host';
import { mib } from '@overbook/core';
import { SeededRandom } from '@overbook/core/host';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';

import { PluginCatalogue, SHIPPED, loadModule } from './load-plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-plugins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plugin(id: string, more = ''): string {
  return `{ role: 'strategy', id: '${id}', contract: 2, title: 't', options: z.strictObject({}), needs: {},
     create: () => ({}), ${more} }`;
}

function load(file: string, text: string) {
  writeFileSync(join(folder, file), text);
  return loadModule({ specifier: `./${file}`, folder, at: 's.yaml:3:5' });
}

test('a TypeScript file anywhere on disk loads, with the running copies of what it imports', async () => {
  const [one] = await load(
    'running.ts',
    `import { defineStrategy, type Strategy } from '@overbook/core';
    import { SeededRandom } from '@overbook/core/host';
     import { mib } from '@overbook/core/units';
     import { Subject } from 'rxjs';
     import { z } from 'zod';
     const options = z.strictObject({ size: z.int().default(mib(1)) });
     export const running = defineStrategy({
       id: 'running', contract: 2, title: 'says what it was given', options, needs: {},
       create: (): Strategy => ({ counters: () => ({}), ...{ seen: [SeededRandom, Subject, z] } }),
     });`,
  );
  expect(one!.plugin).toMatchObject({ id: 'running', role: 'strategy', contract: 2 });
  expect(one!.plugin.options.parse({})).toEqual({ size: mib(1) });
  const made = (one!.plugin as AnyStrategyPlugin).create({}, {}, { id: 'running', kinds: {} });
  const { seen } = made as unknown as { seen: readonly unknown[] };
  expect(seen[0]).toBe(SeededRandom);
  expect(seen[2]).toBe(z);
});

test.each(['plain.js', 'plain.mjs'])('%s loads', async (file) => {
  const loaded = await load(file, `import { z } from 'zod';\nexport const a = ${plugin('plain')};\n`);
  expect(loaded.map((one) => one.plugin.id)).toEqual(['plain']);
});

test('every named export with a contract is taken, once, and nothing else', async () => {
  const loaded = await load(
    'several.ts',
    `import { z } from 'zod';
     export const b = ${plugin('b')};
     export const a = ${plugin('a')};
     export const same = a;
     export const other = { contract: 'x', role: 'strategy', id: 'c' };
     export const nothing = undefined;
     export const policy = { ...${plugin('p')}, role: 'policy' };`,
  );
  expect(loaded.map((one) => `${one.plugin.role} ${one.plugin.id}`)).toEqual([
    'strategy a',
    'strategy b',
    'policy p',
  ]);
});

test('a plugin may import files beside it', async () => {
  mkdirSync(join(folder, 'parts'), { recursive: true });
  writeFileSync(join(folder, 'parts/id.ts'), `export const id: string = 'in-parts';\n`);
  const [one] = await load(
    'whole.ts',
    `import { z } from 'zod';\nimport { id } from './parts/id.ts';\nexport const a = { ...${plugin('x')}, id };\n`,
  );
  expect(one!.plugin.id).toBe('in-parts');
});

test.each([
  ['fails to parse', 'broken.ts', 'export const = 1;', 'OVB_PLUGIN_LOAD', 'fails to load'],
  [
    'throws while it loads',
    'throws.ts',
    `throw new Error('no such luck');`,
    'OVB_PLUGIN_LOAD',
    'no such luck',
  ],
  [
    'imports what is not there',
    'lost.ts',
    `import 'not-there-at-all';`,
    'OVB_PLUGIN_LOAD',
    'not-there-at-all',
  ],
  ['holds no plugin', 'empty.ts', 'export const a = 1;', 'OVB_PLUGIN_EMPTY', 'no strategy'],
  [
    'speaks another contract',
    'old.ts',
    `import { z } from 'zod';\nexport const a = { ...${plugin('old')}, contract: 1 };`,
    'OVB_CONTRACT',
    'implements contract 1',
  ],
])('a module that %s is refused', async (_how, file, text, code, what) => {
  await expect(load(file, text)).rejects.toMatchObject({
    code,
    at: 's.yaml:3:5',
    what: expect.stringContaining(what) as string,
  });
});

test('a file or a package that is not there is refused', async () => {
  await expect(loadModule({ specifier: './none.ts', folder, at: 'x' })).rejects.toMatchObject({
    code: 'OVB_PLUGIN_LOAD',
  });
  await expect(loadModule({ specifier: '@nobody/none', folder, at: 'x' })).rejects.toMatchObject({
    code: 'OVB_PLUGIN_LOAD',
    what: "package '@nobody/none' is not installed",
  });
});

test('an id that is taken is refused, naming both modules', async () => {
  writeFileSync(
    join(folder, 'double.ts'),
    `import { z } from 'zod';\nexport const a = ${plugin('hostswap')};\n`,
  );
  await expect(
    PluginCatalogue.load([{ specifier: './double.ts', folder, at: '--plugin' }]),
  ).rejects.toMatchObject({
    code: 'OVB_ID_TAKEN',
    what: expect.stringContaining("'@overbook/hostswap'") as string,
  });
});

test('the shipped packages load by name, and a module named twice loads once', async () => {
  const request = { specifier: './plain.js', folder, at: 'x' };
  writeFileSync(join(folder, 'plain.js'), `import { z } from 'zod';\nexport const a = ${plugin('plain')};\n`);
  const catalogue = await PluginCatalogue.load([request, request]);
  const ids = catalogue.all.map(({ plugin: { id } }) => id);
  expect(ids).toEqual(expect.arrayContaining(['hostswap', 'tps', 'balloon', 'compression', 'plain']));
  expect(new Set(catalogue.all.map(({ specifier }) => specifier))).toEqual(
    new Set([...SHIPPED, './plain.js']),
  );
  expect(() => catalogue.get('hostswop', 'strategy', 'x')).toThrow(/Did you mean 'hostswap'/);
  expect(() => catalogue.get('esx-entitlement', 'strategy', 'x')).toThrow(/is a policy/);
});
