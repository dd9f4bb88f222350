import { expect, test } from 'vitest';

import type { Figure } from '../experiment.ts';
import type { Reproduced } from '../reproduce.ts';
import { reproducedCsv } from './csv.ts';
import { figureChart, marksOf, namesIn } from './figure-chart.ts';
import { reproducedPage } from './page.ts';

const curves: Figure = {
  id: 'f',
  title: 'Memory',
  x: 'VMs',
  y: 'MiB',
  series: [
    {
      name: 'shared',
      from: 'measured',
      points: [
        [1, 10],
        [2, 20],
      ],
    },
    {
      name: 'shared',
      from: 'published',
      points: [
        [1, 11],
        [2, 21],
      ],
    },
    {
      name: 'saved',
      from: 'measured',
      points: [
        [1, 5],
        [2, 9],
      ],
    },
    {
      name: 'input',
      from: 'published',
      as: 'line',
      points: [
        [1, 1],
        [2, 2],
      ],
    },
  ],
};

test('a colour is one quantity, a mark says whether it is published or measured', () => {
  expect(namesIn(curves)).toEqual(['shared', 'saved', 'input']);
  expect(marksOf(curves)).toBe('Lines: measured. Open points and dashed lines: published.');
  const svg = figureChart(curves);
  // Line and points of one quantity, then the two others.
  expect(svg.split('var(--series-1)').length - 1).toBe(2);
  expect(svg.split('var(--series-2)').length - 1).toBe(1);
  expect(svg).toMatch(
    /stroke="var\(--series-3\)"[^>]*stroke-dasharray="5 3"|stroke-dasharray="5 3"[^>]*series-3/,
  );
  expect(svg).not.toContain('var(--series-4)');
});

test('bars that are published are outlined, measured ones filled, in the colour of their quantity', () => {
  const bars: Figure = {
    ...curves,
    series: [
      { name: 'native', from: 'measured', as: 'bars', points: [['a', 1]] },
      { name: 'native', from: 'published', as: 'bars', points: [['a', 2]] },
    ],
  };
  const svg = figureChart(bars);
  expect(marksOf(bars)).toBe('Filled bars: measured. Outlined bars: published.');
  expect(svg).toContain('fill="var(--series-1)"');
  expect(svg).toContain('stroke="var(--series-1)"');
  expect(svg).not.toContain('var(--series-2)');
});

function reproduced(id: string, pass: boolean): Reproduced {
  return {
    experiment: {
      id,
      grade: 'ordering',
      title: `Title of ${id}`,
      source: 's',
      about: '',
      calibrated: [],
      chosen: [],
      gaps: [],
      run: () => ({ rows: [], figures: [] }),
    },
    result: {
      id,
      source: 's',
      grade: 'ordering',
      calibrated: [],
      pass,
      rows: [
        {
          quantity: 'q',
          published: 1,
          measured: 2,
          tolerance: '≥',
          pass,
          grade: 'ordering',
          ...(pass ? {} : { explanation: 'the driver <polls> once a second' }),
        },
        {
          quantity: 's',
          published: 1,
          measured: 1,
          tolerance: '≥',
          pass: true,
          grade: 'shape',
          solved: 'contents',
        },
        { quantity: 'i', published: 3, measured: 3, tolerance: 'equal', pass: true, grade: 'input' },
      ],
    },
    figures: [],
  };
}

test('the contents mark what fails, and by which grade', () => {
  const page = reproducedPage([reproduced('a', true), reproduced('b', false), reproduced('c', true)], []);
  const nav = page.slice(page.indexOf('<nav'), page.indexOf('</nav>'));
  expect(nav).toContain('<a href="#b">Title of b</a> <span class="fail">fails (ordering)</span></li>');
  expect(nav.split('class="fail"')).toHaveLength(2);
});

test('the page and the CSV say what was solved, what compares nothing, and why a row fails', () => {
  const all = [reproduced('a', true), reproduced('b', false)];
  const page = reproducedPage(all, []);
  expect(page).toContain('3 of 4 rows that compare are reproduced. With failing rows: b (ordering).');
  expect(page).toContain('shape, solved by contents');
  expect(page).toContain('<li>q: the driver &#60;polls&#62; once a second</li>');
  expect(page).toMatch(/<td[^>]*>-<\/td>\s*<td[^>]*>input<\/td>/);
  const lines = reproducedCsv(all).split('\n');
  expect(lines[0]).toMatch(/,pass,grade,solved,explanation$/);
  expect(lines[2]).toMatch(/,true,shape,contents,$/);
  expect(lines[4]).toMatch(/,false,ordering,,the driver <polls> once a second$/);
});
