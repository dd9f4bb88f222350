import { FILL_ZERO } from '@overbook/core/units';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyRecording } from '../../test/made-up.ts';
import { applySnapshot, powerOnStates } from './frame-states.ts';

test('frames are zero at power-on, then what the last snapshot that changed them says', () => {
  fc.assert(
    fc.property(anyRecording, (recording) => {
      const states = powerOnStates(recording);
      const { keyLo, keyHi, compressedBytes } = recording.powerOn;
      const model = Array.from({ length: recording.pages }, () => [keyLo, keyHi, compressedBytes, FILL_ZERO]);
      for (const snapshot of recording.snapshots) {
        applySnapshot(states, snapshot);
        snapshot.changed.forEach((frame, row) => {
          model[frame] = [
            snapshot.keyLo[row]!,
            snapshot.keyHi[row]!,
            snapshot.compressedBytes[row]!,
            snapshot.fill[row]!,
          ];
        });
        expect(states.role).toEqual(snapshot.role);
      }
      const found = model.map((_, frame) => [
        states.keyLo[frame],
        states.keyHi[frame],
        states.compressedBytes[frame],
        states.fill[frame],
      ]);
      expect(found).toEqual(model);
    }),
  );
});
