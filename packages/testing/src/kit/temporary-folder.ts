import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { namelessFiles } from './nameless-files.ts';

const VARIABLES = ['TMPDIR', 'TEMP', 'TMP'] as const;

interface RunFolder {
  readonly path: string;
  /** Files without a name that were open before the run, by inode. */
  readonly before: ReadonlyMap<number, number>;
}

let current: RunFolder | undefined;

/**
 * Bytes in files of the temporary folder that a run has to itself, and in open files that lost their name there; 0
 * outside of one.
 */
export function bytesInTemporaryFolder(): number {
  if (current === undefined) return 0;
  const { path } = current;
  const named = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(path, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
  return named + newNameless(current).reduce((sum, size) => sum + size, 0);
}

/** Sizes of the files without a name that the run opened. */
function newNameless({ before }: RunFolder): readonly number[] {
  return [...namelessFiles()].flatMap(([inode, size]) => (before.has(inode) ? [] : [size]));
}

function leftIn(folder: RunFolder): readonly string[] {
  const nameless = newNameless(folder).map((size) => `an open file of ${size} bytes without a name`);
  return [...readdirSync(folder.path), ...nameless];
}

/**
 * Runs `run` with the system's temporary folder pointing into an empty one, and tells what is left there
 * afterwards.
 * Only so can a plugin's leftovers be told from those of other programs.
 */
export function inTemporaryFolder<T>(run: (leftovers: () => readonly string[]) => T): T {
  const env = process.env;
  const path = mkdtempSync(join(tmpdir(), 'overbook-kit-'));
  const folder: RunFolder = { path, before: namelessFiles() };
  const usual = VARIABLES.map((name) => [name, env[name]] as const);
  const outer = current;
  current = folder;
  for (const name of VARIABLES) env[name] = path;
  try {
    return run(() => leftIn(folder));
  } finally {
    current = outer;
    for (const [name, value] of usual) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    rmSync(path, { recursive: true, force: true });
  }
}
