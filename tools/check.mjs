// `npm test`: every check that a change must pass, in order, each with its time; ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'overbook-check-'));
const testReport = join(scratch, 'vitest.json');

/** Quiet steps show their output only when they fail. */
const steps = [
  { name: 'lock file is complete', command: 'node tools/lockcheck.mjs', quiet: true },
  {
    name: 'build, package arrows (nx)',
    command: 'nx run-many -t build lint --output-style=static',
    quiet: true,
  },
  { name: 'lint with types (oxlint)', command: 'oxlint --type-aware', quiet: true },
  { name: 'format (prettier)', command: 'prettier --check .', quiet: true },
  { name: 'types of tests, tools, examples', command: 'tsc -p tsconfig.test.json', quiet: true },
  {
    name: 'tests (vitest)',
    // Across packages, tests meet what has just been built: see vitest.config.ts.
    env: { OVERBOOK_TESTS: 'built' },
    command: `vitest run --reporter=default --reporter=json --outputFile.json=${testReport}`,
    quiet: false,
  },
];

const startedMs = Date.now();
const results = steps.map(run);
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

/** @param {{ name: string, command: string, quiet: boolean, env?: Record<string, string> }} step */
function run({ name, command, quiet, env = {} }) {
  const sinceMs = Date.now();
  console.log(`> ${name}`);
  const { status, stdout, stderr } = spawnSync(command, {
    shell: true,
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (quiet && status !== 0) process.stdout.write(`${stdout}${stderr}`);
  return { name, ok: status === 0, seconds: secondsSince(sinceMs) };
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
