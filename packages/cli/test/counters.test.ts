/** Every identity of the counters, at every sample, in every mix; and what is written down of them. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Host, HostCounters } from '@overbook/core/host';
import { HOST_COUNTERS, VM_COUNTERS, brokenIdentities, columnName } from '@overbook/core/host';
import type { CellOutcome } from '@overbook/lab';
import { planExperiment, readScenario, resultsOf, runExperiment } from '@overbook/lab';
import { afterAll, describe, expect, test } from 'vitest';

import { DATASETS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-counters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rights, a limit, overhead, the host cache and large demand: what the shipped scenarios leave out. */
const SCENARIO = `
name: all-counters
datasets: ${DATASETS}
guests:
  - &guest
    name: one
    image: images/mini.raw.gz
    size: 8 MiB
    driver: true
    reservation: 1 MiB
    overhead: 128 KiB
    script: { intervals: 300, pagesPerInterval: 256 }
  - { <<: *guest, name: two, limit: 5 MiB, reservation: 0 KiB, driver: false }
  - { <<: *guest, name: three }
host:
  memory: 50 % of guests
  paces: { balance: 100 ms, sample: 200 ms, reclaim: 20 ms }
check: true
series: 50 ms
mixes:
  swap-only: { strategies: [hostswap] }
  host-cache: { strategies: [hostswap: { device: host-cache, hostCacheMiB: 2 }] }
  tps: { strategies: [tps: { pagesPerSecond: 20000, salting: 0 }, hostswap] }
  ksm: { strategies: [tps: { mode: ksm }, hostswap] }
  balloon: { strategies: [balloon: { pollMs: 100 }, hostswap] }
  reporting: { strategies: [free-page-reporting, hostswap] }
  compression: { strategies: [compression, hostswap] }
  classic: { strategies: [tps: { pagesPerSecond: 20000 }, balloon, compression, hostswap] }
`;
const path = join(folder, 'all-counters.yaml');
writeFileSync(path, SCENARIO);

const experiment = await planExperiment(readScenario(path));
const seen = new Map<string, HostCounters[]>();
const outcomes: CellOutcome[] = [];
for (const cell of experiment.cells) {
  const readings: HostCounters[] = [];
  seen.set(cell.mix.name, readings);
  const onSample = (_host: Host, read: () => HostCounters): unknown => readings.push(read());
  outcomes.push(...(await runExperiment({ ...experiment, cells: [cell] }, { onSample })));
}
const results = resultsOf(experiment, outcomes);

describe('in every mix', () => {
  test.each(outcomes.map((one) => [one.cell.mix.name, one.outcome] as const))(
    '%s runs to its end',
    (_, outcome) => {
      expect(outcome.kind === 'failed' ? outcome.what : outcome.kind).toBe('done');
    },
  );
});

describe('every identity holds at every sample', () => {
  test.each([...seen])('%s', (_, readings) => {
    expect(readings.length).toBeGreaterThan(20);
    readings.forEach((counters, i) => {
      const before = readings[i - 1];
      expect(brokenIdentities(counters, before === undefined ? {} : { before })).toEqual([]);
    });
  });

  test('of hosts that did something: each counter but those no mix has is above 0 somewhere', () => {
    const all = [...seen.values()].flatMap((readings) =>
      readings.map((reading, i) => ({ reading, before: readings[i - 1] })),
    );
    const idle = VM_COUNTERS.filter(
      (counter) =>
        !all.some(({ reading, before }) =>
          reading.vms.some((vm, i) => {
            const since = before && { reading: before.vms[i]!, elapsedNs: reading.time - before.time };
            const value = counter.of(vm, since);
            return typeof value === 'string' || (value !== undefined && value > 0);
          }),
        ),
    );
    // Large pages are off in this scenario.
    expect(idle.map(({ name }) => name)).toEqual(['large']);
  });
});

describe('the series in the results', () => {
  const done = results.mixes.map(({ name, runs }) => ({ name, series: runs![0]!.series! }));

  test('has a value, or null, of every counter at every sample, and the samples come at the period', () => {
    for (const { series } of done) {
      expect(Object.keys(series.host)).toEqual(HOST_COUNTERS.map(columnName));
      expect(Object.keys(series.vms)).toEqual(['one', 'two', 'three']);
      for (const columns of [series.host, ...Object.values(series.vms)])
        for (const column of Object.values(columns)) expect(column).toHaveLength(series.timeNs.length);
      for (const [i, time] of series.timeNs.entries()) expect(time).toBe((i + 1) * 50_000_000);
    }
  });

  test('says what the host said', () => {
    for (const { name, series } of done) {
      const readings = seen.get(name)!;
      expect(series.timeNs).toEqual(readings.map(({ time }) => time));
      expect(series.host['freePages']).toEqual(readings.map(({ free }) => free));
      expect(series.vms['two']!['grantedPages']).toEqual(readings.map(({ vms }) => vms[1]!.granted));
    }
  });

  test('rates are what went in between two samples', () => {
    const { timeNs, vms } = done.find(({ name }) => name === 'swap-only')!.series;
    const { swapInPagesPerS: rates, swapInsPages: totals } = vms['one']!;
    expect(rates![0]).toBeNull();
    const last = timeNs.length - 1;
    const sum = rates!.slice(1).reduce((all: number, rate) => all + (rate as number) * 0.05, 0);
    expect(sum).toBeCloseTo((totals![last] as number) - (totals![0] as number), 3);
  });

  test('has columns for a kind that only one strategy knows', () => {
    const { vms } = done.find(({ name }) => name === 'reporting')!.series;
    expect(Object.keys(vms['one']!)).toContain('kind.reportedPages');
  });

  test('unknown is null, not 0', () => {
    const { host, vms } = done.find(({ name }) => name === 'tps')!.series;
    expect(host['compressedPages']!.every((value) => value === null)).toBe(true);
    expect(vms['one']!['balloonTargetPages']!.every((value) => value === null)).toBe(true);
    expect(vms['three']!['limitPages']!.every((value) => value === null)).toBe(true);
  });
});

