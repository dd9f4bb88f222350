// `npm run test:long`: what takes longer than a change can wait for. Long tests, every fuzzer, a soak of 20 million accesses.
import { runStep, tellResults } from './steps.mjs';

// Across packages, tests meet what has just been built: see vitest.config.ts.
const env = { OVERBOOK_TESTS: 'built' };
const vitest = 'vitest run --reporter=default --reporter=./tools/vitest/still-running.ts';

const results = [];
for (const step of [
  { name: 'build', command: 'node tools/tsc.mjs -b' },
  { name: 'long tests', command: `${vitest} --passWithNoTests .long.test`, env },
  { name: 'fuzzers', command: `${vitest} .fuzz`, env },
  { name: 'soak', command: 'node tools/soak.mjs 20000000' },
]) {
  results.push(await runStep({ ...step, loud: true }));
}
tellResults(results);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
