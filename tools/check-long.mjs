// `npm run test:long`: what takes longer than a change can wait for. Long tests, every fuzzer, a soak of 20 million accesses.
import { spawnSync } from 'node:child_process';

const steps = [
  { name: 'build', command: 'node tools/tsc.mjs -b' },
  { name: 'long tests', command: 'vitest run --passWithNoTests .long.test', built: true },
  { name: 'fuzzers', command: 'vitest run .fuzz', built: true },
  { name: 'soak', command: 'node tools/soak.mjs 20000000' },
];

const results = steps.map(({ name, command, built }) => {
  console.log(`> ${name}`);
  const sinceMs = Date.now();
  // Across packages, tests meet what has just been built: see vitest.config.ts.
  const env = { ...process.env, ...(built ? { OVERBOOK_TESTS: 'built' } : {}) };
  const { status } = spawnSync(command, { shell: true, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return { name, ok: status === 0, seconds: ((Date.now() - sinceMs) / 1000).toFixed(1) };
});

console.log();
for (const { name, ok, seconds } of results) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(7)} s  ${name}`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
