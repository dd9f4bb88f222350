// `npm run release:dry`: rehearses a release of what is committed, in a throw-away clone: versions and changelogs from the
// changesets, lock file, build, and `npm publish --dry-run` of every public package. Changes and publishes nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandRunner, linkDependencies } from './workspace-copy.mjs';

const folder = mkdtempSync(join(tmpdir(), 'overbook-release-'));
const run = commandRunner(folder);
let failures = 0;

execFileSync('git', ['clone', '--quiet', '--no-local', '.', folder], { stdio: 'inherit' });
linkDependencies(folder);
const before = versions();
step('versions and changelogs', 'changeset', 'version');
step('lock file', 'npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund');
step('lock file is complete', 'node', 'tools/lockcheck.mjs');
step('build', 'node', 'tools/tsc.mjs', '-b');
for (const [name, version] of versions()) {
  step(
    `${name} ${before.get(name)} -> ${version}`,
    'npm',
    'publish',
    '--dry-run',
    '--access',
    'public',
    '-w',
    name,
  );
}
rmSync(folder, { recursive: true, force: true });
console.log(failures === 0 ? 'nothing was published' : `${failures} steps failed; nothing was published`);
process.exitCode = failures === 0 ? 0 : 1;

/**
 * @param {string} title
 * @param {string} command
 * @param {string[]} words
 */
function step(title, command, ...words) {
  const { status, output } = run(command, ...words);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${title}`);
  if (status !== 0) console.log(output);
  failures += status === 0 ? 0 : 1;
}

/** Public packages in order of their names, with their versions. */
function versions() {
  const manifests = readdirSync(join(folder, 'packages'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8')));
  return new Map(
    manifests.filter((manifest) => manifest.private !== true).map(({ name, version }) => [name, version]),
  );
}
