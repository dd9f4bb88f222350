/** Reports that people mail around, as a browser shows them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import type { Seen } from './browser.ts';
import { ALL_LOOKS, CHROMIUM, seen } from './browser.ts';
import { DATASETS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-reports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two guests that run in milliseconds, more mixes than colours, and a bound. */
const SCENARIO = `name: tiny
datasets: ${DATASETS}
guests:
  - &guest
    name: one
    image: images/mini.raw.gz
    size: 8 MiB
    driver: true
    script: { intervals: 10, pagesPerInterval: 128 }
  - { <<: *guest, name: two }
host: { memory: 55 % of guests }
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
  compression: { strategies: [compression, hostswap] }
  tps-slow: { strategies: [tps: { pagesPerSecond: 500 }, hostswap] }
  tps-fast: { strategies: [tps: { pagesPerSecond: 50000 }, hostswap] }
  both: { strategies: [tps: { pagesPerSecond: 20000 }, compression, hostswap] }
  balloon: { strategies: [balloon, hostswap] }
  all: { strategies: [tps: { pagesPerSecond: 20000 }, balloon, compression, hostswap] }
  linux-with-a-long-name: { profile: linux-kvm, strategies: [hostswap] }
  sharing: { strategies: [equal-pages, hostswap] }
`;
const scenario = join(folder, 'tiny.yaml');
writeFileSync(scenario, SCENARIO);

function studyFile(name: string, text: string): string {
  const path = join(folder, `${name}.study.yaml`);
  writeFileSync(path, `name: ${name}\nscenario: tiny.yaml\n${text}`);
  return path;
}

function expectReadable(looks: readonly Seen[]): void {
  for (const { theme, width, pageWidth, violations, said, fetched, overlaps, drawings, saved } of looks) {
    const at = `${theme}, ${width} px`;
    expect.soft(violations, at).toEqual([]);
    expect.soft(said, at).toEqual([]);
    expect.soft(fetched, at).toEqual([]);
    expect.soft(pageWidth, at).toBe(width);
    expect.soft(overlaps, at).toEqual([]);
    expect.soft(drawings.length, at).toBeGreaterThan(0);
    expect.soft(saved.length, at).toBeGreaterThanOrEqual(drawings.length);
    expect.soft(new Set(saved), at).toEqual(new Set(['svg']));
  }
}

/** What differs most. */
const TWO_LOOKS = [ALL_LOOKS[0]!, ALL_LOOKS.at(-1)!];

const hasNoBrowser = CHROMIUM === undefined;

test.skipIf(hasNoBrowser)(
  'analyze -o and reproduce -o read well too (needs Chromium)',
  { timeout: 240_000 },
  async () => {
    const [analysis, reproduced] = [join(folder, 'analysis'), join(folder, 'reproduced')];
    const image = join(DATASETS, 'images', 'mini.raw.gz');
    expect((await overbook(['analyze', image, '-o', analysis])).code).toBe(0);
    expect((await overbook(['reproduce', 'esx-minfree', '-o', reproduced])).code).toBe(0);
    for (const path of [join(analysis, 'report.html'), join(reproduced, 'index.html')]) {
      for (const { theme, width, pageWidth, violations, said, fetched } of await seen(path, TWO_LOOKS)) {
        const at = `${path}, ${theme}, ${width} px`;
        expect.soft([violations, said, fetched], at).toEqual([[], [], []]);
        expect.soft(pageWidth, at).toBe(width);
      }
    }
  },
);

