import { expect, test } from 'vitest';

import { planExperiment } from '../src/experiment/experiment.ts';
import { runExperiment } from '../src/experiment/run-experiment.ts';
import { compareReport } from '../src/report/compare-report.ts';
import { meaning } from '../src/results/meaning.ts';
import { METRICS } from '../src/results/metrics.ts';
import type { Results } from '../src/results/results.ts';
import { resultsJson, resultsOf } from '../src/results/results.ts';
import { small } from './small-scenario.ts';

const MIXES = `
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
  sharing: { strategies: [equal-pages, hostswap] }
`;
const PARTS = { about: 'small', order: 'Other costs may turn this.', alerts: () => [], states: [] };

async function compared(series?: number) {
  const overrides = { seeds: [1, 2], ...(series !== undefined && { series }) };
  const experiment = await planExperiment(small('', MIXES), overrides);
  const outcomes = await runExperiment(experiment);
  const results = resultsOf(experiment, outcomes, { command: 'overbook compare small.yaml' });
  const json = JSON.parse(resultsJson(results)) as Results;
  return { results, json, page: compareReport(results, outcomes, PARTS) };
}

/** Cells of all rows of tables in a section. */
function rowsIn(page: string, section: string): readonly (readonly string[])[] {
  const from = page.indexOf(`<section id="${section}">`);
  const html = page.slice(from, page.indexOf('</section>', from));
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell!),
  );
}

test('every figure of results.json is in the page, digit by digit, with the sentence of the terminal', async () => {
  const { results, json, page } = await compared();
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(/);
  expect(page.replaceAll(/<\/?code>/g, '`')).toContain(
    meaning(results.mixes, results.seeds.length, results.baseline, results.bounds),
  );
  const all = [...json.mixes, ...json.bounds];
  const [, ...rows] = rowsIn(page, 'figures');
  expect(rows.map((cells) => cells.slice(0, 2 + 3 * METRICS.length))).toEqual(
    all.map(({ name, hostMemoryPages, summary }, i) => [
      i < json.mixes.length ? name : `${name} \u2020`,
      String(hostMemoryPages),
      ...METRICS.flatMap((metric) => {
        const { mean, low, high } = summary![metric];
        return [mean, low, high].map(String);
      }),
    ]),
  );
});

test('each guest\u2019s waits are means over seeds of stall over life', async () => {
  const { json, page } = await compared();
  const [heads, ...rows] = rowsIn(page, 'guests');
  expect(heads).toEqual(['mix', 'one', 'two']);
  const [first] = json.mixes;
  const part = first!.runs!.map(({ guests }) => guests[0]!.stallNs / guests[0]!.lifeNs);
  expect(Number(rows[0]![1])).toBeCloseTo(((part[0]! + part[1]!) / 2) * 100, 0);
});

test('who gave what is drawn for each mix where there are samples, and else said', async () => {
  const drawn = (page: string): number => page.split('aria-label="Who gave what:').length - 1;
  expect(drawn((await compared()).page)).toBe(0);
  expect((await compared()).page).toContain('The runs were too short for a drawing');
  expect(drawn((await compared(5)).page)).toBe(3);
});
