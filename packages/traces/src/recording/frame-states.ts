/** Every frame of a recorded guest at one snapshot, brought forward snapshot by snapshot. */
import { FILL_ZERO } from '@overbook/core/units';
import type { RecordedSnapshot, Recording } from './recording.ts';

/** Index: guest frame number. */
export interface FrameStates {
  readonly keyLo: Uint32Array;
  readonly keyHi: Uint32Array;
  readonly compressedBytes: Uint16Array;
  readonly fill: Uint8Array;
  readonly role: Uint8Array;
}

/** All frames at power-on: zeros, no role. */
export function powerOnStates(recording: Recording): FrameStates {
  const { pages, powerOn } = recording;
  return {
    keyLo: new Uint32Array(pages).fill(powerOn.keyLo),
    keyHi: new Uint32Array(pages).fill(powerOn.keyHi),
    compressedBytes: new Uint16Array(pages).fill(powerOn.compressedBytes),
    fill: new Uint8Array(pages).fill(FILL_ZERO),
    role: new Uint8Array(pages),
  };
}

/** Overwrites the frames that changed, and all roles. Snapshots must be applied in order, each once. */
export function applySnapshot(states: FrameStates, snapshot: RecordedSnapshot): void {
  const { changed } = snapshot;
  for (let row = 0; row < changed.length; row++) {
    const frame = changed[row]!;
    states.keyLo[frame] = snapshot.keyLo[row]!;
    states.keyHi[frame] = snapshot.keyHi[row]!;
    states.compressedBytes[frame] = snapshot.compressedBytes[row]!;
    states.fill[frame] = snapshot.fill[row]!;
  }
  states.role.set(snapshot.role);
}