/** Fields of each line of a CSV without quoted fields. */
function fieldsOf(csv: string): readonly (readonly string[])[] {
  return csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
}

test('run --series --out writes the series as two tables with as many fields in each row', async () => {
  const out = join(folder, 'out');
  const { code, err } = await overbook(
    // Explaining runs in this thread: workers need a build.
    ['run', path, '--mix', 'classic', '--series', '100ms', '--out', out, '--explain'],
  );
  expect(code).toBe(0);
  expect(err).toMatch(/^1\/1 classic, host of .*\n/);
  expect(err).toContain(`wrote results.json, series-host.csv and series-vms.csv to ${out}\n`);
  expect(readdirSync(out).sort()).toEqual(['results.json', 'series-host.csv', 'series-vms.csv']);
  const host = fieldsOf(readFileSync(join(out, 'series-host.csv'), 'utf8'));
  const vms = fieldsOf(readFileSync(join(out, 'series-vms.csv'), 'utf8'));
  expect(host[0]!.slice(0, 6)).toEqual(['scenario', 'mix', 'hostMemoryPages', 'seed', 'timeS', 'state']);
  expect(vms[0]!.slice(0, 6)).toEqual(['scenario', 'mix', 'hostMemoryPages', 'seed', 'timeS', 'vm']);
  for (const table of [host, vms]) expect(new Set(table.map((row) => row.length)).size).toBe(1);
  expect(vms).toHaveLength(3 * (host.length - 1) + 1);
  expect(host.slice(1, 3).map((row) => row[4])).toEqual(['0.1', '0.2']);
});

describe('top --batch', () => {
  test('writes a heading and a row a sample, each with as many fields', async () => {
    const { code, out, err } = await overbook([
      'top',
      path,
      '--mix',
      'classic',
      '--batch',
      '--interval',
      '100ms',
      '-n',
      '5',
    ]);
    expect([code, err]).toEqual([0, '']);
    const rows = fieldsOf(out);
    expect(rows).toHaveLength(6);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(new Set(rows[0]).size).toBe(rows[0]!.length);
    expect(rows.slice(1).map((row) => row[0])).toEqual(['0.1', '0.2', '0.3', '0.4', '0.5']);
    const column = (head: string): readonly string[] =>
      rows.slice(1).map((row) => row[rows[0]!.indexOf(head)]!);
    expect(column('one: MEMSZ MiB')).toEqual(['8', '8', '8', '8', '8']);
    expect(column('PMEM total MiB').every((total) => Number(total) === 12)).toBe(true);
    // A rate needs a sample before; a VM without a limit has none.
    expect(column('one: SWR/s MiB/s')[0]).toBe('');
    expect(column('three: AMAX MiB').join('')).toBe('');
    expect(column('two: AMAX MiB')[0]).toBe('5');
  });

  test('goes to the end of the run without --iterations', async () => {
    const { code, out } = await overbook([
      'top',
      path,
      '--mix',
      'swap-only',
      '--batch',
      '--interval',
      '100ms',
    ]);
    const times = fieldsOf(out)
      .slice(1)
      .map((row) => Number(row[0]));
    expect(code).toBe(0);
    expect(times.at(-1)).toBeGreaterThan(0.5);
  });

  test.each([
    [['--interval', '0'], /OVB_USAGE at --interval\n {2}'0' is not a time/],
    [['--interval', '1s', '-n', '0'], /OVB_USAGE at --iterations/],
    [['--mix', 'clasic'], /OVB_MIX_UNKNOWN/],
    [['--speed', 'fast'], /OVB_USAGE at --speed\n {2}'fast' is no speed/],
  ])('%j is refused with nothing on stdout', async (words, said) => {
    const { code, out, err } = await overbook(['top', path, '--mix', 'classic', '--batch', ...words]);
    expect(err).toMatch(said);
    expect([code, out]).toEqual([2, '']);
  });

  test('without it, and without a terminal, says so', async () => {
    const { code, out, err } = await overbook(['top', path, '--mix', 'classic']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('mend: Run it in one, or write CSV with `--batch`.');
  });
});
