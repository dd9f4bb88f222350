/**
 * Writes files so that no reader ever meets half of one: whole beside its place first, in a folder of our own that
 * no other user may read, then renamed. Anything but a regular file is written in place.
 */
import {
  chmodSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { OutTarget } from './out-target.ts';
import { attempt, behindLinks, makeFolders, outTarget } from './out-target.ts';

export { checkOutFile, checkOutFolder, isStandardOutput, outTarget } from './out-target.ts';

export interface WriteOptions {
  /** For its owner alone (0600): made with a secret. */
  readonly secret?: boolean;
}

/** A file that is whole under a name of our own, and where it goes. */
interface Prepared {
  readonly target: OutTarget;
  readonly whole: string;
}

/**
 * Writes all files of a folder. Only when all are on disk does the first get its name.
 * @throws OVB_OUT_UNWRITABLE, with nothing left behind
 */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: WriteOptions = {},
): void {
  attempt(folder, () => makeFolders(behindLinks(folder)));
  const writers = Object.entries(files).map(
    ([name, content]) => [join(folder, name), (path: string) => writeFileSync(path, content)] as const,
  );
  writeAll(folder, writers, options);
}

/** Lets `write` make one file under a name of our own, then puts it in its place. @throws what `write` throws */
export function writeWhole(
  path: string,
  write: (temporary: string) => void,
  options: WriteOptions = {},
): void {
  writeAll(path, [[path, write]], options);
}

function writeAll(
  at: string,
  writers: readonly (readonly [path: string, write: (temporary: string) => void])[],
  options: WriteOptions,
): void {
  const targets = writers.map(([path]) => outTarget(path));
  const folders: string[] = [];
  try {
    attempt(at, () => {
      const prepared = writers.map(([, write], i): Prepared => {
        const whole = join(roomFor(targets[i]!, folders), 'whole');
        write(whole);
        return { target: targets[i]!, whole };
      });
      for (const one of prepared) place(one, options);
    });
  } finally {
    for (const folder of folders) discard(folder);
  }
}

/** A new folder on the disk of the target, or any where bytes are copied into it. */
function roomFor({ path, how }: OutTarget, folders: string[]): string {
  const parent = how === 'through' ? tmpdir() : dirname(path);
  makeFolders(parent);
  const folder = mkdtempSync(join(parent, '.overbook-'));
  folders.push(folder);
  return folder;
}

function place({ target, whole }: Prepared, { secret = false }: WriteOptions): void {
  if (target.how === 'through') {
    writeInto(target, readFileSync(whole));
    return;
  }
  if (secret) chmodSync(whole, 0o600);
  else if (target.mode !== undefined) chmodSync(whole, target.mode);
  renameSync(whole, target.path);
}

function writeInto({ path, descriptor: own }: OutTarget, bytes: Uint8Array): void {
  // Never O_CREAT: should the device be gone by now, no file takes its place.
  const descriptor = own ?? openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    writeFileSync(descriptor, bytes);
  } finally {
    if (own === undefined) closeSync(descriptor);
  }
}

/** Removes what may be there; the error that led here is the one to tell. */
function discard(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Then the disk is gone, and the error says so.
  }
}
