/** The META section of a recording file. The captured JSON shares some of its parts. */
import type { MetaReader } from '@overbook/formats';
import { PAGES_MAX } from '@overbook/formats';
import type { TraceMeta } from '../trace/trace-meta.ts';
import { readTraceMeta } from '../trace/trace-meta.ts';
import type {
  RecordedBalloonTarget,
  RecordedMoment,
  RecordedPhase,
  RecordedSnapshot,
  Recording,
} from './recording.ts';

/** Snapshots, phases and balloon targets in one recording: chosen, a day's worth at one in ten seconds. */
export const SNAPSHOTS_MAX = 10_000;
const MS_MAX = 4_294_967_295; // u32

/** What metadata say of one snapshot: all but its columns. */
export type SnapshotFacts = Omit<
  RecordedSnapshot,
  'changed' | 'keyLo' | 'keyHi' | 'compressedBytes' | 'fill' | 'role'
>;

export interface SnapshotMeta {
  readonly facts: SnapshotFacts;
  readonly changedPages: number;
}

/** What META says, before any other section was read. */
export interface RecordingMeta extends Pick<
  Recording,
  'name' | 'contentKey' | 'codec' | 'powerOn' | 'phases' | 'balloonTargets' | 'origin'
> {
  readonly pages: number;
  /** Absent where contents between snapshots were not recorded. */
  readonly steadyMs?: number;
  readonly trace: TraceMeta;
  readonly snapshots: readonly SnapshotMeta[];
}

/** Reads META; a field that is missing, unknown or out of range is the file's error. */
export function readRecordingMeta(meta: MetaReader): RecordingMeta {
  const read: RecordingMeta = {
    name: meta.text('name'),
    pages: meta.count('pages', PAGES_MAX),
    contentKey: meta.text('contentKey'),
    codec: meta.text('codec'),
    powerOn: readPowerOn(meta.object('powerOn')),
    ...(meta.has('steadyMs') && { steadyMs: readSteadyMs(meta) }),
    trace: closed(meta.object('trace'), readTraceMeta),
    snapshots: meta.list('snapshots', SNAPSHOTS_MAX).map((item) => closed(item, readSnapshotMeta)),
    phases: meta.list('phases', SNAPSHOTS_MAX).map((item) => closed(item, readPhase)),
    balloonTargets: readBalloonTargets(meta, 'balloonTargets'),
    origin: closed(meta.object('origin'), readOrigin),
  };
  meta.end();
  return read;
}

export function readMoment(meta: MetaReader): RecordedMoment {
  return {
    interval: meta.count('interval'),
    instructions: meta.count('instructions'),
  };
}

export function readBalloonTargets(meta: MetaReader, field: string): RecordedBalloonTarget[] {
  return meta.list(field, SNAPSHOTS_MAX).map((item) =>
    closed(item, (target) => ({
      targetMiB: target.count('targetMiB'),
      ...readMoment(target),
      guestMs: target.count('guestMs', MS_MAX),
    })),
  );
}

export function readSteadyMs(meta: MetaReader): number {
  return meta.count('steadyMs', MS_MAX, 1);
}

/** Eight hexadecimal digits. */
export function hexOf(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function readPhase(meta: MetaReader): RecordedPhase {
  return {
    name: meta.text('name'),
    ...readMoment(meta),
    guestMs: meta.count('guestMs', MS_MAX),
  };
}

function readOrigin(meta: MetaReader): Recording['origin'] {
  return {
    work: meta.text('work'),
    seed: meta.count('seed'),
    kernel: meta.text('kernel'),
    emulator: meta.text('emulator'),
    accelerator: meta.text('accelerator'),
  };
}

function readPowerOn(meta: MetaReader): Recording['powerOn'] {
  const key = meta.text('key');
  if (!/^[0-9a-f]{16}$/.test(key)) throw meta.fail('has a key that is not 16 hexadecimal digits');
  const compressedBytes = meta.count('compressedBytes', 65_535);
  meta.end();
  return { keyLo: parseInt(key.slice(8), 16), keyHi: parseInt(key.slice(0, 8), 16), compressedBytes };
}

function readSnapshotMeta(meta: MetaReader): SnapshotMeta {
  const facts: SnapshotFacts = {
    label: meta.text('label'),
    afterIntervals: meta.count('afterIntervals'),
    instructions: meta.count('instructions'),
    guestMs: meta.count('guestMs', MS_MAX),
    ...(meta.has('agentAsked') && { agentAsked: closed(meta.object('agentAsked'), readMoment) }),
    ...(meta.has('balloonActualMiB') && { balloonActualMiB: meta.count('balloonActualMiB') }),
    ...(meta.has('memSha256') && { memSha256: meta.text('memSha256') }),
    ...(meta.has('meminfoKiB') && { meminfoKiB: meta.object('meminfoKiB').counts() }),
    ...(meta.has('vmstat') && { vmstat: meta.object('vmstat').counts() }),
    ...(meta.has('guestUptimeSeconds') && { guestUptimeSeconds: meta.amount('guestUptimeSeconds') }),
    ...(meta.has('hostStillMs') && { hostStillMs: meta.count('hostStillMs') }),
  };
  return { facts, changedPages: meta.count('changedPages', PAGES_MAX) };
}

function closed<T>(meta: MetaReader, read: (meta: MetaReader) => T): T {
  const value = read(meta);
  meta.end();
  return value;
}
