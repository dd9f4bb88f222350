import { defineConfig } from 'vitest/config';

// Tests read sources: no build is needed. `vitest run .fuzz` adds the fuzzers, which stand beside the code.
const conditions = ['@overbook/source'];
const fuzzing = process.argv.some((argument) => argument.includes('.fuzz'));

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'tools/**/*.test.ts',
      'examples/**/*.test.ts',
      ...(fuzzing ? ['packages/*/src/**/*.fuzz.ts', 'packages/*/test/**/*.fuzz.ts'] : []),
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'tools/**/files/**'],
    // Modules of ours keep no state between tests, so files of one worker share them: 40 % less CPU time than apart.
    isolate: false,
    // Properties and conformance runs take seconds, and more on a machine that does other work beside them.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
