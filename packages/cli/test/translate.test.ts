import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mib, toPages } from '@overbook/core';
import { ACCESS_WRITE } from '@overbook/core/host';
import { grouped } from '@overbook/lab/words';
import { runSimulation } from '@overbook/sim';
import type { Trace } from '@overbook/traces';
import { expect, onTestFinished, test } from 'vitest';

import { runReport } from '../src/render/run-report.ts';
import type { CountedWalk } from '../src/translate/counted-walk.ts';
import { DATASETS, overbook } from './captured-io.ts';

const DOC = readFileSync(join(import.meta.dirname, '../../../docs/model/translation.md'), 'utf8');

/** Rows of the table in the doc whose heading begins with these words, cells trimmed. */
function rowsUnder(first: string): readonly (readonly string[])[] {
  const lines = DOC.split('\n');
  const head = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  const rows: string[][] = [];
  for (let i = head + 2; lines[i]!.startsWith('|'); i++)
    rows.push(
      lines[i]!.split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows;
}

/** What a worked figure comes to: `4·5 + 4 = 24`, or a bare `24`. The sum itself is worked again here. */
function worked(cell: string): number {
  const [sum, result = cell] = cell.includes('=') ? cell.split('=') : [cell];
  const total = sum!
    .split('+')
    .reduce(
      (terms, term) => terms + term.split('·').reduce((product, factor) => product * Number(factor), 1),
      0,
    );
  expect(`${cell} is ${total}`).toBe(`${cell} is ${Number(result)}`);
  return total;
}

async function json(...words: readonly string[]): Promise<readonly CountedWalk[]> {
  const { code, out } = await overbook(['translate', '--demo', '--json', ...words]);
  expect(code).toBe(0);
  const { schema, walks } = JSON.parse(out) as { schema: string; walks: readonly CountedWalk[] };
  expect(schema).toBe('overbook.translate/1');
  return walks;
}

test('every access of the example worked by hand is what the demonstration counts', async () => {
  const walks = await json();
  const rows = rowsUnder('access');
  expect(rows).toHaveLength(16);
  const expected = rows.map(
    ([access, backing, sizes, nested, exits, then, shadow, software, hidden, again]) => {
      const [verb, address] = access!.split(' ');
      const [guestPage, hostPage] = sizes!.split(', ');
      const place = {
        access: verb,
        address,
        guestPage,
        backing,
        hostPage: hostPage!.replace('none yet', '4 KiB'),
      };
      return {
        nested: {
          ...place,
          references: worked(nested!),
          software: 0,
          exits: worked(exits!),
          later: worked(then!),
        },
        shadow: {
          ...place,
          references: worked(shadow!),
          software: worked(software!),
          exits: worked(hidden!),
          later: worked(again!),
        },
      };
    },
  );
  const counted = walks.map(({ access, address, before, first, again }) => ({
    access,
    address,
    guestPage: before.guestPage,
    backing: before.backing!.kind,
    hostPage: before.backing!.hostPage,
    references: first.references,
    software: first.softwareReferences,
    exits: first.exits,
    later: again!.references,
  }));
  expect(counted).toEqual([...expected.map(({ nested }) => nested), ...expected.map(({ shadow }) => shadow)]);
  for (const { paging, first, outcome, access, before } of walks) {
    const needsFrame = before.backing!.mfn === undefined || access === 'write';
    expect([outcome, first.trueFaults, first.nestedFaults]).toEqual(['landed', 0, needsFrame ? 1 : 0]);
    expect(first.hiddenFaults).toBe(paging === 'shadow' ? first.exits : 0);
  }
});

test('indices and entries of the guest tables and of the nested tables are those worked by hand', async () => {
  const walks = await json();
  const rows = rowsUnder('address');
  expect(rows).toHaveLength(5);
  for (const [address, entries, page, nested] of rows) {
    const [byNested, byShadow] = walks.filter((walk) => walk.address === address);
    const inWords = byNested!.before.guest
      .map(({ index, table, gfn }) => `${index}@0x${table.gfn.toString(16)}→0x${gfn!.toString(16)}`)
      .join(', ');
    expect(inWords).toBe(entries);
    expect(byShadow!.before.guest.map(({ index }) => index)).toEqual(
      byNested!.before.guest.map(({ index }) => index),
    );
    expect(`0x${byNested!.before.backing!.gfn.toString(16)}`.slice(0, -2)).toBe(page!.slice(0, -2));
    expect(byNested!.before.host.map(({ index }) => index).join(' ')).toBe(nested);
  }
  for (const line of DOC.matchAll(/^(0x[0-9a-f]+) = ([01 ]+) = ([\d ]+?) *(?:\((\d+)\))?$/gm)) {
    const [, page, bits, indices] = line;
    expect(Number.parseInt(bits!.replaceAll(' ', ''), 2)).toBe(Number(page));
    const fromBits = bits!.split(' ').map((nine) => Number.parseInt(nine, 2));
    const walk = walks.find(({ address }) => Math.floor(Number(address) / 4096) === Number(page));
    expect(walk!.before.guest.map(({ index }) => index)).toEqual(indices!.trim().split(/ +/).map(Number));
    expect(fromBits.slice(0, walk!.before.guest.length)).toEqual(
      walk!.before.guest.map(({ index }) => index),
    );
  }
});

test('an address that the guest does not map is its own fault, and shadow paging forwards it', async () => {
  const [nested, shadow] = await json('--address', '0x1abc');
  expect(DOC).toContain('a read of 0x1abc reads one entry');
  expect([nested!.outcome, nested!.first.references, nested!.first.exits]).toEqual(['guest fault', 4 + 1, 0]);
  const { references, softwareReferences, exits, trueFaults, hiddenFaults } = shadow!.first;
  expect([references, softwareReferences, exits, trueFaults, hiddenFaults]).toEqual([1, 1, 1, 1, 0]);
  expect(nested!.again).toBeUndefined();
});

test('pictures and table fit a terminal of 80 columns, and the demonstration is the same every time', async () => {
  const { code, out } = await overbook(['translate', '--demo']);
  expect(code).toBe(0);
  for (const line of out.split('\n')) if (line.length > 80) expect(line).toBe('at most 80 columns');
  expect(out).toMatch(/^process {4}page 0x7f1234567, byte 0xabc of it$/m);
  expect(out).toMatch(/^VM {9}pmap: guest page 0x214 is swapped, in slot 0: it has no machine frame$/m);
  expect(out).toMatch(/4\[254\] → 3\[72\] → 2\[418\] → 1\[363\] → nothing +4$/m);
  expect((await overbook(['translate', '--demo'])).out).toBe(out);
  for (const [, address] of out.matchAll(/--address (0x[0-9a-f]+)/g)) {
    const one = await overbook([
      'translate',
      '--demo',
      '--address',
      address!,
      '--paging',
      'nested',
      '--write',
    ]);
    expect(one.out).toContain(`process 0: a write of ${address!}, nested paging`);
  }
});

/** One program beside a guest without page tables, for a moment. */
function scenario(): string {
  const folder = mkdtempSync(join(tmpdir(), 'overbook-translate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'two.yaml');
  writeFileSync(
    path,
    `name: two
datasets: ${DATASETS}
host: { memory: 70 % of guests, translation: shadow, largePages: on, offsetSpread: 0 s }
guests:
  - { name: programs, programs: [traces/sqlite.ovt], size: 64 MiB }
  - { name: flat, image: images/mini.ovd, size: 2 MiB, script: { intervals: 9, pagesPerInterval: 90 } }
mixes:
  swap: { strategies: [hostswap] }
`,
  );
  return path;
}

test('a scenario is stopped at a time, its processes are listed, and an address of one is walked', async () => {
  const path = scenario();
  const told = await overbook(['translate', path, '--at', '200ms', '--json']);
  expect(told.err).toBe('');
  const { atMs, processes } = JSON.parse(told.out) as {
    atMs: number;
    processes: readonly { process: number; backings: readonly { kind: string; address: string }[] }[];
  };
  expect(atMs).toBe(200);
  expect(processes.map(({ process }) => process)).toEqual([0]);
  const [one] = processes[0]!.backings;
  const walked = await overbook(['translate', path, '--at', '200ms', '--address', one!.address]);
  expect(walked.out).toMatch(/^guest programs at 0\.200 s of the measured part/);
  expect(walked.out).toContain(`process 0: a read of ${one!.address}, shadow paging`);
  expect(walked.out).toMatch(new RegExp(`^VM {9}pmap: guest page 0x[0-9a-f]+ is ${one!.kind}`, 'm'));
  expect(walked.out).toMatch(/Again, with the TLB flushed: [34] references\.$/m);
});

test('a guest without page tables says n/a, and its own memory can be looked at', async () => {
  const path = scenario();
  const words = ['translate', path, '--at', '100ms', '--guest', 'flat', '--address', '0x3000'];
  const { code, out } = await overbook(words);
  expect(code).toBe(0);
  expect(out).toMatch(/^process {4}n\/a\nguest OS {3}n\/a: guest-physical address 0x3000$/m);
  expect(out).toMatch(/^VM {9}pmap: guest page 0x3 is \w+: /m);
});

test.each<readonly [words: readonly string[], said: RegExp]>([
  [[], /OVB_USAGE at translate\n {2}no scenario is given/],
  [['--demo', '--address', '0x1000', '--process', '7'], /the demonstration has no process 7/],
  [['--demo', '--address', 'main'], /'main' is not an address below 2\^48/],
  [['--demo', '--address', '0x1000000000000'], /is not an address below 2\^48/],
  [['--demo', '--paging', 'both'], /Allowed choices are nested, shadow/],
])('bad input is refused: %j', async (words, said) => {
  const { code, out, err } = await overbook(['translate', ...words]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(said);
});

test('a guest or a process that is not there is refused with what is', async () => {
  const path = scenario();
  const guest = await overbook(['translate', path, '--at', '50ms', '--guest', 'program']);
  expect([guest.code, guest.err]).toEqual([
    2,
    expect.stringMatching(/no guest 'program'[^]*Did you mean 'programs'/),
  ]);
  const process = await overbook([
    'translate',
    path,
    '--at',
    '50ms',
    '--process',
    '3',
    '--address',
    '0x1000',
  ]);
  expect([process.code, process.err]).toEqual([
    2,
    expect.stringMatching(/has no process 3[^]*It has 0 \(sqlite\)/),
  ]);
});

test('the report of a run tells what translation did, and n/a of a guest without page tables', () => {
  const intervals = 30;
  const trace: Trace = {
    name: 'small',
    source: 'this test',
    space: 'guest-virtual',
    pages: toPages(200),
    everyInstructions: 1000,
    intervals,
    instructions: new Float64Array(intervals).fill(1000),
    runStart: Uint32Array.from({ length: intervals + 1 }, (_, interval) => interval),
    runFirst: new Uint32Array(intervals),
    runCount: new Uint32Array(intervals).fill(200),
    runKind: new Uint8Array(intervals).fill(ACCESS_WRITE),
  };
  const memory = mib(32);
  const result = runSimulation({
    name: 'two',
    host: { memory, translation: 'shadow' },
    guests: [
      { kind: 'linux', name: 'programs', size: mib(8), programs: [trace] },
      { kind: 'flat', name: 'flat', trace },
    ],
    mix: { strategies: [] },
    run: { seed: 1, order: 'recorded' },
  });
  const cell = { index: 0, mix: { name: 'none', strategies: [] }, memory, seed: 1 };
  const report = runReport(cell, { kind: 'done', result }, { columns: 120, color: false });
  const { tlbMisses, references, exits } = result.guests[0]!.translation!;
  expect(tlbMisses).toBeGreaterThan(200);
  expect(report).toMatch(/^translation +misses +references +a miss +exits +hidden +true +nested +CPU$/m);
  const counted = [tlbMisses, references].map((count) => grouped(count)).join(' +');
  expect(report).toMatch(new RegExp(`^programs +${counted} +[\\d.]+ +${grouped(exits)} +`, 'm'));
  expect(report).toMatch(/^flat( +n\/a){8}$/m);
});
