/** Reads an .ovr file, trusting none of it. Byte by byte: docs/formats/recording.md. */
import { toPages } from '@overbook/core/units';
import type { ByteSource, FileId, ReadLimits, Section } from '@overbook/formats';
import {
  checkPages,
  corrupt,
  Cursor,
  formatVersion,
  knownContents,
  memorySource,
  MetaReader,
  readSections,
  withFile,
} from '@overbook/formats';
import { RunList } from '../trace/run-list.ts';
import { readRuns, RUNS_TAG } from '../trace/run-sections.ts';
import type { Trace } from '../trace/trace.ts';
import { totalsDiffer } from '../trace/trace-meta.ts';
import { checkRecording } from './check-recording.ts';
import { SnapshotColumns } from './decode-snapshots.ts';
import type { RecordingMeta } from './recording-meta.ts';
import { readRecordingMeta } from './recording-meta.ts';
import type { Recording } from './recording.ts';
import { STEADY_TAG, WITH_STEADY } from './steady-sections.ts';

/**
 * Reads a recording file. Throws OVB_RECORDING_FORMAT, _VERSION, _CORRUPT or _TOO_LARGE, naming file and offset, or
 * OVB_FILE_UNREADABLE. Memory: the recording and one section.
 */
export function readRecording(path: string, limits?: ReadLimits): Recording {
  return withFile(path, (source) => readFrom(source, { kind: 'recording', name: path }, limits));
}

/**
 * The same, decoded when its trace, times or snapshots are first used. Checksums of all sections are held against their
 * bytes at once: a damaged file is refused here, a file that was made wrong when it is used.
 */
export function openRecording(path: string, limits?: ReadLimits): Recording {
  const id: FileId = { kind: 'recording', name: path };
  const { name, pages, contentKey, codec, powerOn, steadyMs, phases, balloonTargets, origin } = withFile(
    path,
    (source) => readHead(source, id, limits),
  );
  let whole: Recording | undefined;
  const decoded = (): Recording => (whole ??= readRecording(path, limits));
  return {
    name,
    pages: toPages(pages),
    contentKey,
    codec,
    powerOn,
    phases,
    balloonTargets,
    origin,
    get trace() {
      return decoded().trace;
    },
    get endMs() {
      return decoded().endMs;
    },
    get snapshots() {
      return decoded().snapshots;
    },
    get steady() {
      return steadyMs === undefined ? undefined : decoded().steady;
    },
  };
}

/** META, after a walk over all sections: each is as it was written. */
function readHead(source: ByteSource, id: FileId, limits?: ReadLimits): RecordingMeta {
  let meta: RecordingMeta | undefined;
  for (const section of readSections(source, id, limits)) {
    if (meta !== undefined) continue;
    if (section.tag !== ORDER[0]) throw misplaced(id, section);
    meta = openMeta(source, id, section, limits);
  }
  if (meta === undefined) throw corrupt(id, source.size, 'there is no META section');
  return meta;
}

/** The same from memory; `name` is what errors call it. */
export function decodeRecording(bytes: Uint8Array, name: string, limits?: ReadLimits): Recording {
  return readFrom(memorySource(bytes), { kind: 'recording', name }, limits);
}

/** Sections in the order in which they must come; RUNS repeats, SNAP and ROLE alternate, with STDY between them. */
const ORDER = ['META', 'TIME', RUNS_TAG, 'SNAP', 'ROLE', STEADY_TAG];

/** META, in the version of the format that its fields belong to. */
function openMeta(source: ByteSource, id: FileId, section: Section, limits?: ReadLimits): RecordingMeta {
  const meta = readRecordingMeta(MetaReader.open(id, section));
  checkPages(id, meta.pages, limits);
  const isTold = meta.steadyMs !== undefined;
  if (isTold !== formatVersion(source, id) >= WITH_STEADY)
    throw corrupt(
      id,
      section.offset,
      `the metadata ${isTold ? 'give' : 'lack'} steadyMs, unlike their version`,
    );
  return meta;
}

function readFrom(source: ByteSource, id: FileId, limits?: ReadLimits): Recording {
  const runs = new RunList();
  let meta: RecordingMeta | undefined;
  let endMs: Uint32Array | undefined;
  let columns: SnapshotColumns | undefined;
  for (const section of readSections(source, id, limits)) {
    const rank = ORDER.indexOf(section.tag);
    if (
      rank < 0 ||
      (rank === 0) !== (meta === undefined) ||
      (rank === 1) !== (endMs === undefined && rank > 0)
    ) {
      throw misplaced(id, section);
    }
    if (meta === undefined) {
      meta = openMeta(source, id, section, limits);
      columns = new SnapshotColumns(id, meta, knownContents());
    } else if (rank === 1) endMs = readTimes(new Cursor(id, section), meta.trace.totals.intervals);
    else if (rank > 2) columns!.read(section);
    else if (columns!.started) throw misplaced(id, section);
    else readRuns(new Cursor(id, section), runs, meta.pages);
  }
  if (meta === undefined || endMs === undefined)
    throw corrupt(id, source.size, 'there is no META or no TIME section');
  const recording = assemble(meta, traceOf(id, meta, runs), endMs, columns!);
  checkRecording(recording, (what) => corrupt(id, 0, `the recording ${what}`));
  return recording;
}

function assemble(
  meta: RecordingMeta,
  trace: Trace,
  endMs: Uint32Array,
  columns: SnapshotColumns,
): Recording {
  const { name, contentKey, codec, powerOn, phases, balloonTargets, origin } = meta;
  const pages = toPages(meta.pages);
  const { snapshots, steady } = columns.finish();
  return {
    name,
    pages,
    contentKey,
    codec,
    powerOn,
    trace,
    endMs,
    snapshots,
    ...(steady !== undefined && { steady }),
    phases,
    balloonTargets,
    origin,
  };
}

function traceOf(id: FileId, meta: RecordingMeta, runs: RunList): Trace {
  const arrays = runs.finish();
  const differs = totalsDiffer(meta.trace, arrays);
  if (differs !== undefined) throw corrupt(id, 0, `the trace ${differs}`);
  const { name, source, space, everyInstructions } = meta.trace;
  return { name, source, space, pages: toPages(meta.trace.pages), everyInstructions, ...arrays };
}

function readTimes(cursor: Cursor, intervals: number): Uint32Array {
  if (intervals > cursor.remaining) throw cursor.fail(`is too short for ${intervals} end times`);
  const endMs = new Uint32Array(intervals);
  let now = 0;
  for (let interval = 0; interval < intervals; interval++) {
    now += cursor.varint();
    if (now >= 2 ** 32) throw cursor.fail('holds an end time after 49 days');
    endMs[interval] = now;
  }
  cursor.end();
  return endMs;
}

function misplaced(id: FileId, section: Section): Error {
  return corrupt(id, section.offset, `section ${JSON.stringify(section.tag)} does not belong here`);
}
