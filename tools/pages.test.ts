/** Paths, links and commands that the pages name are there: a page that names what is gone misleads its readers. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const PLACES = ['docs', 'packages', 'examples', 'scenarios', 'datasets', 'tools'] as const;

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'templates', 'files'].includes(entry.name) ? [] : pagesBelow(path);
    return entry.name.endsWith('.md') && entry.name !== 'CHANGELOG.md' ? [path] : [];
  });
}

const roots = readdirSync('.').filter((name) => name.endsWith('.md'));
const pages = [...roots, ...PLACES.flatMap(pagesBelow)];

const lines = (page: string): [string, number][] =>
  readFileSync(page, 'utf8')
    .split('\n')
    .map((line, i) => [line, i + 1]);

test.each(pages)('links of %s lead somewhere', (page) => {
  const broken = lines(page).flatMap(([line, number]) =>
    [...line.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !existsSync(normalize(join(dirname(page), link))))
      .map((link) => `${page}:${number}: ${link}`),
  );
  expect(broken).toEqual([]);
});

/** `packages/…` and the like in code: a file, a folder, or a pattern that matches something. */
test.each(pages)('paths in %s are there', (page) => {
  const gone = lines(page).flatMap(([line, number]) =>
    [...line.matchAll(/`([^`]*)`/g)]
      .flatMap((code) => code[1]!.split(/[\s,;:()'"]+/))
      .filter((word) => new RegExp(`^(${PLACES.join('|')})/[\\w@.*/{},-]+$`).test(word))
      .filter((path) => !existsSync(beforePattern(path)) && !madeByReader(path))
      .map((path) => `${page}:${number}: ${path}`),
  );
  expect(gone).toEqual([]);
});

/** `docs/*.md` → `docs`: as far as a path with a pattern can be looked up. */
function beforePattern(path: string): string {
  const at = path.search(/[*{]/);
  return at < 0 ? path : dirname(`${path.slice(0, at)}x`);
}

/** What a recipe makes, and what a build makes. */
function madeByReader(path: string): boolean {
  return path.startsWith('packages/cold-pages') || path.includes('/dist');
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const ofTheRepository = pages.filter((page) => !/^(packages|examples)\//.test(page));

test.each(ofTheRepository)('npm scripts in %s exist', (page) => {
  const unknown = lines(page).flatMap(([line, number]) =>
    [...line.matchAll(/npm run ([\w:-]+)/g)]
      .map((match) => match[1]!)
      .filter((script) => scripts[script] === undefined)
      .map((script) => `${page}:${number}: npm run ${script}`),
  );
  expect(unknown).toEqual([]);
});

/** `npx vitest run -t 'words'` finds a test, `npm run bench -- word` a bench. */
test.each(ofTheRepository)('words that %s filters by match something', (page) => {
  const text = readFileSync(page, 'utf8');
  const tests = [...text.matchAll(/vitest run[^`]* -t '([^']+)'/g)].map((match) => match[1]!);
  const benches = [...text.matchAll(/npm run bench -- (\w[\w-]*)/g)].map((match) => match[1]!);
  const missing = [
    ...tests.filter(
      (words) => !sources('.test.ts').some((path) => readFileSync(path, 'utf8').includes(words)),
    ),
    ...benches.filter((word) => !sources('.bench.ts').some((path) => path.includes(word))),
  ];
  expect(missing).toEqual([]);
});

function sources(end: string): string[] {
  const paths = readdirSync('packages', { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith(end) && !/(^|\/)(node_modules|dist)\//.test(path))
    .map((path) => join('packages', path));
}
