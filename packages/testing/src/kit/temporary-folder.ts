import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'] as const;

/**
 * Runs `run` with the system's temporary folder pointing into an empty one, and tells what is left there
 * afterwards.
 * Only so can a plugin's leftovers be told from those of other programs.
 */
export function inTemporaryFolder<T>(run: (leftovers: () => readonly string[]) => T): T {
  const env = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'overbook-kit-'));
  const usual = VARIABLES.map((name) => [name, env[name]] as const);
  for (const name of VARIABLES) env[name] = folder;
  try {
    return run(() => readdirSync(folder));
  } finally {
    for (const [name, value] of usual) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
