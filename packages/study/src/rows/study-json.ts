/** What a study came to, as plain data: `study --json` and summary.json. */
import type { StudyResults } from '../run-study.ts';
import type { Study } from '../study.ts';

/** Version of the layout; a change that breaks readers raises the number. */
export const STUDY_RESULTS_SCHEMA = 'overbook.study-results/1';

/** The same bytes for the same study, however often it was interrupted and wherever it ran. */
export function studyJson(study: Study, results: StudyResults): string {
  const { file, mixes, seeds, points, first } = study;
  const about = {
    schema: STUDY_RESULTS_SCHEMA,
    study: file.settings.name,
    scenario: file.scenario.scenario.name,
    mixes: mixes.map(({ name }) => name),
    bounds: mixes.flatMap(({ name, bound }) => (bound ? [name] : [])),
    baseline: first.baseline,
    seeds,
    vary: study.axes.map(({ path }) => path),
    pointCount: points,
    runs: study.cells,
  };
  return `${JSON.stringify({ ...about, ...results }, undefined, 2)}\n`;
}
