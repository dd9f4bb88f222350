/** What is at the path that results are to go to, with links followed: decides how it is written. */
import {
  accessSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { OverbookError } from '@overbook/core/units';

/** Where bytes go. */
export interface OutTarget {
  /** The file itself, behind all links. */
  readonly path: string;
  /**
   * `replaced`: a regular file, or none yet: a whole one is renamed into its place. `through`: a device, a pipe or what
   * this process itself prints to: bytes are written into it, since a new file would take its place.
   */
  readonly how: 'replaced' | 'through';
  /** Permissions of the file that is replaced. */
  readonly mode?: number;
  /** The descriptor that this process prints to, where the path is the same file or socket. */
  readonly descriptor?: number;
}

/** As many links as Linux follows. */
const LINKS_MAX = 40;
const STDOUT = 1;
const STDERR = 2;

/** Looks at a path. @throws OVB_OUT_UNWRITABLE for a folder, and for links in a circle */
export function outTarget(path: string): OutTarget {
  const file = behindLinks(path);
  const stats = statOf(file);
  if (stats === undefined) return { path: file, how: 'replaced' };
  if (stats.isDirectory()) throw unwritable(path, 'is a folder', 'Give the path of a file.');
  // A file renamed over would lose what is printed later, opened anew would be written over; a socket cannot be opened.
  const descriptor = [STDOUT, STDERR].find((one) => isSame(stats, one));
  if (descriptor !== undefined && (stats.isFile() || stats.isSocket()))
    return { path: file, how: 'through', descriptor };
  if (!stats.isFile()) return { path: file, how: 'through' };
  return { path: file, how: 'replaced', mode: stats.mode & 0o777 };
}

/** True when what is written to `path` goes where this process prints its results. */
export function isStandardOutput(path: string): boolean {
  const stats = statOf(behindLinks(path));
  return stats !== undefined && isSame(stats, STDOUT);
}

/**
 * Makes sure that a file can be written, before work is done for it: tries it, and leaves nothing behind.
 * @throws OVB_OUT_UNWRITABLE
 */
export function checkOutFile(path: string): void {
  const target = outTarget(path);
  attempt(path, () => {
    if (target.how === 'through' || target.mode !== undefined) accessSync(target.path, constants.W_OK);
    if (target.how === 'replaced') tryFolder(dirname(target.path));
  });
}

/**
 * Makes sure that files of these names can be written into a folder, which may not be there yet.
 * @throws OVB_OUT_UNWRITABLE
 */
export function checkOutFolder(folder: string, names: readonly string[] = []): void {
  attempt(folder, () => tryFolder(behindLinks(folder)));
  for (const name of names) outTarget(join(folder, name));
}

/** Runs what touches the disk; an error of the system becomes ours. */
export function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof OverbookError || !(cause instanceof Error) || !('syscall' in cause)) throw cause;
    const why = (cause as { code?: string }).code ?? cause.message;
    if (why === 'EEXIST' || why === 'ENOTDIR')
      throw unwritable(path, 'has a file in its path where a folder is needed', 'Give another path.', cause);
    throw unwritable(path, `cannot be written (${why})`, 'Give a writable path, or free some space.', cause);
  }
}

function tryFolder(folder: string): void {
  const made = makeFolders(folder);
  try {
    rmSync(mkdtempSync(join(folder, '.overbook-')), { recursive: true });
  } finally {
    // The folders that were not there before: their topmost one.
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

/**
 * Makes a folder and those above it; the recursive mkdir of Node never returns where the system refuses with ENOENT, as
 * in /proc. @returns the topmost folder that was not there before
 */
export function makeFolders(folder: string): string | undefined {
  if (statOf(folder)?.isDirectory() === true) return undefined;
  const parent = dirname(folder);
  const topmost = parent === folder ? undefined : makeFolders(parent);
  mkdirSync(folder);
  return topmost ?? folder;
}

/** The path behind its links; the last one may lead to nothing yet. @throws OVB_OUT_UNWRITABLE for a circle */
export function behindLinks(path: string): string {
  let at = resolve(path);
  for (let links = 0; links < LINKS_MAX; links++) {
    // What the kernel makes up (/proc/self/fd/1) has a target that is no path: such a link is used as it is.
    if (statOf(at)?.isFile() === false || lstatOf(at)?.isSymbolicLink() !== true) return at;
    at = resolve(dirname(at), readlinkSync(at));
  }
  throw unwritable(path, 'is a symbolic link that leads to itself', 'Give the path of a file.');
}

function statOf(path: string): Stats | undefined {
  return quietly(() => statSync(path));
}

function lstatOf(path: string): Stats | undefined {
  return quietly(() => lstatSync(path));
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function isSame({ dev, ino }: Stats, descriptor: number): boolean {
  const own = quietly(() => fstatSync(descriptor));
  return own !== undefined && own.dev === dev && own.ino === ino;
}

function unwritable(path: string, what: string, mend: string, cause?: unknown): OverbookError {
  return new OverbookError('OVB_OUT_UNWRITABLE', path, what, mend, cause);
}
