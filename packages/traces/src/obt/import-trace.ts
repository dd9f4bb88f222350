/**
 * Imports page traces in the OBT1 format: one JSON line, LEB128 varints, a page table. Written by QEMU TCG plugins (tools/capture)
 * and by valgrind-lackey filters. Both codings are read: `runs` (ascending runs) and the plain one (pages in order of
 * first touch, which is brought into ascending order; that order is lost, as documented).
 */
import { basename } from 'node:path';
import { pages as toPages } from '@overbook/core/units';
import { PAGES_MAX } from '@overbook/images/container';
import { importFailed, importUnknown } from '../messages.ts';
import { checkTrace } from '../trace/check.ts';
import { RunList } from '../trace/run-list.ts';
import type { Trace, TraceSpace } from '../trace/trace.ts';
import { readPlainIntervals } from './plain-coding.ts';
import { readRuns } from './runs-coding.ts';
import { readUnpacked } from './unpack.ts';
import { ObtCursor } from './varints.ts';

interface ObtHead {
  readonly name: string;
  readonly source: string;
  readonly everyInstructions: number;
  readonly coding: 'runs' | 'plain';
}

/** Reads an .obt, .obt.gz or .obt.br file. Throws OVB_IMPORT_CORRUPT or OVB_IMPORT_FORMAT with file and offset. */
export const importTrace = (path: string): Trace => parseObt(readUnpacked(path), path);

/** The same from unpacked bytes; `file` is what errors call it. */
export function parseObt(bytes: Uint8Array, file: string): Trace {
  const line = bytes.subarray(0, 65_536).indexOf(10);
  if (line < 0) throw importUnknown(file, 'does not begin with a line of JSON');
  const head = parseHead(bytes.subarray(0, line), file);
  const cursor = new ObtCursor(file, bytes, line + 1);
  const trace = head.coding === 'runs' ? withTable(head, cursor) : reordered(head, cursor);
  checkTrace(trace, (what) => importFailed(file, undefined, what));
  return trace;
}

function withTable(head: ObtHead, cursor: ObtCursor): Trace {
  const list = new RunList();
  readRuns(cursor, list);
  return assemble(head, list, readTable(cursor), cursor);
}

function reordered(head: ObtHead, cursor: ObtCursor): Trace {
  const list = new RunList();
  const intervals = readPlainIntervals(cursor);
  const table = readTable(cursor);
  const order = Array.from(table.keys()).sort((a, b) => table[a]! - table[b]!);
  const rank = new Uint32Array(table.length);
  order.forEach((page, index) => {
    rank[page] = index;
  });
  for (const { instructions, kinds } of intervals) {
    const touched = [...kinds].map(([page, kind]) => ({ page: rankOf(rank, page, cursor), kind }));
    touched.sort((a, b) => a.page - b.page);
    for (const { page, kind } of touched) list.run(page, 1, kind);
    list.interval(instructions);
  }
  return assemble(
    head,
    list,
    table.map((_, index) => table[order[index]!]!),
    cursor,
    true,
  );
}

function rankOf(rank: Uint32Array, page: number, cursor: ObtCursor): number {
  const index = rank[page];
  if (index === undefined) throw cursor.fail(`names page ${page}, its table has ${rank.length}`);
  return index;
}

function assemble(
  head: ObtHead,
  list: RunList,
  table: Float64Array,
  cursor: ObtCursor,
  single = false,
): Trace {
  cursor.end();
  const own = table.every((number, page) => number === page);
  const arrays = single ? joinNeighbours(list) : list.finish();
  const space: TraceSpace = head.source.includes('physical') ? 'guest-physical' : 'guest-virtual';
  const { name, source, everyInstructions } = head;
  const trace = { name, source, space, pages: toPages(table.length), everyInstructions, ...arrays };
  return own ? trace : { ...trace, pageNumbers: table };
}

/** Joins single pages into runs of neighbours with the same kind. */
function joinNeighbours(list: RunList): ReturnType<RunList['finish']> {
  const one = list.finish();
  const joined = new RunList();
  for (let interval = 0; interval < one.intervals; interval++) {
    const end = one.runStart[interval + 1]!;
    let run = one.runStart[interval]!;
    while (run < end) {
      const first = run++;
      while (
        run < end &&
        one.runFirst[run]! === one.runFirst[run - 1]! + 1 &&
        one.runKind[run] === one.runKind[first]
      )
        run++;
      joined.run(one.runFirst[first]!, run - first, one.runKind[first]!);
    }
    joined.interval(one.instructions[interval]!);
  }
  return joined.finish();
}

function readTable(cursor: ObtCursor): Float64Array {
  const count = cursor.u32();
  if (count > PAGES_MAX || count * 8 !== cursor.remaining)
    throw cursor.fail(`has a table of ${count} pages in ${cursor.remaining} bytes`);
  const table = new Float64Array(count);
  for (let page = 0; page < count; page++) table[page] = cursor.u64();
  return table;
}

function parseHead(line: Uint8Array, file: string): ObtHead {
  const head = parseJson(line, file);
  if (head['format'] !== 'OBT1') throw importUnknown(file, 'is not an OBT1 trace');
  if (head['pageSize'] !== 4096)
    throw importUnknown(file, `has pages of ${JSON.stringify(head['pageSize'])} bytes, only 4096 are known`);
  const coding = head['coding'] ?? 'plain';
  if (coding !== 'runs' && coding !== 'plain')
    throw importUnknown(file, `has the unknown coding ${JSON.stringify(coding)}`);
  const { name, source, interval } = head;
  if (typeof source !== 'string' || !Number.isSafeInteger(interval) || (interval as number) < 1) {
    throw importFailed(file, 0, 'its first line lacks source or interval');
  }
  const ownName =
    typeof name === 'string' && name !== '' ? name : basename(file).replace(/\.obt(\.br|\.gz)?$/, '');
  return { name: ownName, source, everyInstructions: interval as number, coding };
}

function parseJson(line: Uint8Array, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below: whatever the reason, it is not ours
  }
  throw importUnknown(file, 'does not begin with a line of JSON');
}
