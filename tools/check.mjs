// `npm test`: every check that a change must pass, each with its time; ends with one line of counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {{ name: string, command: string, loud?: boolean, env?: Record<string, string> }} Step
 * @typedef {{ name: string, ok: boolean, seconds: string }} Result
 */

const scratch = mkdtempSync(join(tmpdir(), 'overbook-check-'));
const testReport = join(scratch, 'vitest.json');

/**
 * Stage after stage; the steps of one stage run side by side. A step shows its output only when it fails, or if it is loud.
 * @type {Step[][]}
 */
const stages = [
  [
    { name: 'build', command: 'node tools/tsc.mjs -b' },
    { name: 'lock file is complete', command: 'node tools/lockcheck.mjs' },
    { name: 'format (oxfmt)', command: 'oxfmt --check' },
  ],
  [
    { name: 'package arrows (eslint, nx)', command: 'npm run --silent lint:arrows' },
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
      command: `vitest run --reporter=default --reporter=json --outputFile.json=${testReport}`,
      loud: true,
    },
  ],
];

const startedMs = Date.now();
/** @type {Result[]} */
const results = [];
for (const steps of stages) results.push(...(await Promise.all(steps.map(run))));
const tests = testCounts();
rmSync(scratch, { recursive: true, force: true });

console.log();
for (const { name, ok, seconds } of results) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s  ${name}`);
}
console.log(`total  ${secondsSince(startedMs).padStart(6)} s`);

const checks = results.slice(0, -1);
const passed = tests.passed + checks.filter(({ ok }) => ok).length;
const failed = tests.failed + checks.filter(({ ok }) => !ok).length;
if (tests.skipped > 0) console.log(`${tests.skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {Step} step
 * @returns {Promise<Result>}
 */
function run({ name, command, loud = false, env = {} }) {
  const sinceMs = Date.now();
  console.log(`> ${name}`);
  const child = spawn(command, {
    shell: true,
    env: { ...process.env, ...env },
    stdio: loud ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (said += text));
  }
  return new Promise((resolve) => {
    child.on('close', (status) => {
      if (status !== 0) process.stdout.write(said);
      resolve({ name, ok: status === 0, seconds: secondsSince(sinceMs) });
    });
  });
}

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

/** @param {number} ms */
function secondsSince(ms) {
  return ((Date.now() - ms) / 1000).toFixed(1);
}
