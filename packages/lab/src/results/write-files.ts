/** Writes files so that no reader ever meets half of one. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { OverbookError } from '@overbook/core/units';

/**
 * Writes all files of a folder: each to a temporary name beside its own first, and only when all are on disk are they
 * renamed. @throws OVB_OUT_UNWRITABLE, with nothing left behind
 */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const names = Object.keys(files);
  const temporary = (name: string): string => join(folder, `.${name}.partial`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(temporary(name), files[name]!);
    for (const name of names) renameSync(temporary(name), join(folder, name));
  } catch (cause) {
    for (const name of names) discard(temporary(name));
    const why = (cause as { code?: string }).code ?? String(cause);
    throw new OverbookError(
      'OVB_OUT_UNWRITABLE',
      folder,
      `cannot be written (${why})`,
      'Give a folder that can be written to, or free some space.',
      cause,
    );
  }
}

/** Lets `write` make one file under a temporary name, then renames it. @throws what `write` throws */
export function writeWhole(path: string, write: (temporary: string) => void): void {
  const temporary = `${path}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    write(temporary);
    renameSync(temporary, path);
  } catch (cause) {
    discard(temporary);
    if (cause instanceof OverbookError || !(cause instanceof Error) || !('syscall' in cause)) throw cause;
    const why = (cause as { code?: string }).code ?? cause.message;
    throw new OverbookError(
      'OVB_OUT_UNWRITABLE',
      path,
      `cannot be written (${why})`,
      'Give a path that can be written to, or free some space.',
      cause,
    );
  }
}

/** Removes what may be there; the error that led here is the one to tell. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is no folder: then nothing of ours is in it.
  }
}
