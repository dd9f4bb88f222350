/** `-o FILE`: looked at before the work, written whole after it. */
import { checkOutFile, isStandardOutput, outTarget, writeWhole } from '@overbook/lab/files';

import type { Io } from './io.ts';

/** One file that a command makes. */
export interface OutFile {
  /** Lets `write` make the file. */
  readonly write: (write: (path: string) => void, secret?: boolean) => void;
  /** Says what it holds: on stdout, or where the file itself goes there, on stderr. */
  readonly say: (text: string) => void;
}

/** @throws OVB_OUT_UNWRITABLE when the file cannot be written: before any work is done for it */
export function outFile(io: Io, path: string): OutFile {
  checkOutFile(path);
  const say = isStandardOutput(path) ? io.err : io.out;
  return {
    write: (write, secret = false) => {
      // A pipe without a reader holds this thread until one comes.
      if (outTarget(path).how === 'through') io.letInterruptsKill();
      writeWhole(path, write, { secret });
    },
    say,
  };
}
