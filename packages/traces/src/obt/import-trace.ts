/**
 * Imports page traces in the OBT1 format: one JSON line, LEB128 varints, a page table. The QEMU TCG plugins of
 * tools/capture write it. Both codings are read: `runs` (ascending runs), and the plain one (pages in order of first
 * touch; brought into ascending order here, that order is lost).
 */
import { basename } from 'node:path';
import { toPages } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { corrupt, Cursor, MetaReader, PAGES_MAX, wrongFormat } from '@overbook/formats';
import { refusal } from '../foreign/import-foreign.ts';
import { headOf } from '../foreign/unpacked-chunks.ts';
import { checkTrace } from '../trace/check.ts';
import type { TraceArrays } from '../trace/run-list.ts';
import { RunList } from '../trace/run-list.ts';
import type { Trace } from '../trace/trace.ts';
import { orderIntervals, readPlainIntervals } from './plain-coding.ts';
import { readRunIntervals } from './runs-coding.ts';
import { readUnpacked } from './unpack.ts';

const HEAD_BYTES_MAX = 65_536;
/** A JSON object begins with it, and so does OBT1. */
const BRACE = 0x7b;

type ObtHead = Pick<Trace, 'name' | 'source' | 'space' | 'everyInstructions'> & {
  readonly coding: 'runs' | 'plain';
};

/**
 * Reads an .obt, .obt.gz or .obt.br file. Formats of other tools are refused by name: `importForeign` reads them.
 * @throws OVB_TRACE_CORRUPT, OVB_TRACE_FORMAT or OVB_FILE_UNREADABLE
 */
export function importTrace(path: string): Trace {
  const id: FileId = { kind: 'trace', name: path };
  const head = headOf(path);
  const refused = head.bytes[0] === BRACE ? undefined : refusal(id, head);
  if (refused !== undefined) throw refused;
  return parseObt(readUnpacked(id), path);
}

/** The same from unpacked bytes; `file` is what errors call it, their offsets count in these bytes. */
export function parseObt(bytes: Uint8Array, file: string): Trace {
  const id: FileId = { kind: 'trace', name: file };
  const lineEnd = bytes.subarray(0, HEAD_BYTES_MAX).indexOf(10);
  if (lineEnd < 0 || bytes[0] !== BRACE) throw wrongFormat(id, 'does not begin with a line of JSON');
  const { coding, ...head } = readHead(id, bytes.subarray(0, lineEnd));
  const cursor = new Cursor(id, { tag: 'OBT1', offset: 0, bytes }, lineEnd + 1);
  const { arrays, table } = coding === 'runs' ? readRunsAndTable(cursor) : readPlainAndTable(cursor);
  cursor.end();
  const trace: Trace = { ...head, pages: toPages(table.length), ...arrays };
  const identity = table.every((number, page) => number === page);
  const whole = identity ? trace : { ...trace, pageNumbers: table };
  checkTrace(whole, (what) => corrupt(id, 0, `the trace ${what}`));
  return whole;
}

interface Body {
  readonly arrays: TraceArrays;
  /** Real page numbers. */
  readonly table: Float64Array;
}

function readRunsAndTable(cursor: Cursor): Body {
  const list = new RunList();
  readRunIntervals(cursor, list);
  return { arrays: list.finish(), table: readTable(cursor) };
}

function readPlainAndTable(cursor: Cursor): Body {
  const intervals = readPlainIntervals(cursor);
  const table = readTable(cursor);
  const order = Array.from(table.keys()).sort((a, b) => table[a]! - table[b]!);
  const rank = new Uint32Array(table.length);
  order.forEach((page, index) => {
    rank[page] = index;
  });
  return {
    arrays: orderIntervals(cursor, intervals, rank),
    table: Float64Array.from(order, (page) => table[page]!),
  };
}

function readTable(cursor: Cursor): Float64Array {
  const count = cursor.u32();
  if (count > PAGES_MAX || count * 8 !== cursor.remaining) {
    throw cursor.fail(`has a table of ${count} pages in ${cursor.remaining} bytes`);
  }
  const table = new Float64Array(count);
  for (let page = 0; page < count; page++) table[page] = cursor.u64();
  return table;
}

function readHead(id: FileId, bytes: Uint8Array): ObtHead {
  const meta = MetaReader.open(id, { tag: 'OBT1', offset: 0, bytes });
  const format = meta.text('format');
  if (format !== 'OBT1') throw wrongFormat(id, `has the format ${JSON.stringify(format)}, not OBT1`);
  const pageSize = meta.count('pageSize');
  if (pageSize !== 4096) throw wrongFormat(id, `has pages of ${pageSize} bytes, only 4096 are known`);
  const coding = meta.has('coding') ? meta.text('coding') : 'plain';
  if (coding !== 'runs' && coding !== 'plain')
    throw wrongFormat(id, `has the unknown coding ${JSON.stringify(coding)}`);
  const name = meta.has('name') ? meta.text('name') : '';
  const source = meta.text('source');
  return {
    name: name === '' ? basename(id.name).replace(/\.obt(\.br|\.gz)?$/, '') : name,
    source,
    space: source.includes('guest-physical') ? 'guest-physical' : 'guest-virtual',
    everyInstructions: meta.count('interval', Number.MAX_SAFE_INTEGER, 1),
    coding,
  };
}
