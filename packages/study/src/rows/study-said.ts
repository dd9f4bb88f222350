/** What a study came to, in a sentence or two. */
import { counted, grouped, listed, percent } from '@overbook/lab/words';

import type { Answer } from '../find/search.ts';
import type { StudyResults } from '../run-study.ts';
import type { Study } from '../study.ts';
import { valueText } from '../vary/value-text.ts';

/** The sentence that answers the study: who slowed the guests least at how many points, or what a search found. */
export function studySaid(study: Study, { answers, points, failed }: StudyResults): string {
  const lost = failed.length === 0 ? '' : ` ${counted(failed.length, 'run')} failed.`;
  if (answers.length > 0) return `${answerSaid(study, answers)}${lost}`;
  const wins = new Map<string, number>();
  for (const { best } of points) if (best !== undefined) wins.set(best, (wins.get(best) ?? 0) + 1);
  const ranked = [...wins].sort(([, a], [, b]) => b - a);
  if (ranked.length === 0) return `No mix let all guests do all their work at any point.${lost}`;
  const parts = ranked.map(([name, count]) => `\`${name}\` at ${count}`);
  const sure = points.filter(({ tied }) => tied?.length === 0).length;
  const clear =
    study.seeds.length < 2
      ? ' One seed may be chance: give the study `seeds: 5`.'
      : sure === 0
        ? ' At each of them another mix comes near enough to be chance.'
        : ` At ${sure} of them no other mix comes near enough to be chance.`;
  return `Of ${counted(points.length, 'point')}, ${listed(parts)} slowed the guests least.${clear}${lost}`;
}

function answerSaid({ file }: Study, answers: readonly Answer[]): string {
  const { most, hold } = file.settings.find!;
  const real = answers.filter(({ bound, value }) => bound !== true && value !== undefined);
  const limits = Object.entries(hold).map(([metric, limit]) => `${metric} ≤ ${limit}`);
  if (real.length === 0) return `No mix has a boundary in this range of ${listed(limits)}.`;
  const numberOf = ({ value }: Answer): number =>
    typeof value === 'number' ? value : parseFloat(valueText(value));
  const best = real.reduce((a, b) =>
    (most === undefined ? numberOf(b) < numberOf(a) : numberOf(b) > numberOf(a)) ? b : a,
  );
  const runs = answers.reduce((sum, answer) => sum + answer.runs, 0);
  const grid = answers.reduce((sum, answer) => sum + answer.gridRuns, 0);
  return (
    `With ${listed(limits)}, \`${best.mix}\` has the ${most === undefined ? 'least' : 'most'} of ${best.path}: ` +
    `${valueText(best.value)}. The search took ${grouped(runs)} runs, ` +
    `${percent(runs / grid)} of what every value would have taken.`
  );
}
