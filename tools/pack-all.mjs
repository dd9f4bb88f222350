// `npm run pack:all [-- FOLDER]`: packs every public package into FOLDER (tarballs/), as a stranger would receive it,
// then asks publint and attw about each tarball, and looks for what must not be inside.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? 'tarballs');
const unwanted = /\.tsbuildinfo$|^(dist|src)\/.*\.(test|fuzz|bench)\./;
const expected = ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts'];

const workspaces = readdirSync('packages')
  .map((name) => `packages/${name}`)
  .filter((path) => existsSync(`${path}/package.json`))
  .filter((path) => JSON.parse(readFileSync(`${path}/package.json`, 'utf8')).private !== true);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const packed = JSON.parse(
  execFileSync(
    'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--pack-destination',
      folder,
      ...workspaces.flatMap((path) => ['-w', path]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 },
  ),
);

let complaints = 0;
for (const { filename, name, version, size, files } of packed) {
  const paths = files.map((/** @type {{ path: string }} */ file) => file.path);
  const said = [
    ...paths
      .filter((/** @type {string} */ path) => unwanted.test(path))
      .map((/** @type {string} */ path) => `holds ${path}`),
    ...expected.filter((path) => !paths.includes(path)).map((path) => `lacks ${path}`),
    ...complaintsOf('publint', 'run', resolve(folder, filename), '--strict', '--level', 'warning'),
    ...complaintsOf(
      'attw',
      resolve(folder, filename),
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-emoji',
    ),
  ];
  const summary = `${(size / 1024).toFixed(0).padStart(6)} KiB ${String(files.length).padStart(4)} files  ${name} ${version}`;
  console.log(`${said.length === 0 ? 'ok    ' : 'FAILED'} ${summary}`);
  for (const line of said) console.log(`       ${line}`);
  complaints += said.length;
}
console.log(`${packed.length} packages in ${folder}`);
process.exitCode = complaints === 0 ? 0 : 1;

/**
 * The output of a checker that found something, by line.
 * @param {string} command
 * @param {string[]} words
 * @returns {string[]}
 */
function complaintsOf(command, ...words) {
  const { status, stdout, stderr } = spawnSync(command, words, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0
    ? []
    : [`${command}:`, ...`${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '')];
}
