/** The rooms of this package: each imports from those below it alone, by type as by value. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/**
 * From the ground up: libraries, readers (a file to pages), scan (pages to a numbered memory set, in threads), figures
 * (a memory set to numbers), digest (an image to a digest file). The kit proves readers.
 */
const ROOMS: readonly (readonly string[])[] = [
  ['.'],
  ['readers'],
  ['reader-kit', 'scan'],
  ['figures', 'digest'],
];

const source = import.meta.dirname;

function sources(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/(\.(test|fuzz|bench)\.ts|^index\.ts)$/.test(path),
  );
}

test('every folder is a room', () => {
  expect(new Set(sources().map((file) => dirname(file)))).toEqual(new Set(ROOMS.flat()));
});

test('no room imports from its own floor or from one above', () => {
  const floor = new Map(ROOMS.flatMap((rooms, i) => rooms.map((name) => [name, i] as const)));
  const upward = sources().flatMap((file) => {
    const path = join(source, file);
    return ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles.flatMap(({ fileName }) => {
      const target = relative(source, resolve(dirname(path), fileName));
      const [from, to] = [dirname(file), dirname(target)];
      const fine = !fileName.startsWith('.') || from === to || floor.get(to)! < floor.get(from)!;
      return fine ? [] : [`${file} imports ${target}`];
    });
  });
  expect(upward).toEqual([]);
});
