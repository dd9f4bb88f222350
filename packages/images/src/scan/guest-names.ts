/** Names of guests that were not given one. */
import { basename } from 'node:path';
import type { MemorySource } from './scan-request.ts';

/** Endings that tell a format or a packing, up to two of them. */
const ENDINGS = /(?<=.)(\.(raw|vmem|img|bin|elf|core|dump|lime|ovd))?(\.(gz|br|zst))?$/i;

/** The file's name without folder and endings; `-2`, `-3` where it is taken. */
export function uniqueNames(sources: readonly MemorySource[]): string[] {
  const taken = new Set<string>();
  return sources.map(({ name, path }) => {
    const plain = name ?? (path === '-' ? 'stdin' : basename(path).replace(ENDINGS, ''));
    let unique = plain;
    for (let copy = 2; taken.has(unique); copy++) unique = `${plain}-${copy}`;
    taken.add(unique);
    return unique;
  });
}
