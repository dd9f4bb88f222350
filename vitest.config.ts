import { defineConfig } from 'vitest/config';

// Tests read sources: no build is needed. With OVERBOOK_TESTS=built (as in `npm test`, which has just built) packages meet
// one another's builds instead, as users do: hot loops are then Node's own modules, several times faster than vitest's.
// `vitest run .fuzz` adds the fuzzers, `vitest run .long.test` the long tests; both are beside the code.
const built = process.env['OVERBOOK_TESTS'] === 'built';
const conditions = built ? [] : ['@overbook/source'];
const asked = (kind: string): boolean => process.argv.some((argument) => argument.includes(kind));

export default defineConfig({
  ...(built ? {} : { resolve: { conditions }, ssr: { resolve: { conditions } } }),
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'tools/**/*.test.ts',
      'examples/**/*.test.ts',
      ...(asked('.fuzz') ? ['packages/*/src/**/*.fuzz.ts', 'packages/*/test/**/*.fuzz.ts'] : []),
    ],
    ...(built ? { server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } } } : {}),
    exclude: [
      '**/node_modules/**',
      '**/dist/**',
      'tools/**/files/**',
      ...(asked('.long.test') ? [] : ['**/*.long.test.ts']),
    ],
    setupFiles: ['tools/vitest/properties.ts'],
    // A worker for each core: the main thread waits most of the time (the default is one fewer).
    maxWorkers: '100%',
    // Modules of ours keep no state between tests, so files of one worker share them: 40 % less CPU time than apart.
    isolate: false,
    // Properties and conformance runs take seconds, and more on a machine that does other work beside them.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
