/** Holds the terminal while the live screen and the laboratory load, which takes seconds on a slow machine. */

const ERASE_LINE = '\r\u001B[K';

/** What is held: a terminal's input and output. */
export interface HeldTerminal {
  readonly input: Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>;
  readonly output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
}

/**
 * Says `text` and switches echo off: keys typed meanwhile wait for the screen, and are neither echoed nor left to the
 * shell. Does nothing where there is no terminal.
 * @returns gives the line back and, with `input`, the keyboard too; may be called again
 */
export function holdTerminal(
  text: string,
  { input, output }: HeldTerminal = { input: process.stdin, output: process.stdout },
): (input?: 'input') => void {
  if (input.isTTY !== true || output.isTTY !== true) return () => undefined;
  input.setRawMode(true);
  output.write(text);
  let isSaid = true;
  return (what) => {
    if (isSaid) output.write(ERASE_LINE);
    isSaid = false;
    if (what === 'input') input.setRawMode(false);
  };
}
