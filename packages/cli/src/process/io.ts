/** Where a command writes, and what it may know of the terminal. */
export interface Io {
  /** The result. */
  readonly out: (text: string) => void;
  /** Talk: progress, errors. */
  readonly err: (text: string) => void;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
  /** Colour on the result. */
  readonly color: boolean;
  /** Colour on what goes to `err`. */
  readonly errColor: boolean;
  /** Progress bars may be drawn on `err`. */
  readonly bars: boolean;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** Before work in this thread that cannot hear the signal: an interrupt then ends the process at once. */
  readonly letInterruptsKill: () => void;
}

/** What a text is laid out for. */
export type Screen = Pick<Io, 'columns' | 'color'>;

/** Exit codes: all is well; the work found a failure; the input is wrong. */
export const EXIT = { fine: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

const DEFAULT_COLUMNS = 80;

function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && TERM !== 'dumb';
}

/** The process's own streams. A reader that went away (`| head`) ends the process quietly. */
export function processIo(signal: AbortSignal, letInterruptsKill: () => void): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.fine);
      throw error;
    });
  }
  const given = Number(process.env['COLUMNS']);
  const columns = process.stdout.columns ?? (Number.isInteger(given) && given > 0 ? given : DEFAULT_COLUMNS);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns,
    color: wantsColor(process.stdout),
    errColor: wantsColor(process.stderr),
    bars: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    signal,
    letInterruptsKill,
  };
}
