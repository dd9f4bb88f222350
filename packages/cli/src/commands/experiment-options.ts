/** Options that `compare` and `run` share, checked. */
import { availableParallelism } from 'node:os';

import { OverbookError, PAGES_PER_MIB } from '@overbook/core';
import type { HostMemorySize, ModuleRequest, Overrides, RunLimits } from '@overbook/lab';
import {
  hostMemoryProblem,
  parseHostMemory,
  parseSize,
  parseTime,
  sizeProblem,
  timeProblem,
} from '@overbook/lab';

/** As the command line gives them. */
export interface ExperimentOptions {
  readonly seeds?: string;
  readonly seed?: string;
  readonly hostMemory?: string;
  readonly workers?: string;
  readonly plugin?: readonly string[];
  readonly check?: true;
  readonly series?: string;
  readonly anySize?: true;
  readonly callLimit?: string;
  readonly runLimit?: string;
  readonly memoryLimit?: string;
}

/** Chosen: beyond this a typing mistake is likelier than a wish. */
const MAX_SEEDS = 10_000;
const MAX_WORKERS = 256;

function usage(option: string, what: string, mend: string): OverbookError {
  return new OverbookError('OVB_USAGE', option, what, mend);
}

export function wholeNumber(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw usage(
    option,
    `'${text}' is not a whole number from ${low} to ${high}`,
    `Give one, as in \`${option} ${low + 1}\`.`,
  );
}

function seedsOf({ seeds, seed }: ExperimentOptions): readonly number[] | undefined {
  if (seeds !== undefined && seed !== undefined)
    throw usage('--seed', 'both --seed and --seeds are given', 'Give one of them.');
  if (seed !== undefined) return [wholeNumber('--seed', seed, 0, 0xffff_ffff)];
  if (seeds === undefined) return undefined;
  return Array.from({ length: wholeNumber('--seeds', seeds, 1, MAX_SEEDS) }, (_, i) => i + 1);
}

function memoryOf(text: string | undefined): readonly HostMemorySize[] | undefined {
  return text?.split(',').map((part) => {
    const size = parseHostMemory(part);
    if (size !== undefined) return size;
    const { what, units } = hostMemoryProblem(part);
    throw usage(
      '--host-memory',
      what,
      `Give sizes as in \`--host-memory 512MiB,1GiB,60%\`; units: ${units}.`,
    );
  });
}

/** A period in milliseconds. @throws OVB_USAGE */
export function periodOf(option: string, text: string): number {
  const ms = parseTime(text);
  if (ms !== undefined && ms >= 1) return ms;
  const { what, units } = timeProblem(text);
  throw usage(
    option,
    ms === undefined ? what : `'${text}' is shorter than 1 ms`,
    `Give a time, as in \`${option} 500ms\` or \`${option} 5s\`; units: ${units}.`,
  );
}

/** A size in MiB. @throws OVB_USAGE */
function mebibytesOf(option: string, text: string): number {
  const size = parseSize(text);
  if (size !== undefined && size > 0) return size / PAGES_PER_MIB;
  const { what, units } = sizeProblem(text);
  throw usage(option, what, `Give a size, as in \`${option} 8GiB\`; units: ${units}.`);
}

export function modulesOf(plugins: readonly string[] = []): readonly ModuleRequest[] {
  return plugins.map((specifier) => ({ specifier, folder: process.cwd(), at: `--plugin ${specifier}` }));
}

/** What the options set over the scenario. @throws OVB_USAGE */
export function overridesOf(options: ExperimentOptions): Overrides {
  const seeds = seedsOf(options);
  const hostMemory = memoryOf(options.hostMemory);
  return {
    ...(seeds === undefined ? {} : { seeds }),
    ...(hostMemory === undefined ? {} : { hostMemory }),
    ...(options.anySize === undefined ? {} : { anySize: true }),
    ...(options.check === undefined ? {} : { check: true }),
    ...(options.series === undefined ? {} : { series: periodOf('--series', options.series) }),
    ...(options.memoryLimit === undefined
      ? {}
      : { memoryLimitMiB: mebibytesOf('--memory-limit', options.memoryLimit) }),
    ...(options.callLimit === undefined ? {} : { callLimitMs: periodOf('--call-limit', options.callLimit) }),
    plugins: modulesOf(options.plugin),
  };
}

/** How long a call of a plugin and a run may take. @throws OVB_USAGE */
export function limitsOf({ callLimit, runLimit, memoryLimit }: ExperimentOptions): Partial<RunLimits> {
  return {
    ...(memoryLimit === undefined ? {} : { processMiB: mebibytesOf('--memory-limit', memoryLimit) }),
    ...(callLimit === undefined ? {} : { silenceMs: periodOf('--call-limit', callLimit) }),
    ...(runLimit === undefined ? {} : { runMs: periodOf('--run-limit', runLimit) }),
  };
}

/** Worker threads. @throws OVB_USAGE */
export function workersOf({ workers }: ExperimentOptions): number {
  return workers === undefined ? availableParallelism() : wholeNumber('--workers', workers, 1, MAX_WORKERS);
}
