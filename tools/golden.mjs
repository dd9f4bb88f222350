// `npm run golden [-- --update] [WORD ...]`: runs the tests that hold exact counts; --update rewrites the counts.
// A changed golden needs a changeset that says why.
import { spawnSync } from 'node:child_process';

const words = process.argv.slice(2).filter((word) => word !== '--update');
const update = process.argv.includes('--update');
const { status } = spawnSync('vitest', ['run', 'golden', ...words], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, ...(update ? { OVB_UPDATE_GOLDENS: '1' } : {}) },
});
if (update && status === 0) spawnSync('git', ['status', '--short', '--', '*golden*'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
