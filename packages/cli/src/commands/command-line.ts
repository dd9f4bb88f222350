/** The command line that gives a result again: what decides figures, and nothing else. */
import type { ExperimentOptions } from './experiment-options.ts';
import { shellWords, withoutFolder } from './shell-words.ts';

type Deciding = Pick<ExperimentOptions, 'seeds' | 'seed' | 'hostMemory' | 'plugin' | 'check' | 'series'> & {
  readonly mix?: string | readonly string[];
  readonly with?: readonly string[];
  readonly baseline?: string;
  readonly points?: string;
};

/**
 * Neither worker threads nor where results go are in it, so that equal experiments have equal results. Of absolute
 * paths the last part is.
 */
export function commandLine(verb: string, scenario: string, options: Deciding): string {
  const { seeds, seed, hostMemory, mix, baseline, plugin = [], check, series } = options;
  const values: readonly (readonly [option: string, values: readonly (string | undefined)[]])[] = [
    ['--mix', typeof mix === 'string' ? [mix] : (mix ?? [])],
    ['--with', options.with ?? []],
    ['--baseline', [baseline]],
    ['--points', [options.points]],
    ['--seeds', [seeds]],
    ['--seed', [seed]],
    ['--host-memory', [hostMemory]],
    ['--plugin', plugin.map(withoutFolder)],
    ['--series', [series]],
  ];
  const words = values.flatMap(([option, given]) =>
    given.flatMap((value) => (value === undefined ? [] : [option, value])),
  );
  return shellWords([
    'overbook',
    verb,
    withoutFolder(scenario),
    ...words,
    ...(check === true ? ['--check'] : []),
  ]);
}
