/** The command line that gives a result again: what decides figures, and nothing else. */
import { basename, isAbsolute } from 'node:path';

import type { CompareOptions } from './compare.ts';

type Deciding = Pick<
  CompareOptions,
  'seeds' | 'seed' | 'hostMemory' | 'plugin' | 'check' | 'series' | 'with' | 'baseline'
> & { readonly mix?: string | readonly string[] };

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
    ['--seeds', [seeds]],
    ['--seed', [seed]],
    ['--host-memory', [hostMemory]],
    ['--plugin', plugin.map(shortened)],
    ['--series', [series]],
  ];
  const words = values.flatMap(([option, given]) =>
    given.flatMap((value) => (value === undefined ? [] : [option, value])),
  );
  return ['overbook', verb, shortened(scenario), ...words, ...(check === true ? ['--check'] : [])]
    .map(quoted)
    .join(' ');
}

function shortened(path: string): string {
  return isAbsolute(path) ? basename(path) : path;
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
