/** The NAME.json of a captured recording (format OBREC1), asked for field by field, with names brought into ours. */
import type { FileId } from '@overbook/formats';
import { corrupt, MetaReader, PAGES_MAX, wrongFormat } from '@overbook/formats';
import { readUnpacked } from '../obt/unpack.ts';
import type { TraceTotals } from '../trace/trace-meta.ts';
import type { SnapshotFacts, SnapshotMeta } from './recording-meta.ts';
import { readBalloonTargets, readMoment, readSteadyMs, SNAPSHOTS_MAX } from './recording-meta.ts';
import type { RecordedPhase, Recording } from './recording.ts';

/** A file beside the metadata. */
export interface CapturedPart {
  readonly file: string;
  readonly unpackedBytes: number;
  readonly unpackedSha256: string;
}

export interface CapturedMetadata extends Pick<
  Recording,
  'name' | 'contentKey' | 'codec' | 'phases' | 'balloonTargets' | 'origin'
> {
  readonly pages: number;
  /** Absent where contents were looked at in snapshots alone. */
  readonly steadyMs?: number;
  readonly snapshots: readonly SnapshotMeta[];
  readonly totals: Omit<TraceTotals, 'runs'>;
  readonly parts: CapturedParts;
}

export interface CapturedParts {
  readonly obt: CapturedPart;
  readonly time: CapturedPart;
  readonly snaps: CapturedPart;
  /** Where the metadata give `steadyMs`. */
  readonly steady?: CapturedPart;
}

/** The recorder's sentences for what digests and results know by name. */
const FINGERPRINT = 'first 8 bytes of SHA-256 of the 4096-byte page';
const COMPRESSOR = /^LZ4_compress_default, liblz4 (\d+\.\d+\.\d+), one page$/;

/** Reads the file. Throws OVB_RECORDING_CORRUPT or OVB_RECORDING_FORMAT. */
export function readMetadata(path: string, name: string): CapturedMetadata {
  const id: FileId = { kind: 'recording', name: path };
  const meta = MetaReader.open(id, { tag: 'JSON', offset: 0, bytes: readUnpacked(id) });
  if (meta.text('format') !== 'OBREC1')
    throw wrongFormat(id, 'is not the metadata of a captured recording (OBREC1)');
  if (meta.text('name') !== name) throw corrupt(id, 0, `is of a recording with another name than ${name}`);
  const trace = meta.object('trace');
  return {
    name,
    pages: meta.count('pages', PAGES_MAX, 1),
    ...(meta.has('steadyMs') && { steadyMs: readSteadyMs(meta) }),
    contentKey: contentKeyOf(id, meta.text('fingerprint')),
    codec: codecOf(id, meta.text('lz4')),
    totals: {
      instructions: trace.count('instructions'),
      intervals: trace.count('intervals'),
      pageEvents: trace.count('pageEvents'),
    },
    snapshots: meta.list('snapshots', SNAPSHOTS_MAX).map(capturedSnapshot),
    phases: meta.list('phases', SNAPSHOTS_MAX).map(capturedPhase),
    balloonTargets: readBalloonTargets(meta, 'balloon'),
    origin: {
      work: meta.text('work'),
      seed: meta.count('seed'),
      kernel: meta.text('kernel'),
      emulator: `QEMU, ${meta.text('qemu')}`,
      accelerator: meta.text('accel'),
    },
    parts: capturedParts(meta, name),
  };
}

function contentKeyOf(id: FileId, text: string): string {
  if (text === FINGERPRINT) return 'sha256-64';
  throw wrongFormat(id, `has the unknown fingerprint ${JSON.stringify(text)}`);
}

function codecOf(id: FileId, text: string): string {
  const version = COMPRESSOR.exec(text)?.[1];
  if (version === undefined) throw wrongFormat(id, `has the unknown compressor ${JSON.stringify(text)}`);
  return `liblz4-${version}`;
}

function capturedSnapshot(meta: MetaReader): SnapshotMeta {
  const facts: SnapshotFacts = {
    label: meta.text('label'),
    afterIntervals: meta.count('afterIntervals'),
    instructions: meta.count('instructions'),
    guestMs: meta.count('guestMs', 2 ** 32 - 1),
    memSha256: meta.text('memSha256'),
    hostStillMs: meta.count('hostStill_ms'),
    ...(meta.has('agentAsked') && { agentAsked: readMoment(meta.object('agentAsked')) }),
    ...(meta.has('balloonActualMiB') && { balloonActualMiB: meta.count('balloonActualMiB') }),
    ...(meta.has('meminfo_kB') && { meminfoKiB: meta.object('meminfo_kB').counts() }),
    ...(meta.has('vmstat') && { vmstat: meta.object('vmstat').counts() }),
    ...(meta.has('guestUptime_s') && { guestUptimeSeconds: meta.amount('guestUptime_s') }),
  };
  return { facts, changedPages: meta.count('changedPages', PAGES_MAX) };
}

function capturedPhase(meta: MetaReader): RecordedPhase {
  return {
    name: meta.text('phase'),
    ...readMoment(meta),
    guestMs: meta.count('guestMs', 2 ** 32 - 1),
  };
}

function capturedParts(meta: MetaReader, name: string): CapturedParts {
  const files = meta.object('files');
  const fileOf = (kind: string): string | undefined =>
    ['br', 'gz'].map((end) => `${name}.${kind}.${end}`).find((path) => files.has(path));
  const partOf = (kind: string): CapturedPart => {
    const file = fileOf(kind);
    if (file === undefined) throw files.fail(`names no ${name}.${kind}.gz or .br`);
    const facts = files.object(file);
    return {
      file,
      unpackedBytes: facts.count('unpackedBytes'),
      unpackedSha256: facts.text('unpackedSha256'),
    };
  };
  const isSteady = meta.has('steadyMs');
  if (!isSteady && fileOf('steady') !== undefined)
    throw meta.fail(
      `names ${name}.steady, but does not say for how long its contents were steady (steadyMs)`,
    );
  return {
    obt: partOf('obt'),
    time: partOf('time'),
    snaps: partOf('snaps'),
    ...(isSteady && { steady: partOf('steady') }),
  };
}
