// `npm test`: every check that a change must pass, each with its time; ends with one line of counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runStep, tellResults } from './steps.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'overbook-check-'));
const testReport = join(scratch, 'vitest.json');

/**
 * Stage after stage; the steps of one stage run side by side.
 * @type {import('./steps.mjs').Step[][]}
 */
const stages = [
  [
    { name: 'build', command: 'node tools/tsc.mjs -b' },
    { name: 'lock file is complete', command: 'node tools/lockcheck.mjs' },
    { name: 'format (oxfmt)', command: 'oxfmt --check' },
    { name: 'package arrows (eslint, nx)', command: 'npm run --silent lint:arrows' },
  ],
  [
    {
      name: 'types of tests, lint with types',
      command: 'node tools/tsc.mjs -p tsconfig.test.json && oxlint --type-aware',
    },
  ],
  [
    {
      name: 'tests (vitest)',
      // Across packages, tests meet what has just been built: see vitest.config.ts.
      env: { OVERBOOK_TESTS: 'built' },
      command: `vitest run --reporter=default --reporter=./tools/vitest/still-running.ts --reporter=json --outputFile.json=${testReport}`,
      loud: true,
    },
  ],
];

const startedMs = Date.now();
/** @type {import('./steps.mjs').Result[]} */
const results = [];
for (const steps of stages) results.push(...(await Promise.all(steps.map(runStep))));
const tests = testCounts();
rmSync(scratch, { recursive: true, force: true });

tellResults(results);
console.log(`total  ${((Date.now() - startedMs) / 1000).toFixed(1).padStart(7)} s`);

const checks = results.slice(0, -1);
const passed = tests.passed + checks.filter(({ ok }) => ok).length;
const failed = tests.failed + checks.filter(({ ok }) => !ok).length;
if (tests.skipped > 0) console.log(`${tests.skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A test run that broke before or beside its tests counts as one failure. */
function testCounts() {
  const ok = results.at(-1)?.ok === true;
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(testReport, 'utf8'));
    return { passed: numPassedTests, failed: ok ? 0 : Math.max(numFailedTests, 1), skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
