// Installs what package-lock.json asks for when node_modules lacks it. Plain Node: it runs before anything is installed.
// With `--to-run` only what `npm start` needs: without linters, test runner and Nx.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const NODE_MIN = { major: 20, minor: 19 };
const toRun = process.argv.includes('--to-run');

/** Returns the first way in which the installed tree differs from the lock, or undefined. */
function difference() {
  if (!want) return 'package-lock.json is missing';
  if (!have) return 'nothing is installed yet';
  for (const [path, wanted] of Object.entries(want)) {
    if (!path.startsWith('node_modules/') || (toRun && wanted.dev)) continue;
    const installed = have[path];
    if (!installed) {
      // Binaries for other platforms are optional, and absent by design.
      if (!wanted.optional && !wanted.peer && !wanted.devOptional) return `${path} is missing`;
    } else if (wanted.link ? !existsSync(path) : installed.version !== wanted.version) {
      return `${path} differs`;
    }
  }
  return undefined;
}

/** @param {string} file */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE_MIN.major || (major === NODE_MIN.major && minor < NODE_MIN.minor)) {
  console.error(
    `Overbook needs Node ${NODE_MIN.major}.${NODE_MIN.minor} or newer; this is ${process.versions.node}.`,
  );
  console.error('mend: install a newer Node (https://nodejs.org), then run the same command again.');
  process.exit(1);
}

const want = lockedPackages('package-lock.json');
const have = lockedPackages('node_modules/.package-lock.json');
const reason = difference();
if (reason !== undefined) {
  console.error(`Installing dependencies (${reason}) ...`);
  const command = existsSync('package-lock.json') ? 'ci' : 'install';
  // Whoever has the development tools keeps them.
  const omitDev = toRun && !Object.values(have ?? {}).some(({ dev }) => dev);
  const words = [command, '--no-audit', '--no-fund', '--loglevel=error', ...(omitDev ? ['--omit=dev'] : [])];
  const { status } = spawnSync('npm', words, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(
      `npm ${command} failed. mend: check the network and the registry, then run \`npm ${command}\`.`,
    );
    process.exit(1);
  }
}
