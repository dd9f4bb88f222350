import { fstatSync, readdirSync } from 'node:fs';

/** Descriptors of this process, a name each; Windows has no such folder, and there an open file keeps its name. */
const DESCRIPTORS = '/dev/fd';

/** Files that this process has open and that no folder names any more: size by inode. */
export function namelessFiles(): ReadonlyMap<number, number> {
  const files = new Map<number, number>();
  for (const descriptor of descriptors()) {
    try {
      const file = fstatSync(descriptor);
      if (file.nlink === 0 && file.isFile()) files.set(file.ino, file.size);
    } catch {
      // It was the descriptor of the folder itself, which is closed by now.
    }
  }
  return files;
}

function descriptors(): readonly number[] {
  try {
    return readdirSync(DESCRIPTORS).map(Number);
  } catch {
    return [];
  }
}
