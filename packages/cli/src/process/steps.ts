/** How far a list of named steps is, on stderr: a bar on a terminal, a line for each step elsewhere. */
import { stderrBar } from './bar.ts';
import type { Io } from './io.ts';

export interface Steps {
  readonly begin: (index: number) => void;
  readonly update: (index: number, fraction: number) => void;
  /** @param how a word or two for the line */
  readonly end: (index: number, how: string) => void;
  readonly stop: () => void;
}

const SCALE = 1000;

/** Progress over steps of these names. */
export async function stepsBar(io: Io, names: readonly string[]): Promise<Steps> {
  const of = (index: number): string =>
    `${String(index + 1).padStart(String(names.length).length)}/${names.length}`;
  if (!io.bars) {
    return {
      begin: () => undefined,
      update: () => undefined,
      end: (index, how) => io.note(`${of(index)} ${names[index]!}: ${how}\n`),
      stop: () => undefined,
    };
  }
  const bar = await stderrBar('{step}  {now}');
  bar.start(names.length * SCALE, 0, { step: of(0), now: names[0] ?? '' });
  const at = (index: number, fraction: number): void => {
    bar.update(Math.round((index + fraction) * SCALE), { step: of(index), now: names[index]! });
    // The work between two updates holds this thread: draw now.
    bar.render();
  };
  return {
    begin: (index) => at(index, 0),
    update: at,
    end: (index) => at(index, 1),
    stop: () => bar.stop(),
  };
}
