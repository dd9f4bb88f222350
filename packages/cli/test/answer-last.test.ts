/** What a person with a small terminal sees of `compare` when it has ended: the whole answer, and what to do next. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { SCENARIOS, overbook } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'overbook-answer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the command prints on a terminal of 80 columns. */
async function compared(scenario: string, ...words: readonly string[]): Promise<readonly string[]> {
  const { code, out } = await overbook(['compare', scenario, ...words], {
    columns: 80,
    self: 'npx overbook',
  });
  expect(code).toBe(0);
  return out.trimEnd().split('\n');
}

/** Rows of a terminal of 80 by 24 that are left beside the prompt. */
const ROWS = 23;
const shipped = join(SCENARIOS, 'mini-bytes.yaml');

const own = join(folder, 'own.yaml');
function guest(name: string): string {
  return `{ name: ${name}, image: mini, size: 2 MiB, script: { intervals: 60, pagesPerInterval: 256 } }`;
}
writeFileSync(
  own,
  `name: own
host: { memory: 60 % of guests }
guests: [${['one', 'two', 'three', 'four', 'five'].map(guest).join(', ')}]
mixes:
  swap-only: { strategies: [hostswap] }
  tps: { strategies: [tps: { pagesPerSecond: 20000 }, hostswap] }
  balloon: { strategies: [balloon, hostswap] }
  compression: { strategies: [compression, hostswap] }
  classic: { strategies: [tps: { pagesPerSecond: 20000 }, balloon, compression, hostswap] }
  classic-inter-vm: { strategies: [tps: { pagesPerSecond: 20000 }, balloon, compression, hostswap] }
`,
);

describe('the answer of six mixes', { timeout: 120_000 }, () => {
  test('fits 80 by 24: headline, tables, sentence', async () => {
    const lines = await compared(own);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    const screen = lines.slice(-ROWS);
    expect(lines.slice(-6).join(' ')).toContain('; the worst-hit guest waited ');
    expect(screen.join('\n')).toMatch(
      /own: 5 guests[\s\S]*memory given back[\s\S]*classic-inter-vm[\s\S]*swap-ins[\s\S]*one seed/i,
    );
    expect(lines.at(-1)).not.toContain('next:');
    const before = lines.slice(0, lines.indexOf('')).join(' ');
    expect(before).toContain('Assumed: tps scans 20,000 pages per second over all VMs;');
    expect(before).toContain('upper');
    expect(before).not.toContain('minorFault');
  });

  test('of a shipped scenario ends with what to type next; all assumptions, where asked for, come before', async () => {
    const lines = await compared(shipped, '--mix', 'swap-only', '--assumptions');
    const text = lines.join('\n');
    expect(lines.at(-1)).toBe('next: your own VMs: `npx overbook new scenario mine`');
    expect(text).toContain('\n- Costs: of ');
    expect(text.indexOf('minorFault')).toBeGreaterThan(0);
    expect(text.indexOf('minorFault')).toBeLessThan(text.indexOf('mini-bytes: 3 guests'));
  });
});
