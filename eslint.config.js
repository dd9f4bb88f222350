// ESLint carries one rule, the arrows between packages; everything else is oxlint's (.oxlintrc.json).
// The rule needs Nx's project graph and says nothing without it: run it through `npm run lint:arrows`.
import nx from '@nx/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

const tests = ['packages/*/src/**/*.{test,fuzz,bench}.ts', 'packages/*/test/**/*.ts'];

/** Who may import whom. core's `units` entry alone (formats, images, traces) is finer than tags: see .oxlintrc.json. */
const arrows = {
  core: [],
  strategy: ['core'],
  // A bound reclaims as a strategy does and chooses better: it builds on the strategy's own code.
  bounds: ['core', 'strategy'],
  formats: ['core'],
  images: ['core', 'formats'],
  traces: ['core', 'formats'],
  sim: ['core', 'traces', 'formats'],
  testing: ['core', 'sim'],
  lab: ['core', 'sim', 'images', 'formats', 'traces'],
  study: ['core', 'sim', 'lab'],
  bullmq: ['core', 'lab', 'study'],
  reproduce: ['core', 'strategy', 'sim', 'traces', 'lab'],
  cli: ['*'],
};

/** The tests of a package may use more: the conformance kit in strategies, and the package's own public face by its name. */
const testArrows = {
  ...arrows,
  strategy: ['core', 'testing'],
  bounds: ['core', 'strategy', 'testing', 'sim', 'traces'],
};

const boundaries = (layers, options = {}) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allow: [],
    ...options,
    depConstraints: Object.entries(layers).map(([layer, allowed]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: allowed.includes('*') ? ['*'] : allowed.map((name) => `layer:${name}`),
    })),
  },
];

export default defineConfig(
  globalIgnores(['**/dist/**', '**/coverage/**', '**/.nx/**', 'tools/**/files/**']),
  {
    files: ['packages/*/src/**/*.ts', 'packages/*/test/**/*.ts'],
    languageOptions: { parser: ts.parser },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': boundaries(arrows) },
  },
  {
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(testArrows, {
        allowCircularSelfDependency: true,
        // Test helpers that several packages need: of a format that they share, and the formatter of pages made from code.
        allow: [
          '../../formats/test/forge.ts',
          '../../../formats/test/forge.ts',
          '../../study/test/tiny.ts',
          '../../../tools/formatted.ts',
          '../../../../tools/formatted.ts',
        ],
      }),
    },
  },
);
