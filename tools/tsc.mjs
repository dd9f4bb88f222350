// `node tools/tsc.mjs …`: TypeScript's compiler, the native one where npm has it for this machine: it takes a fifth of the time. The
// one in JavaScript stays, as the API of the linter and of tidy.ts, and as the compiler where there is no native one.
// With `-b`, packages whose tsconfig.json emits declarations only get their code from tools/bundle.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { bundleStale } from './bundle.mjs';

/** @param {string} path */
const installed = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

const native = installed(`@typescript/typescript-${process.platform}-${process.arch}/package.json`);
const compiler = installed(existsSync(native) ? 'typescript7/lib/tsc.js' : 'typescript/lib/tsc.js');
const words = process.argv.slice(2);
const { status } = spawnSync(process.execPath, [compiler, ...words], { stdio: 'inherit' });
if (status === 0 && words[0] === '-b') await bundleStale();
process.exitCode = status ?? 1;
