/** `overbook new strategy`: a package of its own, outside this repository, green from the start. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { OverbookError } from '@overbook/core';
import { PluginCatalogue, checkOutFolder } from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT } from '../process/io.ts';

export interface NewStrategyOptions {
  readonly from?: string;
  readonly into?: string;
}

const TEMPLATES = new URL('../../templates/strategy', import.meta.url).pathname;
const MANIFEST = new URL('../../package.json', import.meta.url);
const SUFFIX = '__tmpl__';

/** What the package is built and tested with: as this repository itself. */
export const TOOLCHAIN: Readonly<Record<string, string>> = {
  '@types/node': '20.19.43',
  typescript: '6.0.3',
  vitest: '4.1.12',
};

/** Packages that its test needs, all of them named so that tarballs are found before a registry is asked. */
const OWN = ['core', 'hostswap', 'images', 'sim', 'testing', 'traces'] as const;

/** Writes the package into a new folder. @throws OVB_NAME_INVALID, OVB_ID_TAKEN, OVB_FOLDER_TAKEN, OVB_TARBALLS */
export async function newStrategy(io: Io, name: string, options: NewStrategyOptions): Promise<number> {
  await checkName(name);
  const folder = resolve(options.into ?? name);
  if (existsSync(folder))
    throw new OverbookError(
      'OVB_FOLDER_TAKEN',
      folder,
      'exists already',
      'Choose another name, or another folder with --into.',
    );
  const versions = versionsFrom(options.from, folder);
  checkOutFolder(folder);
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
  try {
    for (const [path, text] of Object.entries(filesOf(name, versions))) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), text);
    }
    chmodSync(temporary, 0o755);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  const where = relative(process.cwd(), folder) || '.';
  io.out(`made ${where}: a working strategy that drops pages of zeros, its README and its tests\n`);
  io.out(`next:  cd ${where} && npm install && npm test\nthen:  change src/${name}.ts\n`);
  return EXIT.fine;
}

async function checkName(name: string): Promise<void> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new OverbookError(
      'OVB_NAME_INVALID',
      name,
      'is no name for a strategy',
      'Use lowercase letters, digits and single `-`, as in `cold-pages`.',
    );
  }
  const { all } = await PluginCatalogue.load([]);
  if (all.some(({ plugin }) => plugin.id === name))
    throw new OverbookError(
      'OVB_ID_TAKEN',
      name,
      'is the id of a shipped plugin',
      'Choose another name; ids are unique.',
    );
}

/** Version or tarball by package. */
function versionsFrom(from: string | undefined, folder: string): Readonly<Record<string, string>> {
  if (from === undefined) {
    const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
    return Object.fromEntries(OWN.map((name) => [`@overbook/${name}`, `^${version}`]));
  }
  const names = existsSync(from) ? readdirSync(from) : [];
  return Object.fromEntries(
    OWN.map((name) => {
      const tarball = names
        .filter((file) => new RegExp(`^overbook-${name}-\\d.*\\.tgz$`).test(file))
        .sort()
        .at(-1);
      if (tarball !== undefined)
        return [`@overbook/${name}`, `file:${relative(folder, resolve(from, tarball))}`];
      const mend = 'Make them with `npm run pack:all` in a clone of overbook, and give that folder.';
      throw new OverbookError('OVB_TARBALLS', from, `holds no tarball of @overbook/${name}`, mend);
    }),
  );
}

function filesOf(name: string, versions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const words: Readonly<Record<string, string>> = {
    name,
    propertyName: camel,
    className: camel[0]!.toUpperCase() + camel.slice(1),
  };
  const filled = (text: string): string =>
    text
      .replaceAll(/<%= (\w+) %>/g, (_, word: string) => words[word]!)
      .replaceAll(`@overbook/${name}`, `overbook-${name}`);
  const files: Record<string, string> = {};
  for (const entry of readdirSync(TEMPLATES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = relative(TEMPLATES, join(entry.parentPath, entry.name));
    files[path.replace(SUFFIX, '').replaceAll('__name__', name)] = filled(
      readFileSync(join(entry.parentPath, entry.name), 'utf8'),
    );
  }
  return {
    ...files,
    'package.json': json(manifestOf(name, versions)),
    'tsconfig.json': json(TSCONFIG),
    'tsconfig.build.json': json(TSCONFIG_BUILD),
    '.gitignore': 'node_modules/\ndist/\n',
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function manifestOf(name: string, versions: Readonly<Record<string, string>>) {
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
  return {
    name: `overbook-${name}`,
    version: '0.1.0',
    description: 'An Overbook strategy: gives back pages that hold only zeros.',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist'],
    scripts: {
      build: 'tsc -p tsconfig.build.json',
      prepack: 'npm run build',
      test: 'tsc -p tsconfig.json && vitest run --testTimeout 60000',
    },
    peerDependencies: { '@overbook/core': `>=${version} <1.0.0`, rxjs: '^7.8.2', zod: '^4.6.7' },
    devDependencies: { ...versions, ...TOOLCHAIN, rxjs: '^7.8.2', zod: '^4.6.7' },
  };
}

const COMPILER = {
  target: 'es2023',
  lib: ['es2023'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: true,
};
const TSCONFIG = { compilerOptions: { ...COMPILER, noEmit: true }, include: ['src', 'test'] };
const TSCONFIG_BUILD = {
  extends: './tsconfig.json',
  compilerOptions: { noEmit: false, declaration: true, rootDir: 'src', outDir: 'dist' },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
};
