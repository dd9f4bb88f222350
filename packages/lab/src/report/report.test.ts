import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';

import { chartSvg } from './chart.ts';
import { escapeHtml, figureHtml, reportPage, tableHtml } from './page.ts';

const points = [
  { vms: 1, mib: 5.1, who: 'published' },
  { vms: 2, mib: 28.6, who: 'published' },
  { vms: 1, mib: 4, who: 'measured' },
  { vms: 2, mib: 30, who: 'measured' },
];
function chart(): string {
  return chartSvg({
    title: 'Reclaimed memory',
    description: 'Grows with the number of VMs',
    plot: {
      color: { type: 'categorical' },
      marks: [Plot.line(points, { x: 'vms', y: 'mib', stroke: 'who' }), Plot.ruleY([0])],
    },
  });
}

test('a chart is one svg with a name, drawn the same every time, in the colours of the page', () => {
  const svg = chart();
  expect(svg).toBe(chart());
  const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
  const [root] = document.body.children;
  expect(root!.tagName.toLowerCase()).toBe('svg');
  expect(root!.getAttribute('aria-label')).toBe('Reclaimed memory. Grows with the number of VMs');
  expect([...document.querySelectorAll('g[aria-label]')]).toEqual([]);
  expect(svg).toContain('var(--series-1)');
  expect(svg).toContain('var(--series-2)');
});

test('a page carries all it needs: nothing is fetched, no script runs, texts are escaped', () => {
  const page = reportPage({
    title: 'A <b>report</b>',
    lead: 'Is 1 < 2 & "so"?',
    sections: [
      { id: 'one', heading: 'One', html: figureHtml({ svg: chart(), caption: 'c', series: ['a', 'b'] }) },
      {
        id: 'two',
        heading: 'Two',
        html: tableHtml({
          caption: 'Rows',
          columns: [{ head: 'what' }, { head: 'pages', numeric: true }],
          rows: [['<x>', '1']],
        }),
      },
      { id: 'three', heading: 'Three', html: '<p>end</p>' },
    ],
    footer: ['overbook analyze a&b.raw'],
  });
  expect(page).not.toMatch(
    /<script|<link[^>]*stylesheet|https?:\/\/(?!www\.w3\.org\/2000\/svg)|@import|url\(/,
  );
  expect(page).toContain(escapeHtml('A <b>report</b>'));
  expect(page).not.toContain('<b>');
  expect(page).toContain('<th scope="row">&#60;x&#62;</th>');
  const { document } = parseHTML(page);
  const ids = [...document.querySelectorAll('section')].map(({ id }) => id);
  const targets = [...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'));
  expect(targets).toEqual(ids.map((id) => `#${id}`));
});
