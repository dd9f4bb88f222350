#!/usr/bin/env node
// Loads the build. Committed, so that npm links the command in a fresh clone before anything is built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  try {
    const { main: run } = await import(main.href);
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    // Modules are files: with too few of them allowed, not even the code that tells errors can be loaded.
    if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
    process.stderr.write(
      'error OVB_FILES_LIMIT  too many files are open to load the command\n' +
        '  mend: raise the limit, e.g. with `ulimit -n 1024`\n',
    );
    process.exitCode = 2;
  }
} else {
  process.stderr.write(
    'error OVB_NOT_BUILT  overbook is not built yet\n  mend: run `npm start` once in the repository\n',
  );
  process.exitCode = 2;
}
