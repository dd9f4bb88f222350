import type { Mechanisms } from './mechanisms.ts';

/**
 * What a row honestly shows. Three grades compare, and only their rows can be reproduced:
 *
 * - `arithmetic`: follows from published formulas and published inputs;
 * - `shape`: a result after calibration; where a parameter was chosen so that this very figure comes out, the row says
 *   what was solved (`solved`);
 * - `ordering`: only which of two is larger, or on which side of a bound.
 *
 * Two compare nothing:
 *
 * - `input`: a figure that was put in and is read back. A failing one is a fault of ours;
 * - `unpublished`: nothing is published to compare with.
 */
export type Grade = 'arithmetic' | 'shape' | 'ordering' | 'input' | 'unpublished';

/** Highest first. */
export const GRADES: readonly Grade[] = ['arithmetic', 'shape', 'ordering', 'input', 'unpublished'];

/** Grades whose rows compare a result with a published one. */
const COMPARING: readonly Grade[] = ['arithmetic', 'shape', 'ordering'];

/** One published quantity beside what the running mechanism gave. */
export interface Row {
  /** What is compared, with its unit. */
  readonly quantity: string;
  /** As published; words where the source prints an ordering. Null: the source prints nothing, the row is ours. */
  readonly published: number | string | null;
  readonly measured: number | string;
  /** How far apart the two may be, in words a reader can check (`±1 %`, `≤ 5`). */
  readonly tolerance: string;
  /** True when the measured value is inside the tolerance. Whether that reproduces anything is up to the grade. */
  readonly pass: boolean;
  readonly grade: Grade;
  /** The parameter that was chosen so that the published figure comes out; such a row is a shape at best. */
  readonly solved?: string;
  /** Of a failing row: what differs, and why. */
  readonly explanation?: string;
}

/** What one experiment came to: the stable part of `reproduce --json`. */
export interface ExperimentResult {
  readonly id: string;
  /** Publication and figure, table or section. */
  readonly source: string;
  /** The lowest grade of the rows that compare; of one that compares nothing, that of its rows. */
  readonly grade: Grade;
  /** Names of inputs fitted to the same source; a row that rests on one is no prediction. */
  readonly calibrated: readonly string[];
  /** True when every row passed. */
  readonly pass: boolean;
  readonly rows: readonly Row[];
}

/** One curve, or one set of points, of a figure. */
export interface FigureSeries {
  readonly name: string;
  /** Published points are drawn as points beside the measured curve. */
  readonly from: 'published' | 'measured';
  /** How it is drawn; default: points where published, a line where measured. */
  readonly as?: 'line' | 'points' | 'bars';
  /** x is a number, or a category where the figure has bars. */
  readonly points: readonly (readonly [x: number | string, y: number])[];
}

/** What is drawn of an experiment: plain data, the drawing is the report's. */
export interface Figure {
  /** Names the file and the anchor; letters, digits and `-`. */
  readonly id: string;
  readonly title: string;
  /** Axis labels, each with its unit. */
  readonly x: string;
  readonly y: string;
  readonly series: readonly FigureSeries[];
}

/** What a run of an experiment measured. */
export interface Measurement {
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
}

/** What an experiment is run with. */
export interface RunContext {
  /** Changes to the mechanisms of all hosts it composes; none in `overbook reproduce`. */
  readonly mechanisms: Mechanisms;
  /** Told from time to time how much is done, 0..1. */
  readonly progress: (fraction: number) => void;
  /** Folder of the shipped recordings, traces and images. */
  readonly datasets: string;
}

/**
 * One published experiment. Its file composes hosts, lets them run and reads its rows off them; published figures
 * stand in it only to be compared with.
 */
export interface Experiment {
  /** `author-year-figure`; never changes. */
  readonly id: string;
  /** The grade that its rows come to: said beforehand, and held against them. */
  readonly grade: Grade;
  readonly title: string;
  /** Publication and figure, table or section. */
  readonly source: string;
  /** What was done then and what is done here, and which published points are digitised from a drawing. */
  readonly about: string;
  /** Inputs fitted to the same source, by name and value. */
  readonly calibrated: readonly string[];
  /** Inputs that are ours, with their values: paces, seeds, host sizes (assumed, not fitted). */
  readonly chosen: readonly string[];
  /** What the source leaves out: why the experiment is graded no higher. */
  readonly gaps: readonly string[];
  run(context: RunContext): Measurement | Promise<Measurement>;
}

/** True where a result is compared with a published figure. */
export function compares({ grade }: Pick<Row, 'grade'>): boolean {
  return COMPARING.includes(grade);
}

/** True where a published figure was compared and came out: an input that is read back never is. */
export function isReproduced(row: Pick<Row, 'grade' | 'pass'>): boolean {
  return row.pass && compares(row);
}

/** What is said of an experiment in a word or two. */
export type Verdict = 'passes' | 'fails' | 'compares nothing';

/** One that compares nothing does not pass by being there. */
export function verdictOf({ pass, rows }: Pick<ExperimentResult, 'pass' | 'rows'>): Verdict {
  if (!pass) return 'fails';
  return rows.some(compares) ? 'passes' : 'compares nothing';
}

/** The lowest grade of the rows that compare, or of all where none does. */
export function lowestGrade(rows: readonly Row[]): Grade {
  const comparing = rows.filter(compares);
  const graded = comparing.length > 0 ? comparing : rows;
  return GRADES[Math.max(0, ...graded.map((row) => GRADES.indexOf(row.grade)))]!;
}

/**
 * What an experiment's rows come to. An experiment without rows shows nothing and does not pass.
 * @throws Error when its rows are of a lower or higher grade than it says, or a row claims more than it can
 */
export function conclude(experiment: Experiment, rows: readonly Row[]): ExperimentResult {
  const grade = rows.length === 0 ? experiment.grade : lowestGrade(rows);
  if (grade !== experiment.grade)
    throw new Error(`${experiment.id} declares grade ${experiment.grade}, but its rows are ${grade}`);
  for (const row of rows) checkClaim(experiment.id, row);
  return {
    id: experiment.id,
    source: experiment.source,
    grade,
    calibrated: experiment.calibrated,
    pass: rows.length > 0 && rows.every((row) => row.pass),
    rows,
  };
}

function checkClaim(id: string, { quantity, published, grade, solved }: Row): void {
  if (solved !== undefined && grade !== 'shape')
    throw new Error(`${id}: '${quantity}' is solved from what it compares with, and is graded ${grade}`);
  if (published === null && compares({ grade }))
    throw new Error(`${id}: '${quantity}' has nothing published, and is graded ${grade}`);
}
