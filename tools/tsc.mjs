// `node tools/tsc.mjs …`: TypeScript's compiler, the native one where npm has it for this machine: it takes a fifth of the time. The
// one in JavaScript stays, as the API of the linter and of tidy.ts, and as the compiler where there is no native one.
import { existsSync } from 'node:fs';

/** @param {string} path */
const installed = (path) => new URL(`../node_modules/${path}`, import.meta.url);

const native = installed(`@typescript/typescript-${process.platform}-${process.arch}/package.json`);
await import(installed(existsSync(native) ? 'typescript7/lib/tsc.js' : 'typescript/lib/tsc.js').href);
