/** The `overbook` command. Exit code 0: fine, 1: the work found a failure, 2: the input is wrong. */
import type { Io } from './process/io.ts';
import { EXIT, Interrupted, interruptedCode, processIo, withGlobalWords } from './process/io.ts';
import { buildProgram } from './program.ts';

/** The process's own, whatever a plugin puts in its place. */
const exit = process.exit.bind(process);

/** A plugin that ends the process in this thread, past all that keeps it from it: never with a code that says fine. */
function endedByOther(): void {
  process.exitCode = EXIT.failed;
  process.stderr.write(
    'error OVB_PLUGIN_ENDS at overbook\n  a plugin ended the process before there was a result\n' +
      '  mend: Correct the plugin: it may throw an error, never call process.exit.\n',
  );
}

/** Runs one command line (without node and script). @returns the exit code */
export async function main(words: readonly string[], given?: Io): Promise<number> {
  const abort = new AbortController();
  const leave = (code: number): void => {
    process.off('exit', endedByOther);
    exit(code);
  };
  const onInterrupt = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) leave(interruptedCode(abort.signal));
    abort.abort(new Interrupted(name));
  };
  const stopListening = (): void => void process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  const { words: rest, io } = withGlobalWords(words, given ?? processIo(abort.signal, stopListening, leave));
  if (given === undefined)
    process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt).on('exit', endedByOther);
  try {
    return await buildProgram(io)(rest);
  } catch (error) {
    // Imported when it is needed: what it knows of errors brings the whole laboratory along.
    const { reportError } = await import('./process/report-error.ts');
    return reportError(error, io);
  } finally {
    stopListening();
    process.off('exit', endedByOther);
  }
}
