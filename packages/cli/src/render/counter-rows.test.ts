import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { overbook } from '../../test/captured-io.ts';
import { counterRows, counterTables } from './counter-rows.ts';
import { formatted } from '../../../../tools/formatted.ts';

const path = new URL('../../../../docs/model/counters.md', import.meta.url).pathname;

/** The page with its tables as the catalogue has them. */
async function madeAnew(page: string): Promise<string> {
  let text = page;
  for (const [heading, table] of Object.entries(counterTables())) {
    const section = new RegExp(`(\\n## ${heading}\\n[\\s\\S]*?)\\n\\|[^\\n]*\\n(\\|[^\\n]*\\n)+`);
    expect(text, `a table under '${heading}'`).toMatch(section);
    text = text.replace(section, (_, before: string) => `${before}\n${table}\n`);
  }
  return formatted('counters.md', text);
}

test('the tables of docs/model/counters.md are the catalogue; `vitest -u` writes them', async () => {
  await expect(await madeAnew(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
});

test('no two counters of one level share a name or a field of esxtop', () => {
  for (const level of ['VM', 'host'] as const) {
    const rows = counterRows().filter((row) => (row.level === 'VM') === (level === 'VM'));
    for (const names of [rows.map(({ column }) => column), rows.flatMap(({ esxtop }) => esxtop ?? [])])
      expect(new Set(names).size).toBe(names.length);
  }
});

test('overbook counters prints each with its names, and as JSON', async () => {
  const { out } = await overbook(['counters']);
  expect(out).toContain('balloonTargetPages (VM, set 1, esxtop MCTLTGT, vCenter vmmemctltarget)\n');
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  const { counters } = JSON.parse((await overbook(['counters', '--json'])).out) as { counters: unknown[] };
  expect(counters).toHaveLength(counterRows().length);
});
