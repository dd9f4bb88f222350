/** Writes a recording as an .ovr file. Byte by byte: docs/formats/recording.md. */
import { writeFileSync } from 'node:fs';
import type { FileId, PackOptions } from '@overbook/formats';
import {
  ByteWriter,
  containerBytes,
  ContentIndex,
  encodeContents,
  invalid,
  metaBytes,
} from '@overbook/formats';
import { writeRuns } from '../trace/run-sections.ts';
import { traceMetaOf } from '../trace/trace-meta.ts';
import { checkRecording } from './check-recording.ts';
import { hexOf } from './recording-meta.ts';
import type { RecordedSnapshot, Recording } from './recording.ts';
import { steadyBytes, STEADY_TAG, WITH_STEADY } from './steady-sections.ts';

/** The bytes of the file; equal recordings, equal bytes. Throws OVB_RECORDING_INVALID for one that breaks a rule. */
export function encodeRecording(recording: Recording, options?: PackOptions): Uint8Array {
  const id: FileId = { kind: 'recording', name: recording.name };
  checkRecording(recording, (what) => invalid(id, what));
  return containerBytes(
    id,
    (writer) => {
      writer.section('META', metaBytes(metaOf(recording)));
      writer.section('TIME', timeBytes(recording.endMs));
      writeRuns(writer, recording.trace);
      const index = new ContentIndex();
      let role = new Uint8Array(recording.pages);
      for (const [at, snapshot] of recording.snapshots.entries()) {
        if (at > 0 && recording.steady !== undefined) {
          const from = recording.snapshots[at - 1]!.afterIntervals;
          const section = steadyBytes(recording.steady, from, snapshot.afterIntervals, index);
          writer.section(STEADY_TAG, section);
        }
        writer.section('SNAP', snapshotBytes(snapshot, index));
        writer.section(
          'ROLE',
          snapshot.role.map((byte, frame) => byte ^ role[frame]!),
        );
        role = snapshot.role.slice();
      }
      if (index.count !== keysOf(recording)) throw invalid(id, 'gives one key two sizes or fill classes');
    },
    options,
    recording.steady === undefined ? 1 : WITH_STEADY,
  );
}

/** `encodeRecording` into a file. */
export function writeRecording(path: string, recording: Recording, options?: PackOptions): void {
  writeFileSync(path, encodeRecording(recording, options));
}

/** The fields of META in the order in which they are written. */
function metaOf(recording: Recording): object {
  const { name, contentKey, codec, powerOn, phases, balloonTargets, origin } = recording;
  return {
    name,
    pages: recording.pages,
    contentKey,
    codec,
    powerOn: { key: hexOf(powerOn.keyHi) + hexOf(powerOn.keyLo), compressedBytes: powerOn.compressedBytes },
    steadyMs: recording.steady?.steadyMs,
    trace: traceMetaOf(recording.trace),
    snapshots: recording.snapshots.map(factsOf),
    phases: phases.map(({ name: phase, interval, instructions, guestMs }) => ({
      name: phase,
      interval,
      instructions,
      guestMs,
    })),
    balloonTargets: balloonTargets.map(({ targetMiB, interval, instructions, guestMs }) => ({
      targetMiB,
      interval,
      instructions,
      guestMs,
    })),
    origin: {
      work: origin.work,
      seed: origin.seed,
      kernel: origin.kernel,
      emulator: origin.emulator,
      accelerator: origin.accelerator,
    },
  };
}

/** Absent facts stay absent: JSON leaves out what is undefined. */
function factsOf(snapshot: RecordedSnapshot): object {
  return {
    label: snapshot.label,
    afterIntervals: snapshot.afterIntervals,
    instructions: snapshot.instructions,
    guestMs: snapshot.guestMs,
    changedPages: snapshot.changed.length,
    agentAsked: snapshot.agentAsked && {
      interval: snapshot.agentAsked.interval,
      instructions: snapshot.agentAsked.instructions,
    },
    balloonActualMiB: snapshot.balloonActualMiB,
    memSha256: snapshot.memSha256,
    meminfoKiB: snapshot.meminfoKiB,
    vmstat: snapshot.vmstat,
    guestUptimeSeconds: snapshot.guestUptimeSeconds,
    hostStillMs: snapshot.hostStillMs,
  };
}

/** Distinct keys over all snapshots, and between them. */
function keysOf({ snapshots, steady }: Recording): number {
  const index = new ContentIndex();
  for (const { keyLo, keyHi } of steady === undefined ? snapshots : [...snapshots, steady]) {
    for (let row = 0; row < keyLo.length; row++) index.add(keyLo[row]!, keyHi[row]!, 0, 0);
  }
  return index.count;
}

/** Each end time as the varint difference to the one before. */
function timeBytes(endMs: Uint32Array): Uint8Array {
  const writer = new ByteWriter(endMs.length * 2);
  let before = 0;
  for (const ms of endMs) {
    writer.varint(ms - before);
    before = ms;
  }
  return writer.finish();
}

function snapshotBytes(snapshot: RecordedSnapshot, index: ContentIndex): Uint8Array {
  const { changed } = snapshot;
  const frames = new ByteWriter(changed.length);
  let next = 0;
  for (const frame of changed) {
    frames.varint(frame - next);
    next = frame + 1;
  }
  const writer = new ByteWriter(changed.length * 12 + 64);
  writer.u32(changed.length);
  writer.bytes(frames.finish());
  encodeContents(writer, index, snapshot, 0, changed.length);
  return writer.finish();
}
