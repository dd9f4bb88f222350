import { stripVTControlCharacters } from 'node:util';

import type { HostCounters } from '@overbook/core/host';
import { toNs, toPages } from '@overbook/core';
import { VM_COUNTERS, composeHost } from '@overbook/core/host';
import { describe, expect, test } from 'vitest';

import { DEFAULT_KEYS, FIELD_GROUPS } from './memory-fields.ts';
import type { Line, View } from './memory-screen.ts';
import { hostLines, scrolledTable, stackedTable, textOf } from './memory-screen.ts';
import { painted } from './painted.ts';

const host = composeHost({
  memory: toPages(2560),
  vms: [
    { name: 'small', size: toPages(256) },
    { name: 'large', size: toPages(1024), limit: toPages(768), overhead: toPages(128) },
    { name: 'middle', size: toPages(512) },
  ],
  strategies: [],
  memoryStates: 'direct',
});
for (let page = 0; page < 512; page++) host.vm('large').write(page, 'x');
const counters = host.counters();
const later: HostCounters = {
  ...counters,
  time: toNs(2e9),
  vms: counters.vms.map((vm) => ({
    ...vm,
    kinds: { swapped: toPages(128), patched: toPages(64) },
    roles: { swapped: 'swapped' },
    entered: { swapped: 256, patched: 64 },
    touched: { swapped: 128, patched: 0 },
    waitNs: { swapped: 5e7, patched: 0 },
    published: { swapTarget: 300, 'patch.hitPages': 256, 'patch.tries': 7 },
  })),
};
const before: HostCounters = {
  ...later,
  time: toNs(0),
  vms: later.vms.map((vm) => ({
    ...vm,
    entered: { swapped: 0, patched: 0 },
    touched: { swapped: 0, patched: 0 },
    waitNs: { swapped: 0, patched: 0 },
  })),
};
function text(lines: readonly Line[]): readonly string[] {
  return lines.map(textOf);
}
const view: View = { fields: DEFAULT_KEYS, sort: 'N', fromField: 0, fromRow: 0 };

test('host lines are those of esxtop, amounts below each other', () => {
  expect(text(hostLines({ counters: later, before })).join('\n')).toBe(
    [
      'MEM         overcommit avg: -0.30, -0.30, -0.30   state: high',
      'PMEM   MiB      10.1 total,       0.0 vmk,         2.5 other,       7.6 free',
      'VMKMEM MiB      10.1 managed,       - minfree,     0.6 rsvd,        9.5 ursvd',
      'PSHARE MiB       0.0 shared,      0.0 common,      0.0 saving',
      'SWAP   MiB       1.5 curr,        3.5 rclmtgt,    0.75 r/s,        1.50 w/s',
      'ZIP    MiB         - zipped,        - saved',
      'MEMCTL MiB       0.0 curr,          - target,        - max',
    ].join('\n'),
  );
});

test('what is not known is a dash, never 0', () => {
  const [heading, row] = text(stackedTable({ counters }, new Set(['k', 'f', 'i']), 200)).slice(1);
  const cell = (head: string): string => {
    const end = heading!.indexOf(` ${head}`) + head.length + 1;
    return row!.slice(0, end).split(' ').at(-1)!;
  };
  expect(['SWCUR', 'SWTGT', 'SWR/s', '%LAT_M', 'AMAX', '%ACTV'].map(cell)).toEqual(Array(6).fill('-'));
  expect(['AMIN', 'ASHRS'].map(cell)).toEqual(['0.0', '10']);
});

test('a strategy that the screen has never heard of has its columns', () => {
  const lines = text(stackedTable({ counters: later }, new Set(['x']), 80));
  expect(lines.slice(1, 3)).toEqual([
    'NAME   PATCHED patch.hitPages patch.tries',
    'small      0.3            1.0           7',
  ]);
});

describe('blocks below each other', () => {
  test.each([40, 60, 80, 132, 200])('fit %d columns, with every column once and whole groups', (columns) => {
    const lines = text(stackedTable({ counters: later, before }, DEFAULT_KEYS, columns));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    const heads = lines
      .filter((line) => line.startsWith('NAME'))
      .flatMap((line) => line.split(/ +/).slice(1));
    const catalogued = FIELD_GROUPS.filter(({ shown }) => shown).flatMap(({ counters: names }) =>
      names.map((name) => VM_COUNTERS.find((one) => one.name === name)!.esxtop),
    );
    expect(heads.filter((head) => !/^(PATCHED|patch)/.test(head))).toEqual(catalogued);
  });
});

describe('a screen of fixed size', () => {
  const shown = (changes: Partial<View>, columns: number, rows: number) => {
    const { lines, hidden } = scrolledTable(
      { counters: later, before },
      { ...view, ...changes },
      { columns, rows },
    );
    return { lines: text(lines), hidden };
  };
  const names = (lines: readonly string[]): readonly string[] => lines.map((line) => line.split(' ')[0]!);

  test.each([
    [80, 13],
    [60, 5],
    [200, 40],
    [30, 3],
  ])('of %d by %d is never exceeded', (columns, rows) => {
    const { lines } = shown({}, columns, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('says what it cuts, and scrolls to it', () => {
    expect(shown({}, 40, 3).hidden).toMatch(/^1 more VM: up, down; \d+ more columns: left, right$/);
    expect(names(shown({}, 40, 3).lines)).toEqual(['NAME', 'small', 'large']);
    expect(names(shown({ fromRow: 1 }, 40, 3).lines)).toEqual(['NAME', 'large', 'middle']);
    expect(shown({ fromField: 1 }, 40, 4).lines[0]).toMatch(/^NAME +GRANT/);
    expect(shown({}, 400, 10).hidden).toBe('');
  });

  test('shows further columns below when all VMs fit twice', () => {
    const { lines } = shown({}, 80, 9);
    expect(names(lines)).toEqual([
      'NAME',
      'small',
      'large',
      'middle',
      '',
      'NAME',
      'small',
      'large',
      'middle',
    ]);
  });

  test('sorts by size, and by the order in the scenario', () => {
    expect(names(shown({ sort: 'M' }, 80, 4).lines)).toEqual(['NAME', 'large', 'middle', 'small']);
    expect(names(shown({ sort: 'C' }, 80, 4).lines)).toEqual(['NAME', 'large', 'small', 'middle']);
    expect(names(shown({}, 80, 4).lines)).toEqual(['NAME', 'small', 'large', 'middle']);
  });
});

test('colours take no room: without them the text is the same', () => {
  const bare = (line: string): string => stripVTControlCharacters(line).trimEnd();
  const lines = [...hostLines({ counters }), ...stackedTable({ counters }, DEFAULT_KEYS, 80)];
  for (const line of lines) expect(bare(painted(line, true))).toBe(painted(line, false));
});
