// Steps of `npm test` and `npm run test:long`: commands with their times, none of which can hang for ever.
import { spawn } from 'node:child_process';

/**
 * @typedef {{ name: string, command: string, loud?: boolean, env?: Record<string, string> }} Step
 * @typedef {{ name: string, ok: boolean, ms: number }} Result
 */

/** What has not ended by then hangs: all steps together take five minutes on two free cores. */
const LIMIT_MS = 30 * 60_000;
const POSIX = process.platform !== 'win32';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    running.forEach(end);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/**
 * A step shows its output only when it fails, or if it is loud.
 * @param {Step} step
 * @returns {Promise<Result>}
 */
export function runStep({ name, command, loud = false, env = {} }) {
  const sinceMs = Date.now();
  console.log(`> ${name}`);
  const child = spawn(command, {
    shell: true,
    env: { ...process.env, ...env },
    stdio: loud ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the shell started is ended with it.
    detached: POSIX,
  });
  running.add(child);
  const limit = setTimeout(() => {
    console.log(`${name}: not ended within ${LIMIT_MS / 60_000} minutes`);
    end(child);
  }, LIMIT_MS);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (said += text));
  }
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(limit);
      running.delete(child);
      if (status !== 0) process.stdout.write(said);
      resolve({ name, ok: status === 0, ms: Date.now() - sinceMs });
    });
  });
}

/** @param {readonly Result[]} results */
export function tellResults(results) {
  console.log();
  for (const { name, ok, ms } of results) {
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function end({ pid }) {
  if (pid !== undefined) process.kill(POSIX ? -pid : pid, 'SIGKILL');
}
