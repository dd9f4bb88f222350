/** Reads a scenario file: YAML to a checked scenario, or all its problems at once, each with line and column. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { OverbookError } from '@overbook/core';
import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';

import type { Path, Problem } from './problems.ts';
import { ProblemsError, explain, offsetIn, placeOf, problemsOf } from './problems.ts';
import { atEntries, countedOut, entryPath } from './guest-count.ts';
import { contradictingRights } from './rights.ts';
import { memoryStateProblems } from './pressure-keys.ts';
import { profileProblems } from './profile-problems.ts';
import type { Scenario } from './schema.ts';
import { scenarioSchema } from './schema.ts';

/** A scenario and where it came from. */
export interface ScenarioFile {
  /** As given; used in messages. */
  readonly path: string;
  /** Folder of the file: what plugins are relative to. */
  readonly folder: string;
  /** Folder that dataset files are relative to. */
  readonly datasets: string;
  readonly text: string;
  readonly scenario: Scenario;
  /** `file:line:column` of a value in the file. */
  readonly place: (path: Path, key?: boolean) => string;
}

/** Longest scenario text that is read; a scenario is a page or two. */
const MAX_TEXT = 1_000_000;

/** Most problems of one file that are told: whoever mends these sees the next. */
const PROBLEMS_MAX = 50;

/** Errors of YAML itself that are told: most of them follow from the first. */
const SYNTAX_MAX = 5;
/** Characters of one, which may quote the text. */
const SYNTAX_TEXT = 200;

/** Entries of a list that are looked at together: wrong ones beyond are not looked for once some are found. */
const WINDOW = 100;

/** Reads and checks a file. @throws OVB_SCENARIO_UNREADABLE, ProblemsError of OVB_SCENARIO_INVALID */
export function readScenario(path: string): ScenarioFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    const what = code === 'ENOENT' ? 'the file does not exist' : `cannot be read (${code ?? String(cause)})`;
    throw new OverbookError(
      'OVB_SCENARIO_UNREADABLE',
      path,
      what,
      'Give the path of a scenario file.',
      cause,
    );
  }
  return parseScenario(path, text);
}

/** Checks a scenario's text. @param path for messages, and for what the scenario names relative to itself */
export function parseScenario(path: string, text: string): ScenarioFile {
  const lines = new LineCounter();
  if (text.length > MAX_TEXT) {
    throw new OverbookError(
      'OVB_SCENARIO_INVALID',
      path,
      'is not a scenario: it has more than a million characters',
      'Give a scenario file.',
    );
  }
  const document = documentOf(path, text, lines);
  const wrong = (at: string, what: string, mend: string): OverbookError =>
    new OverbookError('OVB_SCENARIO_INVALID', at, what, mend);
  // The parser catches its own overflow and tells it as an error of the text.
  const overflow = document.errors.find(({ message }) => message.startsWith('Maximum call stack'));
  if (overflow !== undefined) throw tooDeep(path, overflow);
  if (document.errors.length > 0) {
    throw new ProblemsError(
      document.errors.slice(0, SYNTAX_MAX).map(({ pos, message }) => {
        return wrong(
          placeOf(path, lines, pos[0]),
          `not valid YAML: ${message.slice(0, SYNTAX_TEXT)}`,
          'Correct the YAML at this place.',
        );
      }),
    );
  }
  const refuse = (problems: readonly Problem[]): ProblemsError =>
    new ProblemsError(
      problems
        .map((problem) => ({ ...problem, offset: offsetIn(document, problem.path, problem.key) }))
        .sort((a, b) => a.offset - b.offset)
        .slice(0, PROBLEMS_MAX)
        .map(({ offset, what, mend }) => wrong(placeOf(path, lines, offset), what, mend)),
    );
  const plain = toPlain(path, () => document.toJS({ maxAliasCount: 100 }));
  const early = earlyProblems(plain);
  if (early.length > 0) throw refuse(early);
  const parsed = scenarioSchema.safeParse(plain, { error: explain, reportInput: true });
  if (!parsed.success) throw refuse(problemsOf(parsed.error.issues));
  const { scenario, entries } = countedOut(parsed.data);
  const contradictions = atEntries(contradictionsIn(scenario), entries);
  if (contradictions.length > 0) throw refuse(contradictions);
  const folder = dirname(resolve(path));
  return {
    path,
    folder,
    datasets: resolve(folder, scenario.datasets),
    text,
    scenario,
    place: (at, key) => placeOf(path, lines, offsetIn(document, entryPath(at, entries), key)),
  };
}

