/** What each entry exports, name by name: reviews see a name that comes, goes or moves (`vitest -u` takes it over). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { expect, test } from 'vitest';

import manifest from '../package.json' with { type: 'json' };

/** `@overbook/core/host` → `entry-host.ts`, as package.json says. */
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === 'string'
    ? []
    : [{ name: `@overbook/core${name.slice(1)}`, file: target['@overbook/source'] }],
);

/** The exported names of an entry, in the order of the alphabet; types are marked. */
function exportsOf(file: string): string[] {
  const path = join(import.meta.dirname, '..', file);
  const { statements } = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023);
  return statements
    .flatMap((statement) => {
      if (!ts.isExportDeclaration(statement)) throw new Error(`${file} does more than export`);
      const clause = statement.exportClause;
      if (clause === undefined || !ts.isNamedExports(clause)) throw new Error(`${file} exports by a star`);
      return clause.elements.map(
        ({ name }) => `${(name as ts.Identifier).text}${statement.isTypeOnly ? ' (type)' : ''}`,
      );
    })
    .toSorted((a, b) => (a < b ? -1 : 1));
}

test('the entries export what this list says', async () => {
  const list = entries.map(
    ({ name, file }) =>
      `${name}\n${exportsOf(file)
        .map((one) => `  ${one}\n`)
        .join('')}`,
  );
  await expect(list.join('\n')).toMatchFileSnapshot('entries.test.txt');
});

test('a name has one entry: those of units may have another besides', () => {
  const owners = new Map<string, string[]>();
  for (const { name, file } of entries) {
    for (const one of exportsOf(file)) owners.set(one, [...(owners.get(one) ?? []), name]);
  }
  const shared = [...owners].filter(([, names]) => names.length > 1);
  expect(shared.length).toBeGreaterThan(20);
  expect(
    shared.filter(([, [, second, third]]) => second !== '@overbook/core/units' || third !== undefined),
  ).toEqual([]);
});
