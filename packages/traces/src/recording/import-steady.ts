/** The NAME.steady of a captured recording (format OBC1): one JSON line, then 20 bytes per content, in no order. */
import type { FileId } from '@overbook/formats';
import { corrupt, Cursor, MetaReader, wrongFormat } from '@overbook/formats';
import type { CapturedMetadata } from './import-metadata.ts';
import type { SteadyContents } from './recording.ts';
import { emptyRows } from './steady-sections.ts';

const ROW_BYTES = 20;

/** Reads all contents and puts them in order; what they mean is held against the trace later. */
export function readSteady(id: FileId, bytes: Uint8Array, metadata: CapturedMetadata): SteadyContents {
  const lineEnd = bytes.subarray(0, 65_536).indexOf(10);
  if (lineEnd < 0) throw wrongFormat(id, 'does not begin with a line of JSON');
  const head = MetaReader.open(id, { tag: 'OBC1', offset: 0, bytes: bytes.subarray(0, lineEnd) });
  if (head.text('format') !== 'OBC1')
    throw wrongFormat(id, 'does not hold contents between snapshots (OBC1)');
  const { name, pages, steadyMs } = metadata;
  const agrees =
    head.text('name') === name && head.count('pages') === pages && head.count('steadyMs') === steadyMs;
  if (!agrees) throw corrupt(id, 0, 'has another name, steadyMs or number of pages than its metadata');
  const count = head.count('rows');
  const body = bytes.length - lineEnd - 1;
  if (body !== count * ROW_BYTES) throw corrupt(id, 0, `holds ${body} bytes for ${count} contents`);
  const cursor = new Cursor(id, { tag: 'OBC1', offset: 0, bytes }, lineEnd + 1);
  return inOrder(readRows(cursor, emptyRows(steadyMs!, count)));
}

function readRows(cursor: Cursor, rows: SteadyContents): SteadyContents {
  for (let row = 0; row < rows.frame.length; row++) {
    rows.interval[row] = cursor.u32();
    rows.frame[row] = cursor.u32();
    rows.keyLo[row] = cursor.u32();
    rows.keyHi[row] = cursor.u32();
    rows.compressedBytes[row] = cursor.u16();
    rows.fill[row] = cursor.u8();
    if (cursor.u8() !== 0) throw cursor.fail(`has a reserved byte that is not zero in row ${row}`);
  }
  return rows;
}

/** By interval, then frame. */
function inOrder(rows: SteadyContents): SteadyContents {
  const { interval, frame } = rows;
  const order = new Uint32Array(frame.keys()).sort(
    (a, b) => interval[a]! - interval[b]! || frame[a]! - frame[b]!,
  );
  return {
    steadyMs: rows.steadyMs,
    interval: order.map((row) => interval[row]!),
    frame: order.map((row) => frame[row]!),
    keyLo: order.map((row) => rows.keyLo[row]!),
    keyHi: order.map((row) => rows.keyHi[row]!),
    compressedBytes: Uint16Array.from(order, (row) => rows.compressedBytes[row]!),
    fill: Uint8Array.from(order, (row) => rows.fill[row]!),
  };
}
