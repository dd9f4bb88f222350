/** What `run` prints on a terminal of 80 columns: no figure is broken in two, and what is counted is explained. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A scenario of scripted guests, and of a recorded one that no balloon asks. */
function scenario(name: string, more = ''): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `name: run
host: { memory: 60 % of guests, paces: { balance: 50 ms, sample: 100 ms } }
guests:
  - { name: one, count: 2, image: mini, size: 2 MiB, script: { intervals: 150, pagesPerInterval: 128 } }
${more}mixes:
  classic: { strategies: [tps: { pagesPerSecond: 20000 }, balloon, compression, hostswap] }
  linux: { profile: linux-kvm, strategies: [hostswap] }
`,
  );
  return path;
}

describe('run at 80 columns', { timeout: 120_000 }, () => {
  test('tells of a Linux host in its own words, and of an ESX host in its', async () => {
    const path = scenario('families.yaml');
    const linux = await overbook(['run', path, '--mix', 'linux']);
    expect(linux.out).toMatch(/free memory +kswapd asleep [\d.]+ %/);
    expect(linux.out).not.toContain('memory states');
    const esx = await overbook(['run', path, '--mix', 'classic']);
    expect(esx.out).toMatch(/memory states +high [\d.]+ %/);
  });

  test('breaks no figure from its name, explains what it counts, and so many decisions in one unit', async () => {
    const path = scenario(
      'recorded.yaml',
      '  - { name: two, recording: idle-b, swap: 32 MiB, limit: 24 MiB, driver: false }\n',
    );
    // Explaining runs in this thread: workers need a build.
    const { code, out } = await overbook(['run', path, '--mix', 'classic', '--explain']);
    expect(code).toBe(0);
    const report = out.slice(out.indexOf('classic on'));
    for (const line of report.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(/^ +(\d[\d,.]*( |$)|us\b|ms\b|s\b|MiB\b|%)/);
    }
    expect(report).toMatch(/uncooperative +silent[\s\S]*silent: unchanged copies of file blocks/);
    expect(report).toMatch(/hostswap counts: [\s\S]*counts: over the whole run, in pages/);
    const log = out.slice(0, out.indexOf('classic on')).trimEnd().split('\n');
    expect(log[0]).toBe('decisions, in virtual time; memory in pages of 4 KiB');
    expect(log).toHaveLength(102);
    expect(log.at(-1)).toMatch(/^[\d,]+ more decisions: --explain-all prints them$/);
    expect(log.join('\n')).not.toContain('MiB');
    expect(log.join('\n')).toMatch(/ s {2}esx-entitlement: one-1 gets a target of [\d,]+ pages: /);
  });

  test('tells every decision where that is asked for, on stderr beside JSON', async () => {
    const all = await overbook(['run', scenario('small.yaml'), '--explain-all', '--json']);
    const { runs } = JSON.parse(all.out) as { runs: { outcome: unknown }[] };
    expect(runs).toHaveLength(1);
    expect(all.err.split('\n').length).toBeGreaterThan(40);
    expect(all.err).not.toContain('more decisions');
  });
});
