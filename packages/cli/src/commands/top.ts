/** `overbook top`: a scenario's memory screen while it runs, or the same as CSV. */
import { OverbookError } from '@overbook/core';
import { readScenario } from '@overbook/lab';

import type { Io } from '../process/io.ts';
import { EXIT, interruptedCode } from '../process/io.ts';
import { refuseOtherKind } from '../process/other-kind.ts';
import { hostLines, stackedTable, cut } from '../render/memory-screen.ts';
import { painted } from '../render/painted.ts';
import type { Sitting } from '../top/top-session.ts';
import { chosenMix } from './chosen-mix.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { periodOf, wholeNumber } from './experiment-options.ts';

export interface TopOptions extends ExperimentOptions {
  readonly mix?: string;
  readonly batch?: true;
  readonly interval: string;
  readonly iterations?: string;
  readonly speed?: string;
}

/** Chosen: more than that is a typing mistake. */
const MAX_ITERATIONS = 1_000_000_000;

/**
 * @param screenComes called before the live screen takes the terminal
 * @returns 0, 1 when the run failed, 130 when it was interrupted
 */
export async function top(
  io: Io,
  path: string,
  options: TopOptions,
  screenComes: () => void = () => undefined,
): Promise<number> {
  const periodMs = periodOf('--interval', options.interval);
  const speedPercent = speedOf(options.speed);
  const iterations =
    options.iterations === undefined
      ? Infinity
      : wholeNumber('--iterations', options.iterations, 1, MAX_ITERATIONS);
  refuseOtherKind('scenario', path, io.self);
  const mix = await chosenMix(readScenario(path).scenario, options.mix);
  if (options.batch === true) {
    const { batch } = await import('../top/batch.ts');
    return batch(io, { path, mix, options, periodMs, iterations });
  }
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new OverbookError(
      'OVB_USAGE',
      'top',
      'the live screen needs a terminal for input and output',
      'Run it in one, or write CSV with `--batch`.',
    );
  const { sit } = await import('../top/top-session.ts');
  screenComes();
  const plain = { ...options, seed: options.seed } as ExperimentOptions;
  return farewell(io, await sit({ path, mix, options: plain, periodMs, speedPercent }, io.signal));
}

/** `max`, or how many times real time. @throws OVB_USAGE */
function speedOf(text = '10'): number {
  const percent = text === 'max' ? 0 : Math.round(Number(text) * 100);
  if (text === 'max' || (percent >= 1 && percent <= 1_000_000)) return percent;
  throw new OverbookError(
    'OVB_USAGE',
    '--speed',
    `'${text}' is no speed`,
    'Give `max`, or the seconds of virtual time per second of wall time, as in `--speed 10`.',
  );
}

/** Leaves the last screen behind, on the ordinary one. */
function farewell(io: Io, { why, outcome, last }: Sitting): number {
  const { sample, title, view } = last;
  // The terminal may have another size by now.
  const columns = process.stdout.columns ?? io.columns;
  if (sample !== undefined) {
    const lines = [...hostLines(sample), ...stackedTable(sample, view.fields, columns)];
    io.out(`${title}\n`);
    for (const line of lines) io.out(`${painted(cut(line, columns), io.color)}\n`);
  }
  const at = sample === undefined ? '' : ` at ${(sample.counters.time / 1e9).toFixed(1)} s of virtual time`;
  if (why === 'over' && outcome?.kind === 'failed') {
    io.err(`failed${at}: ${outcome.what}\n`);
    return EXIT.failed;
  }
  io.out(`\n${why === 'over' ? 'finished' : 'left'}${at}\n`);
  return why === 'interrupted' ? interruptedCode(io.signal) : EXIT.fine;
}
