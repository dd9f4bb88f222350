/** A search: for each mix at each point, the most or the least of something at which a stated pain holds. */
import type { Json } from '@overbook/core';
import { OverbookError } from '@overbook/core';

import type { StudyCell } from '../cells/cell.ts';
import type { CellResult } from '../cells/cell-store.ts';
import type { Find } from '../file/schema.ts';
import type { Study } from '../study.ts';
import { parseMeasure, written } from '../vary/measure.ts';
import type { Point } from '../vary/points.ts';
import { boundary } from './bisection.ts';
import type { Verdict } from './holds.ts';
import { verdictOf } from './holds.ts';

/** What a search came to. */
export interface Answer {
  readonly point: number;
  readonly values: Point;
  readonly mix: string;
  readonly bound?: true;
  /** Path of what was looked for. */
  readonly path: string;
  /** Absent where the pain holds at both ends of the range, or at neither. */
  readonly value?: Json;
  /** Values between which the answer lies, by the intervals over seeds; absent with one seed. */
  readonly between?: { readonly from: Json; readonly to: Json };
  readonly outside?: 'holds everywhere' | 'holds nowhere';
  /** Runs that were asked for, and those that looking at every value would have taken. */
  readonly runs: number;
  readonly gridRuns: number;
}

/** Seeds that are run before the first look at a value, and between two looks. Chosen: an interval needs some. */
const SEEDS_A_LOOK = 3;

/** Runs cells and gives their results in order; undefined where a run failed. */
export type RunThem = (cells: readonly StudyCell[]) => Promise<readonly (CellResult | undefined)[]>;

/** What is looked for: `most` from the smallest value on, `least` from the largest. */
export function searchValues({ from, to, step, most }: Find): readonly Json[] {
  const [low, high, by] = [parseMeasure(from)!, parseMeasure(to)!, parseMeasure(step)!];
  const isWhole = [low, high, by].every(({ number }) => Number.isInteger(number));
  const count = Math.floor((high.number - low.number) / by.number + 1e-9) + 1;
  const values = Array.from({ length: count }, (_, i) =>
    written(low.number + i * by.number, low.unit, isWhole),
  );
  return most === undefined ? values.toReversed() : values;
}

/** All answers, by point and mix; `asked` has the cells, each once. */
export async function searchAll(
  study: Study,
  runThem: RunThem,
  asked: (cell: StudyCell) => void,
): Promise<readonly Answer[]> {
  const find = study.file.settings.find!;
  const values = searchValues(find);
  const searches: Promise<Answer>[] = [];
  for (let index = 0; index < study.points; index++) {
    const at = study.valuesAt(index);
    const cells = cellsByValue(study, values, at, index);
    for (const [mix, { name, bound }] of study.mixes.entries()) {
      const search = searchOne(find, values, (place) => cells(place, mix), runThem, asked);
      searches.push(
        search.then((found) => ({ point: index, values: at, mix: name, ...(bound && { bound }), ...found })),
      );
    }
  }
  const answers = await Promise.all(searches);
  const outside = answers.filter((answer) => answer.outside !== undefined);
  if (outside.length === answers.length) throw nothingFound(study, outside);
  return answers;
}

/** The cells of a mix at a value, by seed: all mixes of a value are described at once. */
function cellsByValue(
  study: Study,
  values: readonly Json[],
  at: Point,
  index: number,
): (place: number, mix: number) => readonly StudyCell[] {
  const { most, least } = study.file.settings.find!;
  const known = new Map<number, readonly StudyCell[]>();
  return (place, mix) => {
    const cells = known.get(place) ?? study.cellsAt({ ...at, [(most ?? least)!]: values[place]! }, index);
    known.set(place, cells);
    return cells.slice(mix * study.seeds.length, (mix + 1) * study.seeds.length);
  };
}

async function searchOne(
  { most, least, hold }: Find,
  values: readonly Json[],
  cellsAt: (place: number) => readonly StudyCell[],
  runThem: RunThem,
  asked: (cell: StudyCell) => void,
): Promise<Omit<Answer, 'point' | 'values' | 'mix' | 'bound'>> {
  let runs = 0;
  const look = async (place: number): Promise<Verdict> => {
    const cells = cellsAt(place);
    const looks = Math.ceil(cells.length / SEEDS_A_LOOK);
    const results: CellResult[] = [];
    let verdict: Verdict = { holds: false, certain: true };
    for (let from = 0; from < cells.length; from += SEEDS_A_LOOK) {
      const batch = cells.slice(from, from + SEEDS_A_LOOK);
      runs += batch.length;
      for (const cell of batch) asked(cell);
      const done = await runThem(batch);
      // A run that fails holds nothing.
      if (done.includes(undefined)) return { holds: false, certain: true };
      results.push(...(done as readonly CellResult[]));
      verdict = verdictOf(results, hold, looks);
      if (verdict.certain) break;
    }
    return verdict;
  };
  const found = await boundary(values.length, look);
  const about = { path: (most ?? least)!, runs, gridRuns: values.length * cellsAt(0).length };
  if (found.kind !== 'found')
    return { ...about, outside: found.kind === 'everywhere' ? 'holds everywhere' : 'holds nowhere' };
  const value = values[found.last]!;
  if (cellsAt(0).length < 2) return { ...about, value };
  const ends = [values[found.surely ?? 0]!, values[found.atMost]!];
  const [from, to] = most === undefined ? ends.toReversed() : ends;
  return { ...about, value, between: { from: from!, to: to! } };
}

function nothingFound({ file }: Study, outside: readonly Answer[]): OverbookError {
  const { from, to, least } = file.settings.find!;
  const everywhere = outside.filter((answer) => answer.outside === 'holds everywhere').length;
  const what =
    everywhere === outside.length
      ? `what is to hold does so at ${from} and at ${to}`
      : everywhere === 0
        ? `what is to hold does so neither at ${from} nor at ${to}`
        : `no mix changes between ${from} and ${to}: ${everywhere} hold at both, the others at neither`;
  const harder = least === undefined ? 'a larger `to`' : 'a smaller `from`';
  const easier = least === undefined ? 'a smaller `from`' : 'a larger `to`';
  const mend =
    everywhere === outside.length
      ? `Give ${harder}, or a lower limit.`
      : `Give ${easier}, or a higher limit.`;
  return new OverbookError('OVB_SEARCH_ENDS', file.place(['find']), what, mend);
}
