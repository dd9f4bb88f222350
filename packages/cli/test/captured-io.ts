/** Runs the command in this process and keeps what it says. */
import { main } from '../src/main.ts';
import type { Io } from '../src/process/io.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line. */
export async function overbook(words: readonly string[], screen: Partial<Io> = {}): Promise<Said> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    note: (text) => void (err += text),
    columns: 80,
    errColumns: undefined,
    color: false,
    errColor: false,
    bars: false,
    signal: new AbortController().signal,
    self: 'overbook',
    letInterruptsKill: () => undefined,
    ...screen,
  };
  const code = await main(words, io);
  return { code, out, err };
}

export const DATASETS = new URL('../../../datasets', import.meta.url).pathname;
export const SCENARIOS = new URL('../../../scenarios', import.meta.url).pathname;
