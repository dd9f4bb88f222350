import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'] as const;

let current: string | undefined;

/** Bytes in files of the temporary folder that a run has to itself; 0 outside of one. */
export function bytesInTemporaryFolder(): number {
  const folder = current;
  if (folder === undefined) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

/**
 * Runs `run` with the system's temporary folder pointing into an empty one, and tells what is left there
 * afterwards.
 * Only so can a plugin's leftovers be told from those of other programs.
 */
export function inTemporaryFolder<T>(run: (leftovers: () => readonly string[]) => T): T {
  const env = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'overbook-kit-'));
  const usual = VARIABLES.map((name) => [name, env[name]] as const);
  const outer = current;
  current = folder;
  for (const name of VARIABLES) env[name] = folder;
  try {
    return run(() => readdirSync(folder));
  } finally {
    current = outer;
    for (const [name, value] of usual) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
