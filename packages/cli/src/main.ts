/** The `overbook` command. Exit code 0: fine, 1: the work found a failure, 2: the input is wrong. */
import type { Io } from './process/io.ts';
import { EXIT, processIo } from './process/io.ts';
import { buildProgram } from './program.ts';

/** Runs one command line (without node and script). @returns the exit code */
export async function main(words: readonly string[], given?: Io): Promise<number> {
  const abort = new AbortController();
  const onInterrupt = (): void => {
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    abort.abort(new Error('interrupted'));
  };
  const stopListening = (): void => void process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  const io = given ?? processIo(abort.signal, stopListening);
  if (given === undefined) process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  try {
    return await buildProgram(io)(words);
  } catch (error) {
    // Imported when it is needed: what it knows of errors brings the whole laboratory along.
    const { reportError } = await import('./process/report-error.ts');
    return reportError(error, io);
  } finally {
    stopListening();
  }
}
