/** Versions of the packages that a result depends on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { ModuleRequest } from '../plugins/load-plugins.ts';
import { SHIPPED } from '../plugins/load-plugins.ts';

const OWN = [
  '@overbook/formats',
  '@overbook/images',
  '@overbook/lab',
  '@overbook/sim',
  '@overbook/traces',
  'rxjs',
  'zod',
] as const;

const require = createRequire(import.meta.url);

/** Version by package, sorted by name; packages that cannot be found are left out. */
export function packageVersions(modules: readonly ModuleRequest[]): Readonly<Record<string, string>> {
  const versions: Record<string, string> = {};
  const named = [...SHIPPED, ...OWN].map((name) => ({ name, from: require }));
  const given = modules.map(({ specifier, folder }) => ({
    name: packageOf(specifier),
    from: createRequire(join(folder, 'scenario.yaml')),
  }));
  for (const { name, from } of [...named, ...given].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const version = versionOf(name, from);
    if (version !== undefined) versions[name] = version;
  }
  return versions;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function versionOf(name: string, from: NodeJS.Require): string | undefined {
  try {
    return (JSON.parse(readFileSync(from.resolve(`${name}/package.json`), 'utf8')) as { version?: string })
      .version;
  } catch {
    return undefined;
  }
}
