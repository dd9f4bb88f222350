/** Words of a command that a result tells, so that a shell takes them back as they were. */
import { basename, isAbsolute } from 'node:path';

export function shellWords(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** Of an absolute path the last part: a result tells nothing of where files are on this machine. */
export function withoutFolder(path: string): string {
  return isAbsolute(path) ? basename(path) : path;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
