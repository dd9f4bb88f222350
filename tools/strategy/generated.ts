/** What the generator makes, in a copy of this workspace. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { copyWorkspace } from '../workspace-copy.mjs';

/** A workspace that has a strategy 'cold-pages', and what the generator said. @returns a copy, to be disposed */
export function generated() {
  const copy = copyWorkspace(
    (path) => !/^packages\/[^/]+\/(test\/|src\/.*\.(test|fuzz|bench)\.ts$)/.test(path),
  );
  const said = copy.run(
    'nx',
    'generate',
    '@overbook/tools:strategy',
    'cold-pages',
    '--no-install',
    '--no-interactive',
  );
  symlinkSync(
    join(copy.folder, 'packages/cold-pages'),
    join(copy.folder, 'node_modules/@overbook/cold-pages'),
  );
  return { ...copy, said };
}
