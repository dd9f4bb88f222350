/** The NAME.json of a captured recording (format OBREC1), asked for field by field, with names brought into ours. */
import { corrupt, type FileId, MetaReader, PAGES_MAX, wrongFormat } from '@overbook/images/container';
import { readUnpacked } from '../obt/unpack.ts';
import type { TraceTotals } from '../trace/trace-meta.ts';
import {
  readBalloonTargets,
  readMoment,
  type SnapshotFacts,
  type SnapshotMeta,
  SNAPSHOTS_MAX,
} from './recording-meta.ts';
import type { RecordedPhase, Recording } from './recording.ts';

export interface CapturedMetadata extends Pick<
  Recording,
  'name' | 'contentKey' | 'codec' | 'phases' | 'balloonTargets' | 'origin'
> {
  readonly pages: number;
  readonly snapshots: readonly SnapshotMeta[];
  readonly totals: Omit<TraceTotals, 'runs'>;
  /** Size and SHA-256 of the unpacked parts, by file name. */
  readonly files: ReadonlyMap<string, { readonly unpackedBytes: number; readonly unpackedSha256: string }>;
}

/** The recorder's sentences, and the names by which digests and results know the same things. */
const CONTENT_KEYS: Readonly<Record<string, string>> = {
  'first 8 bytes of SHA-256 of the 4096-byte page': 'sha256-64',
};
const CODECS: Readonly<Record<string, string>> = {
  'LZ4_compress_default, liblz4 1.9.4, one page': 'liblz4-1.9.4',
};

/** Reads the file. Throws OVB_RECORDING_CORRUPT or OVB_RECORDING_FORMAT. */
export function readMetadata(path: string, name: string): CapturedMetadata {
  const id: FileId = { kind: 'recording', name: path };
  const meta = MetaReader.open(id, { tag: 'JSON', offset: 0, bytes: readUnpacked(id) });
  if (meta.text('format') !== 'OBREC1')
    throw wrongFormat(id, 'is not the metadata of a captured recording (OBREC1)');
  if (meta.text('name') !== name) throw corrupt(id, 0, `is of a recording of another name than ${name}`);
  const trace = meta.object('trace');
  return {
    name,
    pages: meta.count('pages', PAGES_MAX, 1),
    contentKey: known(id, CONTENT_KEYS, meta.text('fingerprint'), 'fingerprint'),
    codec: known(id, CODECS, meta.text('lz4'), 'compressor'),
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
    files: capturedFiles(meta, name),
  };
}

function known(id: FileId, names: Readonly<Record<string, string>>, text: string, what: string): string {
  const name = Object.hasOwn(names, text) ? names[text] : undefined;
  if (name === undefined) throw wrongFormat(id, `has the unknown ${what} ${JSON.stringify(text)}`);
  return name;
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

const capturedPhase = (meta: MetaReader): RecordedPhase => ({
  name: meta.text('phase'),
  ...readMoment(meta),
  guestMs: meta.count('guestMs', 2 ** 32 - 1),
});

function capturedFiles(meta: MetaReader, name: string): CapturedMetadata['files'] {
  const files = meta.object('files');
  return new Map(
    ['obt', 'time', 'snaps'].map((kind) => {
      const file = `${name}.${kind}.br`;
      const facts = files.object(file);
      return [
        file,
        { unpackedBytes: facts.count('unpackedBytes'), unpackedSha256: facts.text('unpackedSha256') },
      ];
    }),
  );
}