function documentOf(path: string, text: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, merge: true });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw tooDeep(path, cause);
  }
}

function tooDeep(path: string, cause: unknown): OverbookError {
  const what = 'is not a scenario: lists and maps are nested too deeply';
  return new OverbookError('OVB_SCENARIO_INVALID', path, what, 'Use at most ten levels.', cause);
}

/**
 * Problems of the first window of a long list that has any: the schema tells all at once, which takes long for a file
 * of ten thousand wrong entries.
 */
function earlyProblems(plain: unknown): readonly Problem[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const { guests } = plain as { readonly guests?: unknown };
  if (!Array.isArray(guests)) return earlyIn(shortened(plain), 0);
  for (let at = 0; at < guests.length && guests.length > WINDOW; at += WINDOW) {
    const problems = earlyIn({ ...shortened(plain), guests: guests.slice(at, at + WINDOW) }, at);
    if (problems.length > 0) return problems;
  }
  return [];
}

function earlyIn(plain: object, firstGuest: number): readonly Problem[] {
  const parsed = scenarioSchema.safeParse(plain, { error: explain, reportInput: true });
  if (parsed.success) return [];
  return problemsOf(parsed.error.issues).map((problem) => {
    const [key, index, ...rest] = problem.path;
    const isGuest = key === 'guests' && typeof index === 'number';
    return isGuest ? { ...problem, path: [key, index + firstGuest, ...rest] } : problem;
  });
}

/** A copy whose lists, at any depth of a scenario, have no more entries than a window. */
function shortened<T extends object>(value: T): T {
  const short = (one: unknown): unknown => (typeof one === 'object' && one !== null ? shortened(one) : one);
  if (Array.isArray(value)) return value.slice(0, WINDOW).map(short) as unknown as T;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, short(one)])) as T;
}

function toPlain(path: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(path, cause);
    const what = `not valid YAML: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new OverbookError('OVB_SCENARIO_INVALID', path, what, 'Use fewer aliases.', cause);
  }
}

/** What the schema cannot say: things that must differ or fit each other. */
function contradictionsIn(scenario: Scenario): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [i, guest] of scenario.guests.entries()) {
    if (seen.has(guest.name)) {
      const what = `two guests are named '${guest.name}'`;
      problems.push({ path: ['guests', i, 'name'], what, mend: 'Give each guest a name of its own.' });
    }
    seen.add(guest.name);
  }
  problems.push(...contradictingRights(scenario));
  problems.push(...profileProblems(scenario));
  problems.push(...memoryStateProblems(scenario.host.memoryStates));
  if (Object.keys(scenario.mixes).length === 0)
    problems.push({ path: ['mixes'], what: 'there is no mix', mend: 'Name at least one, e.g. `swap-only`.' });
  for (const [mix, { strategies, policies = [] }] of Object.entries(scenario.mixes)) {
    for (const [list, entries] of Object.entries({ strategies, policies })) {
      for (const [i, entry] of entries.entries()) {
        if (typeof entry === 'string' || Object.keys(entry).length === 1) continue;
        const what = `entry ${i + 1} of '${list}' names ${Object.keys(entry).length} plugins`;
        const mend = 'Give a map from exactly one name to its options; check the indentation.';
        problems.push({ path: ['mixes', mix, list, i], what, mend });
      }
    }
  }
  if (new Set(scenario.seeds).size < scenario.seeds.length)
    problems.push({ path: ['seeds'], what: 'a seed is named twice', mend: 'Name each seed once.' });
  return problems;
}
