/**
 * Imports a recording made by tools/capture: NAME.json (metadata), NAME.obt (trace), NAME.time (guest time of each
 * interval), NAME.snaps (snapshots) and, from newer recorders, NAME.steady (contents between snapshots); all but the
 * first packed as .gz or .br. Everything is counted again and compared with what the metadata say.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { toPages } from '@overbook/core/units';
import type { FileId } from '@overbook/formats';
import { corrupt } from '@overbook/formats';
import { parseObt } from '../obt/import-trace.ts';
import { readUnpacked } from '../obt/unpack.ts';
import { totalsOf } from '../trace/trace-meta.ts';
import type { Trace } from '../trace/trace.ts';
import { checkRecording } from './check-recording.ts';
import type { CapturedMetadata, CapturedPart } from './import-metadata.ts';
import { readMetadata } from './import-metadata.ts';
import { powerOnOf, readSnapshots } from './import-snapshots.ts';
import { readSteady } from './import-steady.ts';
import type { Recording } from './recording.ts';

/** Reads `folder`/`name`.*. Throws OVB_RECORDING_CORRUPT, _FORMAT, OVB_TRACE_CORRUPT or OVB_FILE_UNREADABLE. */
export function importRecording(folder: string, name: string): Recording {
  const metaId: FileId = { kind: 'recording', name: join(folder, `${name}.json`) };
  const metadata = readMetadata(metaId.name, name);
  const { parts } = metadata;
  const idOf = ({ file }: CapturedPart): FileId => ({ kind: 'recording', name: join(folder, file) });
  const bytesOf = (part: CapturedPart): Uint8Array => readPart(idOf(part), part, metaId);
  const trace = traceOf(idOf(parts.obt), bytesOf(parts.obt), metadata);
  const snapshots = readSnapshots(idOf(parts.snaps), bytesOf(parts.snaps), metadata);
  const recording: Recording = {
    name,
    pages: toPages(metadata.pages),
    contentKey: metadata.contentKey,
    codec: metadata.codec,
    powerOn: powerOnOf(snapshots),
    trace,
    endMs: timesOf(idOf(parts.time), bytesOf(parts.time), trace.intervals),
    snapshots,
    ...(parts.steady !== undefined && {
      steady: readSteady(idOf(parts.steady), bytesOf(parts.steady), metadata),
    }),
    phases: metadata.phases,
    balloonTargets: metadata.balloonTargets,
    origin: metadata.origin,
  };
  checkRecording(recording, (what) => corrupt(metaId, 0, `the recording ${what}`));
  return recording;
}

function readPart(id: FileId, part: CapturedPart, meta: FileId): Uint8Array {
  const bytes = readUnpacked(id, part.unpackedBytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== part.unpackedSha256)
    throw corrupt(id, 0, `does not have the checksum that ${meta.name} gives`);
  return bytes;
}

function traceOf(id: FileId, bytes: Uint8Array, metadata: CapturedMetadata): Trace {
  const trace = parseObt(bytes, id.name);
  const found = totalsOf(trace);
  for (const total of ['instructions', 'intervals', 'pageEvents'] as const) {
    const wanted = metadata.totals[total];
    if (found[total] !== wanted)
      throw corrupt(id, 0, `holds ${found[total]} ${total}, but its metadata say ${wanted}`);
  }
  if (trace.pageNumbers !== undefined) throw corrupt(id, 0, 'does not number its pages as guest frames');
  return { ...trace, space: 'guest-physical' };
}

function timesOf(id: FileId, bytes: Uint8Array, intervals: number): Uint32Array {
  if (bytes.length !== intervals * 4)
    throw corrupt(id, 0, `holds ${bytes.length} bytes for ${intervals} intervals`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: intervals }, (_, interval) => view.getUint32(interval * 4, true));
}
