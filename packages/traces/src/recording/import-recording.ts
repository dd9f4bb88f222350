/**
 * Imports a recording made by tools/capture: NAME.json (metadata), NAME.obt.br (trace), NAME.time.br (guest time of
 * each interval) and NAME.snaps.br (snapshots). Everything is counted again and compared with what the metadata say.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pages as toPages } from '@overbook/core/units';
import { corrupt, type FileId } from '@overbook/images/container';
import { parseObt } from '../obt/import-trace.ts';
import { readUnpacked } from '../obt/unpack.ts';
import { totalsOf } from '../trace/trace-meta.ts';
import type { Trace } from '../trace/trace.ts';
import { checkRecording } from './check-recording.ts';
import { type CapturedMetadata, readMetadata } from './import-metadata.ts';
import { powerOnOf, readSnapshots } from './import-snapshots.ts';
import type { Recording } from './recording.ts';

/** Reads `folder`/`name`.*. Throws OVB_RECORDING_CORRUPT, _FORMAT, OVB_TRACE_CORRUPT or OVB_FILE_UNREADABLE. */
export function importRecording(folder: string, name: string): Recording {
  const idOf = (end: string): FileId => ({ kind: 'recording', name: join(folder, `${name}.${end}`) });
  const metadata = readMetadata(idOf('json').name, name);
  const part = (kind: string): Uint8Array => readPart(idOf(`${kind}.br`), `${name}.${kind}.br`, metadata);
  const trace = traceOf(idOf('obt.br'), part('obt'), metadata);
  const snapshots = readSnapshots(idOf('snaps.br'), part('snaps'), metadata);
  const recording: Recording = {
    name,
    pages: toPages(metadata.pages),
    contentKey: metadata.contentKey,
    codec: metadata.codec,
    powerOn: powerOnOf(snapshots),
    trace,
    endMs: timesOf(idOf('time.br'), part('time'), trace.intervals),
    snapshots,
    phases: metadata.phases,
    balloonTargets: metadata.balloonTargets,
    origin: metadata.origin,
  };
  checkRecording(recording, (what) => corrupt(idOf('json'), 0, `the recording ${what}`));
  return recording;
}

function readPart(id: FileId, file: string, metadata: CapturedMetadata): Uint8Array {
  const declared = metadata.files.get(file)!;
  const bytes = readUnpacked(id, declared.unpackedBytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== declared.unpackedSha256)
    throw corrupt(id, 0, `does not have the checksum that ${metadata.name}.json gives`);
  return bytes;
}

function traceOf(id: FileId, bytes: Uint8Array, metadata: CapturedMetadata): Trace {
  const trace = parseObt(bytes, id.name);
  const found = totalsOf(trace);
  for (const total of ['instructions', 'intervals', 'pageEvents'] as const) {
    const wanted = metadata.totals[total];
    if (found[total] !== wanted)
      throw corrupt(id, 0, `holds ${found[total]} ${total}, its metadata say ${wanted}`);
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
