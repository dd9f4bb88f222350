/**
 * Writes the code of packages of many small files as few: Node takes a millisecond for each module that it loads, in each thread.
 * Names stay what they are in `exports`; what several entries share is in chunks beside them. Types come from tsc.
 */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

/** Packages that tsc has built since they were bundled. */
export async function bundleStale() {
  const stale = readdirSync(packages)
    .map((name) => join(packages, name))
    .filter((folder) => isBundled(folder) && isStale(folder));
  // A build that has nothing to do does not load the bundler.
  if (stale.length > 0) await Promise.all(stale.map(bundle));
}

/** @param {string} folder */
function isBundled(folder) {
  const tsconfig = join(folder, 'tsconfig.json');
  return (
    existsSync(tsconfig) && JSON.parse(readFileSync(tsconfig, 'utf8')).compilerOptions?.emitDeclarationOnly
  );
}

/** @param {string} folder */
function isStale(folder) {
  const [built, bundled] = ['.tsbuildinfo', 'index.js'].map((name) => join(folder, 'dist', name));
  if (built === undefined || bundled === undefined || !existsSync(built)) return false;
  return !existsSync(bundled) || statSync(bundled).mtimeMs < statSync(built).mtimeMs;
}

/** @param {string} folder */
async function bundle(folder) {
  const { rolldown } = await import('rolldown');
  const dist = join(folder, 'dist');
  for (const file of filesUnder(dist)) if (/\.js(\.map)?$/.test(file)) rmSync(file);
  const build = await rolldown({
    cwd: folder,
    input: entriesOf(folder),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    tsconfig: false,
  });
  await build.write({
    dir: dist,
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[hash].js',
  });
  await build.close();
}

/**
 * Sources by the names that their code gets: all that `exports` has, the index for scripts that load it by its path, and benches.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const src = join(folder, 'src');
  const sources = Object.values(exports)
    .flatMap((target) => target['@overbook/source'] ?? [])
    .map((source) => join(folder, source));
  const benches = filesUnder(src).filter((path) => path.endsWith('.bench.ts'));
  return Object.fromEntries(
    [join(src, 'index.ts'), ...sources, ...benches].map((path) => [
      relative(src, path).replace(/\.ts$/, ''),
      path,
    ]),
  );
}

/** @param {string} folder */
function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