describe('compare --report', { timeout: 240_000 }, () => {
  test.skipIf(hasNoBrowser)(
    'reads well at three widths in both themes, without network (needs Chromium)',
    async () => {
      const report = join(folder, 'compare.html');
      const words = ['compare', scenario, '--seeds', '2', '--series', '10ms', '--workers', '1', '--json'];
      const { code, out } = await overbook([...words, '--report', report]);
      expect(code).toBe(0);
      const looks = await seen(report);
      expectReadable(looks);
      const results = JSON.parse(out) as Record<
        'mixes' | 'bounds',
        { name: string; summary: { swapInPages: { mean: number } } }[]
      >;
      const [caption] = Object.keys(looks[0]!.tables).filter((name) => name.includes('as in results.json'));
      expect(
        looks[0]!.tables[caption!]!.map((cells) => [cells[0]!.replace(' †', ''), Number(cells[2])]),
      ).toEqual(
        [...results.mixes, ...results.bounds].map(({ name, summary }) => [name, summary.swapInPages.mean]),
      );
    },
  );

  test.skipIf(hasNoBrowser)(
    'has a part for each host size, and needs no seeds (needs Chromium)',
    async () => {
      const report = join(folder, 'hosts.html');
      const words = ['compare', scenario, '--host-memory', '45%,60%', '--workers', '1', '--report', report];
      expect((await overbook(words)).code).toBe(0);
      expectReadable(await seen(report, TWO_LOOKS));
    },
  );
});

describe('study --report', { timeout: 240_000 }, () => {
  test.skipIf(hasNoBrowser)(
    'reads well at three widths in both themes, without network (needs Chromium)',
    async () => {
      const path = studyFile(
        'sizes',
        'seeds: 2\nvary: { host.memory: { from: 40 % of guests, to: 90 % of guests, steps: 5 } }\n',
      );
      const [out, report] = [join(folder, 'sizes'), join(folder, 'sizes.html')];
      const { code, out: printed } = await overbook([
        'study',
        path,
        '-o',
        out,
        '--workers',
        '1',
        '--report',
        report,
      ]);
      expect(code).toBe(0);
      const looks = await seen(report);
      expect(looks).toHaveLength(6);
      expectReadable(looks);
      const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
        points: { mixes: { name: string; figures: { workSlowdown: { mean: number } } }[] }[];
      };
      const [caption] = Object.keys(looks[0]!.tables).filter((name) => name.includes('as in summary.json'));
      expect(
        looks[0]!.tables[caption!]!.map((cells) => [cells[3]!.replace(' †', ''), Number(cells[6])]),
      ).toEqual(
        summary.points.flatMap(({ mixes }) =>
          mixes.map(({ name, figures }) => [name, figures.workSlowdown.mean]),
        ),
      );
      expect(printed.replaceAll(/\s+/g, ' ')).toContain('slowed the guests least');
    },
  );

  test.skipIf(hasNoBrowser)(
    'has places for words, panels for several axes, and answers of a search (needs Chromium)',
    async () => {
      const texts = {
        words: 'seeds: 2\nmixes: [swap-only, balloon, sharing]\nvary: { guests.*.driver: [true, false] }\n',
        panels:
          'seeds: 1\nmixes: [swap-only, tps, sharing]\n' +
          'vary: { host.memory: [45 %, 60 %], options.tps.pagesPerSecond: [1000, 20000] }\n',
        answers:
          'seeds: 2\nmixes: [swap-only, tps, sharing]\n' +
          'find: { least: host.memory, from: 30 %, to: 90 %, step: 10 %, hold: { workSlowdown: 1.5 } }\n',
      };
      for (const [name, text] of Object.entries(texts)) {
        const report = join(folder, `${name}.html`);
        const words = [
          'study',
          studyFile(name, text),
          '-o',
          join(folder, name),
          '--workers',
          '1',
          '--report',
          report,
        ];
        expect((await overbook(words)).code).toBe(0);
        expectReadable(await seen(report, TWO_LOOKS));
      }
    },
  );

  test('refuses a file that cannot be written before any run', async () => {
    const path = studyFile('nowhere', 'vary: { host.memory: [45 %] }\n');
    const { code, err } = await overbook(['study', path, '-o', join(folder, 'nowhere'), '--report', folder]);
    expect(code).toBe(2);
    expect(err).toContain('OVB_OUT_UNWRITABLE');
  });
});
