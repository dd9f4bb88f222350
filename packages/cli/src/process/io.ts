/** Where a command writes, and what it may know of the terminal. */
export interface Io {
  /** The result. */
  readonly out: (text: string) => void;
  /** Talk: progress, errors. */
  readonly err: (text: string) => void;
  /** Progress and what was written: said unless the user wants quiet. */
  readonly note: (text: string) => void;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
  /** Width of the terminal that `err` goes to; none where it is no terminal: for programs a message stays one line. */
  readonly errColumns: number | undefined;
  /** Colour on the result. */
  readonly color: boolean;
  /** Colour on what goes to `err`. */
  readonly errColor: boolean;
  /** Progress bars may be drawn on `err`. */
  readonly bars: boolean;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** How the user calls the command, for lines that can be typed. */
  readonly self: string;
  /** Before work in this thread that cannot hear the signal: an interrupt then ends the process at once. */
  readonly letInterruptsKill: () => void;
}

/** What a text is laid out for. */
export type Screen = Pick<Io, 'columns' | 'color'>;

/** Exit codes: all is well; the work found a failure; the input is wrong. */
export const EXIT = { fine: 0, failed: 1, badInput: 2, interrupted: 130, terminated: 143 } as const;

/** The user, or the system, wants the command to end. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super('interrupted');
    this.exitCode = signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }
}

/** Exit code after an interrupt: 128 and the number of the signal, as shells have it. */
export function interruptedCode({ reason }: AbortSignal): number {
  return reason instanceof Interrupted ? reason.exitCode : EXIT.interrupted;
}

const DEFAULT_COLUMNS = 80;

/** Words that any command takes, wherever they are given: taken out, and done. */
export function withGlobalWords(words: readonly string[], io: Io): { words: readonly string[]; io: Io } {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const has = (word: string): boolean => words.slice(0, end).includes(word);
  return {
    words: words.filter((word, i) => i >= end || (word !== '--quiet' && word !== '--no-color')),
    io: {
      ...io,
      ...(has('--quiet') ? { bars: false, note: () => undefined } : {}),
      ...(has('--no-color') ? { color: false, errColor: false } : {}),
    },
  };
}

function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && TERM !== 'dumb';
}

function isWidth(columns: number | undefined): columns is number {
  return Number.isInteger(columns) && columns! > 0;
}

/**
 * Columns to lay out for. A terminal whose size nobody set has 0.
 * @param terminal what the stream says @param given what the environment says, where the stream says nothing
 */
export function widthOf(terminal: number | undefined, given: string | undefined): number {
  return [terminal, Number(given)].find(isWidth) ?? DEFAULT_COLUMNS;
}

/** The process's own streams. A reader that went away (`| head`) ends the process quietly. */
export function processIo(
  signal: AbortSignal,
  letInterruptsKill: () => void,
  leave: (code: number) => void,
): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') leave(EXIT.fine);
      throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    note: (text) => void process.stderr.write(text),
    columns: widthOf(process.stdout.columns, process.env['COLUMNS']),
    errColumns: process.stderr.isTTY === true ? widthOf(process.stderr.columns, undefined) : undefined,
    color: wantsColor(process.stdout),
    errColor: wantsColor(process.stderr),
    bars: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    signal,
    // In a clone the command is on the path of npm alone, which says so in what it starts.
    self: process.env['npm_command'] === undefined ? 'overbook' : 'npx overbook',
    letInterruptsKill,
  };
}
