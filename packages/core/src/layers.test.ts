/** Core's folders are layers: each imports from those below it alone, by type as by value (ARCHITECTURE.md). */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** From the ground up. A folder may import from any folder on a line above its own in this list. */
const LAYERS: readonly (readonly string[])[] = [
  ['units'],
  ['ports'],
  ['contract'],
  ['frames', 'pmap'],
  ['store'],
  ['memory'],
  ['translate', 'pressure', 'policy', 'vm'],
  ['reclaim', 'admission'],
  ['counters'],
  ['sampling', 'settings'],
  ['host'],
  ['composition'],
];

const source = dirname(fileURLToPath(import.meta.url));

/** Paths below `src`, without tests, fuzzers and benches. */
function sources(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.(test|fuzz|bench)\.ts$/.test(path),
  );
}

/** Arrows from folder to folder, with the import that makes each. */
function arrows(): { from: string; to: string; by: string }[] {
  return sources().flatMap((file) => {
    const path = join(source, file);
    return ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles.flatMap(({ fileName }) => {
      if (!fileName.startsWith('.')) return [];
      const target = relative(source, resolve(dirname(path), fileName));
      const [from, to] = [dirname(file), dirname(target)];
      return from === to || from === '.' ? [] : [{ from, to, by: `${file} imports ${target}` }];
    });
  });
}

test('every folder has a layer', () => {
  const folders = new Set(sources().map((file) => dirname(file)));
  folders.delete('.');
  expect(folders).toEqual(new Set(LAYERS.flat()));
});

test('no folder imports from its own layer or from one above', () => {
  const height = new Map(LAYERS.flatMap((folders, floor) => folders.map((name) => [name, floor] as const)));
  const found = arrows();
  expect(found.length).toBeGreaterThan(100);
  const upward = found.filter(({ from, to }) => !(height.get(to)! < height.get(from)!));
  expect(upward.map(({ by }) => by)).toEqual([]);
});
