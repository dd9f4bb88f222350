// `npm run bench [-- WORD ...]`: runs the built *.bench.ts whose path contains a word (all without words), one process each.
// Benches are plain scripts over the build: a test runner's module wrapper would cost more than what they measure.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

const words = process.argv.slice(2);
const benches = readdirSync('packages')
  .flatMap((name) => filesUnder(join('packages', name, 'dist')))
  .filter((path) => path.endsWith('.bench.js') && words.every((word) => path.includes(word)))
  .filter((path) => existsSync(path.replace('dist', 'src').replace(/\.js$/, '.ts')))
  .sort();

if (benches.length === 0) {
  console.error(`no bench matches ${words.join(' ') || '(any)'}; benches are packages/*/src/**/*.bench.ts`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model}`,
);
let failed = 0;
for (const path of benches) {
  console.log(`\n# ${path.replace('dist', 'src').replace(/\.js$/, '.ts')}`);
  failed += spawnSync(process.execPath, ['--expose-gc', path], { stdio: 'inherit' }).status === 0 ? 0 : 1;
}
process.exitCode = failed === 0 ? 0 : 1;

/** @param {string} folder */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
