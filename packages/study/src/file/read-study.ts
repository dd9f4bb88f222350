/** Reads a study file: YAML to a checked study, or all its problems at once, each with line and column. */
import { dirname, isAbsolute, join } from 'node:path';

import type { Path, Problem, ScenarioFile, YamlKind } from '@overbook/lab';
import { explain, parseYaml, problemsOf, readScenario, readYamlFile } from '@overbook/lab';

import { parseMeasure } from '../vary/measure.ts';
import type { StudySettings } from './schema.ts';
import { studySchema } from './schema.ts';

/** A study and where it came from. */
export interface StudyFile {
  /** As given; used in messages. */
  readonly path: string;
  readonly text: string;
  readonly settings: StudySettings;
  /** The scenario that it varies. */
  readonly scenario: ScenarioFile;
  /** `file:line:column` of a value, or of its key. */
  readonly place: (path: Path, key?: boolean) => string;
}

const KIND: YamlKind = { what: 'a study', unreadable: 'OVB_STUDY_UNREADABLE', invalid: 'OVB_STUDY_INVALID' };

/** @throws OVB_STUDY_UNREADABLE, ProblemsError of OVB_STUDY_INVALID, and what reading its scenario throws */
export function readStudy(path: string): StudyFile {
  return parseStudy(path, readYamlFile(path, KIND));
}

/** Checks a study's text. @param path for messages, and for what the study names relative to itself */
export function parseStudy(path: string, text: string): StudyFile {
  const { plain, place, refuse } = parseYaml(path, text, KIND);
  const parsed = studySchema.safeParse(plain, { error: explain, reportInput: true });
  if (!parsed.success) throw refuse(problemsOf(parsed.error.issues));
  const problems = contradictionsIn(parsed.data);
  if (problems.length > 0) throw refuse(problems);
  const named = parsed.data.scenario;
  const scenario = readScenario(isAbsolute(named) ? named : join(dirname(path), named));
  return { path, text, settings: parsed.data, scenario, place };
}

/** What the schema cannot say. */
function contradictionsIn(study: StudySettings): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [path, varied] of Object.entries(study.vary)) {
    if (Array.isArray(varied)) continue;
    const at = ['vary', path];
    if (varied !== 'range') problems.push(...endProblems(varied, at, ['from', 'to']));
    else if (!path.startsWith('costs.')) {
      const what = `'${path}' has no range of its own: only costs do`;
      problems.push({ path: at, what, mend: 'Give a list of values, or `from` and `to`.' });
      continue;
    }
    if (study.sample !== undefined) continue;
    if (varied === 'range') {
      const what = `'${path}' has no single values: it takes a whole range`;
      problems.push({
        path: at,
        what,
        mend: 'Give `sample`, the number of points, or a list of values here.',
      });
    } else if (varied.steps === undefined) {
      const mend =
        'Add `steps`, the number of values; or give `sample`, the number of points of the whole study.';
      problems.push({ path: at, what: `'${path}' does not say how many values it takes`, mend });
    }
  }
  if (study.find !== undefined) {
    problems.push(...endProblems(study.find, ['find'], ['from', 'to', 'step']));
    const key = study.find.most === undefined ? 'least' : 'most';
    const path = study.find[key]!;
    if (Object.hasOwn(study.vary, path)) {
      const what = `'${path}' is looked for, and varies too`;
      problems.push({ path: ['find', key], what, mend: 'Take it out of `vary`.' });
    }
  }
  return problems;
}

/** Both ends and the step are numbers of one unit, and in order. */
function endProblems(
  range: Readonly<{ from: number | string; to: number | string; step?: number | string; scale?: string }>,
  at: Path,
  keys: readonly ('from' | 'to' | 'step')[],
): readonly Problem[] {
  const measures = keys.map((key) => parseMeasure(range[key]!));
  const none = measures.indexOf(undefined);
  if (none >= 0) {
    const what = `'${range[keys[none]!]!}' is not a number`;
    return [
      { path: [...at, keys[none]!], what, mend: 'Give a number, or one with a unit, as in `256 MiB`.' },
    ];
  }
  const [from, to, step] = measures as { readonly number: number; readonly unit: string }[];
  const other = measures.findIndex((one) => one!.unit !== from!.unit);
  if (other >= 0) {
    const what = `'${range[keys[other]!]!}' has another unit than '${range.from}'`;
    return [{ path: [...at, keys[other]!], what, mend: 'Write all in one unit.' }];
  }
  if (to!.number <= from!.number)
    return [{ path: [...at, 'to'], what: "'to' is not above 'from'", mend: 'Give the smaller value first.' }];
  if (step !== undefined && step.number <= 0)
    return [
      { path: [...at, 'step'], what: "'step' is not above 0", mend: 'Give the distance of two values.' },
    ];
  if (range.scale === 'log' && from!.number <= 0)
    return [{ path: [...at, 'from'], what: 'equal ratios need values above 0', mend: 'Start above 0.' }];
  return [];
}
