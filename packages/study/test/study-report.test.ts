import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { PointSummary, StudyResults } from '@overbook/study';
import {
  Study,
  StudyFolder,
  localEngine,
  readStudy,
  runStudy,
  studyRecord,
  studySaid,
} from '@overbook/study';
import { studyReport } from '@overbook/study/report';

import { tinyStudy } from './tiny.ts';

const PARTS = { assumptions: ['Paces: `tps` scans 20,000 pages per second.'] };

function pageOf(study: Study, results: StudyResults): string {
  return studyReport(study, results, {
    ...PARTS,
    record: studyRecord(study, { node: 'v0', command: 'overbook study' }),
  });
}

/** Cells of all rows of tables in a section. */
function rowsIn(page: string, section: string): readonly (readonly string[])[] {
  const from = page.indexOf(`<section id="${section}">`);
  const html = page.slice(from, page.indexOf('</section>', from));
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)]
    .slice(1)
    .map(([, row]) => [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell!));
}

async function ran(text: string): Promise<{ study: Study; results: StudyResults; summary: StudyResults }> {
  const path = tinyStudy(text);
  const study = await Study.plan(readStudy(path));
  const folder = StudyFolder.open(join(dirname(path), 'out'), studyRecord(study, { node: 'v0' }), {
    own: 'test',
    nowMs: 0,
  });
  const engine = await localEngine(study.loaded, { workers: 0 });
  const results = await runStudy(study, folder, engine, {});
  return {
    study,
    results,
    summary: JSON.parse(readFileSync(folder.file('summary.json'), 'utf8')) as StudyResults,
  };
}

test('every figure of summary.json is in the page, digit by digit, and its sentence is the terminal’s', async () => {
  const { study, results, summary } = await ran('seeds: 2\nvary: { host.memory: [45 %, 60 %, 75 %] }\n');
  const page = pageOf(study, results);
  expect(page).toBe(pageOf(study, results));
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(/);
  expect(page.replaceAll(/<\/?code>/g, '`')).toContain(studySaid(study, results));
  const told = summary.points.flatMap(({ point, values, hostMemoryPages, mixes }) =>
    mixes.map(({ name, runs, figures, reclaimedPages }) => [
      String(point),
      values['host.memory'],
      String(hostMemoryPages),
      name,
      String(runs),
      'no',
      ...Object.values(figures!).flatMap(({ mean, low, high }) => [mean, low, high].map(String)),
      String(reclaimedPages),
    ]),
  );
  expect(told).toHaveLength(6);
  expect(rowsIn(page, 'figures')).toEqual(told);
  expect(rowsIn(page, 'least').map(([at, best]) => [at, best])).toEqual(
    summary.points.map(({ values, best }) => [values['host.memory'], best]),
  );
});

test('of a search the page has the answers and the runs that they took', async () => {
  const { study, results, summary } = await ran(
    'seeds: 2\nfind: { least: host.memory, from: 40 %, to: 80 %, step: 10 %, hold: { workSlowdown: 1.4 } }\n',
  );
  const rows = rowsIn(pageOf(study, results), 'answers');
  expect(rows.map(([mix, value]) => [mix, value])).toEqual(
    summary.answers.map(({ mix, value, outside }) => [mix, value ?? outside]),
  );
});

describe('a study of 10,000 points', () => {
  /** Its points as if they had run: two curves that bend. */
  async function planned(vary: string): Promise<{ study: Study; results: StudyResults }> {
    const study = await Study.plan(readStudy(tinyStudy(`seeds: 2\n${vary}`)));
    const points = Array.from({ length: study.points }, (_, index): PointSummary => {
      const figure = (mean: number) => ({ mean, low: mean * 0.99, high: mean * 1.01 });
      const mixes = study.mixes.map(({ name }, mix) => {
        const slow = figure(1 + Math.max(0.1, 3 - index / 1000 - mix));
        return {
          name,
          runs: 2,
          lostWork: false,
          figures: {
            workSlowdown: slow,
            worstGuestStall: figure(0.1),
            stallP99Ns: figure(1000),
            hostCpuNs: figure(1e9),
            pagesWritten: figure(100),
          },
          reclaimedPages: index,
        };
      });
      return {
        point: index,
        values: study.valuesAt(index),
        hostMemoryPages: 1 as PointSummary['hostMemoryPages'],
        mixes,
        best: 'tps',
        tied: [],
      };
    });
    return { study, results: { points, answers: [], failed: [] } };
  }

  test('makes a page that can be mailed, and says what it leaves out', async () => {
    const { study, results } = await planned(
      'vary: { options.tps.pagesPerSecond: { from: 1000, to: 20000, steps: 10000 } }\n',
    );
    const page = pageOf(study, results);
    expect(page.length).toBeLessThan(3e6);
    expect(page).toContain('One point in 25 is drawn; summary.json has all.');
    expect(page).toContain('The first 500 points of 10000; summary.json has all.');
    expect(page).toContain('The first 2000 of 20000 rows: summary.json has all.');
  });

  test('of several axes with too many panels has the table in place of curves', async () => {
    const { study, results } = await planned(
      'vary: { options.tps.pagesPerSecond: { from: 1000, to: 20000, steps: 100 }, ' +
        'host.memory: { from: 40 %, to: 90 %, steps: 100 } }\n',
    );
    const page = pageOf(study, results);
    expect(page.length).toBeLessThan(3e6);
    expect(page).not.toContain('<section id="curves">');
    expect(page).toContain('<section id="least">');
  });

  test('has a knee where its curves bend', async () => {
    const { study, results } = await planned(
      'vary: { options.tps.pagesPerSecond: { from: 1000, to: 20000, steps: 10000 } }\n',
    );
    const knees = rowsIn(pageOf(study, results), 'curves');
    expect(knees.map(([mix]) => mix)).toEqual(['swap-only', 'tps']);
    // The curves stop falling at points 2,900 and 1,900.
    expect(knees.map(([, at]) => Number(at))).toEqual([
      expect.closeTo(1000 + 1.9 * 2900, -2),
      expect.closeTo(1000 + 1.9 * 1900, -2),
    ]);
  });
});
