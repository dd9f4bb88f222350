import { expect, test } from 'vitest';

import type { Experiment, Grade, Row } from './experiment.ts';
import { compares, conclude, isReproduced, verdictOf } from './experiment.ts';
import { EXPERIMENTS } from './registry.ts';
import { chooseExperiments, reproducedJson } from './reproduce.ts';

/**
 * What each experiment may claim. A published number that follows from published inputs is arithmetic; one that needs
 * inputs fitted to its own figure is a shape; where only an order is published, or known with confidence, an ordering.
 * An experiment is as low as the lowest of its rows that compare.
 */
const GRADES: readonly (readonly [id: string, grade: Grade])[] = [
  ['waldspurger-2002-fig2', 'ordering'],
  ['waldspurger-2002-fig4', 'shape'],
  ['waldspurger-2002-fig5', 'shape'],
  ['waldspurger-2002-fig6', 'shape'],
  ['waldspurger-2002-fig7', 'arithmetic'],
  ['waldspurger-2002-fig7-throughput', 'ordering'],
  ['waldspurger-2002-fig8', 'ordering'],
  ['waldspurger-2002-admission', 'arithmetic'],
  ['difference-engine-census', 'arithmetic'],
  ['difference-engine-savings', 'ordering'],
  ['boot-storm-large-pages', 'ordering'],
  ['page-walk-references', 'arithmetic'],
  ['esx-minfree', 'arithmetic'],
  ['vsphere-manual-example', 'arithmetic'],
  ['vsphere-metrics-example', 'arithmetic'],
  ['vmware-orderings', 'ordering'],
  ['barker-2012-sharing', 'ordering'],
  ['zero-pages-and-guests', 'unpublished'],
];

test('every listed experiment is registered, with the grade it may claim', () => {
  const registered = new Map(EXPERIMENTS.map(({ id, grade }) => [id, grade]));
  expect([...registered]).toEqual(GRADES);
});

test('ids are unique and name who, when and what', () => {
  const ids = EXPERIMENTS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/);
});

test('an experiment below arithmetic names what its source leaves out or what was fitted', () => {
  const silent = EXPERIMENTS.filter(
    ({ grade, gaps, calibrated }) => grade !== 'arithmetic' && gaps.length + calibrated.length === 0,
  );
  expect(silent.map(({ id }) => id)).toEqual([]);
});

test('an experiment of arithmetic alone has nothing fitted', () => {
  const fitted = EXPERIMENTS.filter(
    ({ grade, calibrated }) => grade === 'arithmetic' && calibrated.length > 0,
  );
  expect(fitted.map(({ id }) => id)).toEqual([]);
});

function some(grade: Grade): Experiment {
  return {
    id: 'somebody-2001',
    grade,
    title: '',
    source: 'Somebody 2001',
    about: '',
    calibrated: ['a'],
    chosen: [],
    gaps: [],
    run: () => ({ rows: [], figures: [] }),
  };
}
function row(grade: Grade, pass: boolean): Row {
  return { quantity: 'q', published: 1, measured: 1, tolerance: 'equal', pass, grade };
}

test('an experiment has the lowest grade of its rows and passes when all of them do', () => {
  const rows = [row('arithmetic', true), row('shape', true)];
  expect(conclude(some('shape'), rows)).toMatchObject({ grade: 'shape', pass: true });
  expect(conclude(some('shape'), [...rows, row('arithmetic', false)]).pass).toBe(false);
  expect(conclude(some('shape'), []).pass).toBe(false);
});

test('rows of another grade than the experiment says are a fault of ours', () => {
  expect(() => conclude(some('arithmetic'), [row('shape', true)])).toThrow(/declares grade arithmetic/);
  expect(() => conclude(some('ordering'), [row('shape', true)])).toThrow(/its rows are shape/);
});

test('an input that is read back cannot be counted as reproduced, nor what nothing is published of', () => {
  const grades = ['arithmetic', 'shape', 'ordering', 'input', 'unpublished'] as const;
  expect(grades.filter((grade) => isReproduced(row(grade, true)))).toEqual([
    'arithmetic',
    'shape',
    'ordering',
  ]);
  expect(grades.filter((grade) => isReproduced(row(grade, false)))).toEqual([]);
  expect(grades.filter((grade) => compares(row(grade, true)))).toEqual(['arithmetic', 'shape', 'ordering']);
});

test('inputs do not lower the grade of an experiment, and alone make none', () => {
  expect(conclude(some('shape'), [row('shape', true), row('input', true)]).grade).toBe('shape');
  expect(conclude(some('input'), [row('input', true)]).grade).toBe('input');
  expect(() => conclude(some('ordering'), [{ ...row('unpublished', true), published: null }])).toThrow(
    /its rows are unpublished/,
  );
});

test('an experiment that compares nothing does not pass, and one of whose inputs is lost fails', () => {
  const said = (...rows: readonly Row[]) => verdictOf(conclude(some(rows[0]!.grade), rows));
  expect(said(row('shape', true), row('input', true))).toBe('passes');
  expect(said(row('input', true))).toBe('compares nothing');
  expect(said(row('input', true), row('input', false))).toBe('fails');
});

test('a row that claims more than it can is a fault of ours', () => {
  for (const grade of ['arithmetic', 'ordering'] as const) {
    expect(() => conclude(some(grade), [{ ...row(grade, true), solved: 'contents' }])).toThrow(
      /'q' is solved from what it compares with/,
    );
  }
  expect(() => conclude(some('ordering'), [{ ...row('ordering', true), published: null }])).toThrow(
    /'q' has nothing published/,
  );
});

test('the JSON has exactly the fields that were promised', () => {
  const experiment = some('shape');
  const result = conclude(experiment, [row('shape', true)]);
  expect(JSON.parse(reproducedJson([{ experiment, result, figures: [] }]))).toEqual({
    schema: 'overbook.reproduce/1',
    experiments: [
      {
        id: 'somebody-2001',
        source: 'Somebody 2001',
        grade: 'shape',
        calibrated: ['a'],
        pass: true,
        rows: [{ quantity: 'q', published: 1, measured: 1, tolerance: 'equal', pass: true, grade: 'shape' }],
      },
    ],
  });
});

test('experiments are chosen by id, in the order of the registry', () => {
  const ids = EXPERIMENTS.map(({ id }) => id);
  expect(chooseExperiments([ids[2]!, ids[0]!]).map(({ id }) => id)).toEqual([ids[0], ids[2]]);
  expect(chooseExperiments()).toBe(EXPERIMENTS);
  expect(() => chooseExperiments(['waldspurger-2002-fgi7'])).toThrow(/Did you mean 'waldspurger-2002-fig7'/);
});
