#!/usr/bin/env node
// Loads the build. Committed, so that npm links the command in a fresh clone before anything is built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  const { main: run } = await import(main.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write(
    'error OVB_NOT_BUILT  overbook is not built yet\n  mend: run `npm start` once in the repository\n',
  );
  process.exitCode = 2;
}
