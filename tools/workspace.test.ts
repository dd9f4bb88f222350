/** What is said twice about packages (manifest, TypeScript references, layers) says the same. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

interface TsConfig {
  readonly references?: readonly { readonly path: string }[];
}

const names = readdirSync('packages').sort();
const layers = new Set(
  readFileSync('eslint.config.js', 'utf8')
    .match(/^ {2}\w+(?=: \[)/gm)
    ?.map((line) => line.trim()),
);
function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
function manifest(name: string): Manifest {
  return read(`packages/${name}/package.json`);
}

test('the root builds every package', () => {
  const { references = [] } = read<TsConfig>('tsconfig.json');
  expect(references.map(({ path }) => path).sort()).toEqual(names.map((name) => `packages/${name}`));
});

describe.each(names)('%s', (name) => {
  const its = manifest(name);

  test('is named after its folder, and is ESM without side effects under our licence', () => {
    expect(its).toMatchObject({
      name: `@overbook/${name}`,
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
    });
    expect(its.description).toBeTruthy();
    expect(existsSync(`packages/${name}/README.md`) && existsSync(`packages/${name}/LICENSE`)).toBe(true);
  });

  test('has a layer that lint knows', () => {
    const tags = its.nx?.tags ?? [];
    expect(tags).toHaveLength(1);
    expect(layers).toContain(tags[0]?.replace('layer:', ''));
  });

  test('references, for TypeScript, exactly the packages it depends on', () => {
    const { references = [] } = read<TsConfig>(`packages/${name}/tsconfig.json`);
    const needed = Object.keys({ ...its.dependencies, ...its.peerDependencies }).filter((dependency) =>
      dependency.startsWith('@overbook/'),
    );
    expect(references.map(({ path }) => path).sort()).toEqual(
      needed.map((dependency) => dependency.replace('@overbook', '..')).sort(),
    );
  });

  test('each entry has a source, which is what tests and types read', () => {
    for (const [entry, target] of Object.entries(its.exports)) {
      if (entry === './package.json') continue;
      const {
        '@overbook/source': source = '',
        types,
        default: built,
      } = target as Readonly<Record<string, string>>;
      expect(Object.keys(target)[0]).toBe('@overbook/source');
      expect(existsSync(`packages/${name}/${source}`), source).toBe(true);
      expect(types).toBe(source.replace('/src/', '/dist/').replace(/\.ts$/, '.d.ts'));
      expect(built).toBe(source.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
    }
  });

  test('pins what it takes from others, and takes the pins that the rest take', () => {
    for (const [dependency, version] of Object.entries({ ...its.dependencies, ...its.devDependencies })) {
      if (dependency.startsWith('@overbook/')) continue;
      expect(version, dependency).toMatch(/^\d+\.\d+\.\d+$/);
      const others = names.map((other) => manifest(other).dependencies?.[dependency] ?? version);
      expect(new Set(others), dependency).toEqual(new Set([version]));
    }
  });
});
