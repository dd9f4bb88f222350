import { lstatSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Contents } from '@overbook/core';

import { SwapFile, swapError } from './swap-file.ts';

const PREFIX = 'overbook-swap-';
/** A folder has its files' names for a moment only; one that is older by this was left behind by a run that died. */
const ABANDONED_MS = 60_000;

/**
 * The swap files of one host, one a VM. They hold what guests had in memory, so nothing of them outlives the run: each
 * is opened under a random name that only this user may read, and loses the name at once. The system frees an open
 * file without a name when its process ends, however it ends. Where a file that is open cannot lose its name
 * (Windows), the folder goes when the host goes, or else when a later run finds it.
 */
export class SwapFolder {
  readonly #path: string;
  readonly #files: SwapFile[] = [];

  /** @throws OVB_SWAP_IO when the folder cannot be made */
  constructor(directory: string = tmpdir()) {
    try {
      // Mode 0700 and a random name: mkdtemp.
      this.#path = mkdtempSync(join(directory, PREFIX));
    } catch (error) {
      throw swapError(
        directory,
        'cannot create a folder for swap files',
        'Set a writable `directory`.',
        error,
      );
    }
    removeAbandoned(directory, this.#path);
  }

  /** Opens one more file; what it is called has nothing to do with its VM. @throws OVB_SWAP_IO */
  open(contents: Contents): SwapFile {
    const path = join(this.#path, `${this.#files.length}.vswp`);
    const file = new SwapFile(openNew(path), path, contents);
    this.#files.push(file);
    return file;
  }

  /** All files are open: their names go. */
  seal(): void {
    tryToRemove(this.#path);
  }

  remove(): void {
    for (const file of this.#files.splice(0)) file.close();
    tryToRemove(this.#path);
  }
}

/** Never a file that is there already, and for this user alone. */
function openNew(path: string): number {
  try {
    return openSync(path, 'wx+', 0o600);
  } catch (error) {
    throw swapError(
      path,
      'cannot open the swap file',
      'Allow more open files (ulimit -n), or set another `directory`.',
      error,
    );
  }
}

/** Removes folders of this user that runs left behind. Their age is told by the file system's own clock. */
function removeAbandoned(directory: string, ours: string): void {
  const { uid, mtimeMs } = lstatSync(ours);
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(directory, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true && found.uid === uid && mtimeMs - found.mtimeMs > ABANDONED_MS)
      tryToRemove(path);
  }
}

/** A folder that cannot be removed now is tried again by the next run. */
function tryToRemove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Windows: a file in it is open.
  }
}
