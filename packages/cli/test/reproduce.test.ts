/** The face of `overbook reproduce`: what it prints, what it refuses, how it ends. */
import type { Reproduced, Row } from '@overbook/reproduce';
import { EXPERIMENTS } from '@overbook/reproduce';
import { expect, test } from 'vitest';

import { exitCode } from '../src/commands/reproduce.ts';
import { experimentTable, reproduction, reproductionSummary } from '../src/render/reproduction.ts';
import { overbook } from './captured-io.ts';

test('an unknown experiment ends with code 2 and the one that was meant', async () => {
  const said = await overbook(['reproduce', 'waldspurger-2002-fgi7']);
  expect(said).toMatchObject({ code: 2, out: '' });
  expect(said.err).toMatch(/OVB_EXPERIMENT_UNKNOWN[\s\S]*Did you mean 'waldspurger-2002-fig7'\?/);
});

test('--list names every experiment and runs none', async () => {
  const said = await overbook(['reproduce', '--list']);
  expect(said).toMatchObject({ code: 0, err: '' });
  for (const { id } of EXPERIMENTS) expect(said.out).toContain(`${id}\n`);
});

const failed: Reproduced = {
  experiment: {
    id: 'somebody-2001-table-1',
    grade: 'ordering',
    title: 'What somebody found',
    source: 'Somebody, Proceedings 2001, table 1',
    about: '',
    calibrated: ['working set 20 MB'],
    chosen: [],
    gaps: ['the guests are not told'],
    run: () => ({ rows: [], figures: [] }),
  },
  result: {
    id: 'somebody-2001-table-1',
    source: 'Somebody, Proceedings 2001, table 1',
    grade: 'ordering',
    calibrated: ['working set 20 MB'],
    pass: false,
    rows: [
      {
        quantity: 'memory that one technique gives back, beside what the other one gives back [MB]',
        published: 'balloon before swap, in every single one of the workloads',
        measured: 'balloon 12.25, swap 13.5',
        tolerance: 'balloon ≥ swap',
        pass: false,
        grade: 'ordering',
        explanation: 'the driver polls once a second, and a host as small as this one fills up meanwhile',
      },
      {
        quantity: 'pages',
        published: 195_224,
        measured: 195_224,
        tolerance: 'equal',
        pass: true,
        grade: 'arithmetic',
      },
      {
        quantity: 'shared',
        published: 67,
        measured: 67.1,
        tolerance: '±1',
        pass: true,
        grade: 'shape',
        solved: 'contents of a VM',
      },
      { quantity: 'gain', published: 0.75, measured: 0.75, tolerance: 'equal', pass: true, grade: 'input' },
      {
        quantity: 'zero',
        published: null,
        measured: 22,
        tolerance: 'reported',
        pass: true,
        grade: 'unpublished',
      },
    ],
  },
  figures: [],
};

test.each([80, 200])('at %i columns no line is longer than the screen, and failures are shown', (columns) => {
  const text = experimentTable(failed, { columns, color: false });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  expect(text).toContain('FAIL');
  expect(text).toContain('calibrated on the same source: working set 20 MB');
  expect(text).toContain('the source leaves out: the guests are not told');
  expect(text).toMatch(/pass {2}pages +195224 +195224 +equal +arithmetic/);
  expect(text).toContain('solved, so that the published figure comes out: contents of a VM');
});

test('what compares nothing has no verdict in the table', () => {
  const text = experimentTable(failed, { columns: 200, color: false });
  expect(text).toMatch(/pass {2}shared +67 +67\.1 +±1 +shape, solved/);
  expect(text).toMatch(/- {5}gain +0\.75 +0\.75 +equal +input/);
  expect(text).toMatch(/- {5}zero +- +22 +reported +unpublished/);
  const { rows } = failed.result;
  const apart = { ...failed, result: { ...failed.result, pass: true, rows: rows.slice(3) } };
  expect(experimentTable(apart, { columns: 200, color: false })).toMatch(/^\S+ {2}compares nothing/);
});

test('a failing row says why it fails, or that nothing explains it', () => {
  const screen = { columns: 200, color: false };
  expect(experimentTable(failed, screen).replaceAll(/\n */g, ' ')).toMatch(
    /FAIL memory that one technique gives back, .*: the driver polls once a second/,
  );
  const [first, ...rest] = failed.result.rows;
  const rows = [first!, { ...first!, quantity: 'the same' }];
  const twice = { ...failed, result: { ...failed.result, rows } };
  expect(experimentTable(twice, screen).replaceAll(/\n */g, ' ')).toMatch(
    /FAIL memory that .*; the same: the driver polls/,
  );
  const { explanation: _, ...bare } = first!;
  const unexplained = { ...failed, result: { ...failed.result, rows: [bare, ...rest] } };
  expect(experimentTable(unexplained, screen)).toContain('nothing explains this');
});

test('an explained failure ends with 0; an unexplained one, or one of arithmetic or an input, with 1', () => {
  const [ordering, arithmetic, , input] = failed.result.rows;
  const ends = (strict: boolean, ...rows: readonly Row[]): number =>
    exitCode([{ ...failed, result: { ...failed.result, rows } }], strict);
  const { explanation: _, ...unexplained } = ordering!;
  expect([ends(false, ordering!), ends(true, ordering!), ends(false, unexplained)]).toEqual([0, 1, 1]);
  for (const row of [arithmetic!, input!]) {
    expect(ends(true, row)).toBe(0);
    expect(ends(false, { ...row, pass: false, explanation: 'whatever it may be' })).toBe(1);
  }
  expect(ends(false)).toBe(1);
});

test('the sentence comes first, for a reader of the first lines, and last, for one at a terminal', () => {
  const said = reproductionSummary([failed, failed]);
  const text = reproduction([failed, failed], { columns: 110, color: false }).replaceAll(/\n(?=\S)/g, ' ');
  expect(text.startsWith(said)).toBe(true);
  expect(text.trimEnd().endsWith(said)).toBe(true);
  expect(reproduction([failed], { columns: 110, color: false }).split('2 of 3 rows')).toHaveLength(2);
});

test('the last line counts what passed and names what did not', () => {
  expect(reproductionSummary([failed])).toBe(
    '2 of 3 rows that compare are reproduced (arithmetic 1 of 1, shape 1 of 1, ordering 0 of 1). Of these 1 ' +
      'by a parameter chosen so that the figure comes out (solved). Not counted: 1 read an input ' +
      'back, 1 have nothing published to compare with. Failing rows ' +
      'in somebody-2001-table-1 ' +
      '(ordering).',
  );
});
