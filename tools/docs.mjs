// `npm run docs`: writes anew every page, table and schema that is made from code, where tests otherwise hold them.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('vitest', ['run', 'docs.test', '-u'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status === 0) spawnSync('git', ['status', '--short', '--', '*.md', '*.json'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
