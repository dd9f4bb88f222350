import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
}

const root = join(import.meta.dirname, '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overbook-ensure-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function packagesOf(file: string): Readonly<Record<string, Locked>> {
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }).packages;
}

test('what runs needs no package of development', () => {
  const locked = packagesOf(join(root, 'package-lock.json'));
  const named = readdirSync(join(root, 'packages')).flatMap((name) => {
    const file = join(root, 'packages', name, 'package.json');
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    // A package has its own copy where the root holds another version.
    return Object.keys(dependencies).map((wanted) => {
      const own = `packages/${name}/node_modules/${wanted}`;
      return own in locked ? own : `node_modules/${wanted}`;
    });
  });
  // What builds: tools/tsc.mjs, tools/bundle.mjs, and the types that tsconfig.base.json names.
  const builds = [
    'typescript7',
    `@typescript/typescript-${process.platform}-${process.arch}`,
    'rolldown',
    '@types/node',
  ].map((name) => `node_modules/${name}`);
  const dev = [...named, ...builds].filter((path) => locked[path]?.dev !== undefined);
  expect(dev).toEqual([]);
});

test('with --to-run a tree without packages of development is complete', () => {
  const packages = {
    'node_modules/runs': { version: '1.0.0' },
    'node_modules/checks': { version: '1.0.0', dev: true },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(join(folder, 'node_modules'));
  const installed = JSON.stringify({ packages: { 'node_modules/runs': { version: '1.0.0' } } });
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), installed);
  const said = execFileSync(process.execPath, [join(root, 'tools', 'ensure.mjs'), '--to-run'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(said).toBe('');
});
