// A throw-away copy of this workspace, to generate, plant or publish in: sources copied, dependencies linked.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const root = realpathSync(join(import.meta.dirname, '..'));
const leftBehind = new Set(
  '.git .nx .readme-examples node_modules dist coverage datasets tarballs'.split(' '),
);

/**
 * Copies the files that `keep` wants (paths relative to the root). What is built or installed never comes along;
 * datasets are linked.
 * @param {(path: string) => boolean} keep
 */
export function copyWorkspace(keep) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'overbook-copy-')));
  for (const name of readdirSync(root).filter((entry) => !leftBehind.has(entry))) {
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (from) => {
        const path = relative(root, from).replaceAll('\\', '/');
        if (path.split('/').some((part) => leftBehind.has(part))) return false;
        return statSync(from).isDirectory() || keep(path);
      },
    });
  }
  if (existsSync(join(root, 'datasets'))) symlinkSync(join(root, 'datasets'), join(folder, 'datasets'));
  linkDependencies(folder);
  return {
    folder,
    run: commandRunner(folder),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs commands of node_modules/.bin, or of PATH, in a copy; Nx's cache is skipped.
 * @param {string} folder
 */
export function commandRunner(folder) {
  return (/** @type {string} */ command, /** @type {string[]} */ ...words) => {
    const { status, stdout, stderr } = spawnSync(command, words, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: environmentFor(folder),
    });
    return { status, output: stripVTControlCharacters(`${stdout}${stderr}`) };
  };
}

/**
 * Our packages link to the copy, everything else to what is installed here.
 * @param {string} folder
 */
export function linkDependencies(folder) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@overbook'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@overbook' && name !== '.package-lock.json') {
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
  }
  for (const name of readdirSync(join(folder, 'packages'))) {
    symlinkSync(join(folder, 'packages', name), join(modules, '@overbook', name));
    const own = join('packages', name, 'node_modules'); // what npm could not hoist
    if (existsSync(join(root, own))) symlinkSync(join(root, own), join(folder, own));
  }
  symlinkSync(join(folder, 'tools'), join(modules, '@overbook/tools'));
}

/**
 * What Nx, npm and vitest tell their children about the run they are in would mislead a run in the copy.
 * @param {string} folder
 */
function environmentFor(folder) {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(NX_|VITEST|OVERBOOK_|NODE_ENV$|npm_)/.test(name),
  );
  const PATH = [join(folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return { ...Object.fromEntries(entries), PATH, NX_SKIP_NX_CACHE: 'true' };
}
