/** Reads a scenario file: YAML to a checked scenario, or all its problems at once, each with line and column. */
import { dirname, resolve } from 'node:path';

import type { Path, Problem } from './problems.ts';
import { explain, problemsOf } from './problems.ts';
import { atEntries, countedOut, entryPath } from './guest-count.ts';
import { contradictingRights } from './rights.ts';
import { memoryStateProblems } from './pressure-keys.ts';
import { profileProblems } from './profile-problems.ts';
import type { Scenario } from './schema.ts';
import { scenarioSchema } from './schema.ts';
import type { YamlKind, YamlText } from './yaml-text.ts';
import { madeYaml, parseYaml, readYamlFile } from './yaml-text.ts';

/** A scenario and where it came from. */
export interface ScenarioFile {
  /** As given; used in messages. */
  readonly path: string;
  /** Folder of the file: what plugins are relative to. */
  readonly folder: string;
  /** Folder that dataset files are relative to. */
  readonly datasets: string;
  /** Where files lie that are not in that folder, by the name that the scenario gives them. */
  readonly places?: Readonly<Record<string, string>>;
  readonly text: string;
  /** The text as plain data, before it was checked. */
  readonly plain: unknown;
  readonly scenario: Scenario;
  /** `file:line:column` of a value in the file. */
  readonly place: (path: Path, key?: boolean) => string;
}

const KIND: YamlKind = {
  what: 'a scenario',
  unreadable: 'OVB_SCENARIO_UNREADABLE',
  invalid: 'OVB_SCENARIO_INVALID',
};

/** Entries of a list that are looked at together: wrong ones beyond are not looked for once some are found. */
const WINDOW = 100;

/** Reads and checks a file. @throws OVB_SCENARIO_UNREADABLE, ProblemsError of OVB_SCENARIO_INVALID */
export function readScenario(path: string): ScenarioFile {
  return parseScenario(path, readYamlFile(path, KIND));
}

/** Checks a scenario's text. @param path for messages, and for what the scenario names relative to itself */
export function parseScenario(path: string, text: string): ScenarioFile {
  return checkScenario(path, text, parseYaml(path, text, KIND));
}

/** The same of a text that a program wrote as JSON: quicker. */
export function parseMadeScenario(path: string, text: string): ScenarioFile {
  return checkScenario(path, text, madeYaml(path, text, KIND));
}

function checkScenario(path: string, text: string, { plain, place, refuse }: YamlText): ScenarioFile {
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
    plain,
    scenario,
    place: (at, key) => place(entryPath(at, entries), key),
  };
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
