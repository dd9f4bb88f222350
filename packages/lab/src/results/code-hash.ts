/** What computes results, by its own bytes: two builds of one version may differ. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SHIPPED } from '../plugins/load-plugins.ts';

const COMPUTING = [
  '@overbook/formats',
  '@overbook/images',
  '@overbook/lab',
  '@overbook/sim',
  '@overbook/traces',
];

const require = createRequire(import.meta.url);

let known: string | undefined;

/**
 * SHA-256 over the code of all packages that results come from: of what runs, be it the build or, in tests, the
 * sources. A package that is not there does not count.
 */
export function codeHash(): string {
  if (known !== undefined) return known;
  const runs = fileURLToPath(import.meta.url).includes(`${sep}src${sep}`)
    ? { folder: 'src', isCode: (name: string) => name.endsWith('.ts') && !name.endsWith('.test.ts') }
    : { folder: 'dist', isCode: (name: string) => name.endsWith('.js') };
  const hash = createHash('sha256');
  for (const name of [...SHIPPED, ...COMPUTING].sort()) {
    const folder = folderOf(name);
    if (folder === undefined) continue;
    const code = join(folder, runs.folder);
    const files = readdirSync(code, { recursive: true, encoding: 'utf8' }).filter(runs.isCode);
    for (const file of files.map((path) => path.split(sep).join('/')).sort())
      hash.update(`${name}/${file}\n`).update(readFileSync(join(code, file)));
  }
  known = hash.digest('hex');
  return known;
}

function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
