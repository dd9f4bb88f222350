/**
 * The figures of datasets/README.md on how true the recordings are, counted anew. They hang on snapshots lying exactly
 * where they say: moved by one interval, `sqlite` would show 34 unexplained frames instead of 22.
 */
import { join } from 'node:path';
import { readRecording } from '../src/index.ts';
import { expect, test } from 'vitest';
import { truthOf } from './truth.ts';

const recordings = [
  ['idle-b', 2218, 14],
  ['sqlite', 19_260, 22],
  ['redis', 17_851, 25],
  ['python', 39_246, 24],
  ['compile', 26_208, 20],
  ['files', 77_667, 22],
  ['balloon', 89_822, 24],
] as const;

test.each(recordings)(
  '%s: of %i frames that changed, %i were not stored to',
  (name, changed, unexplained) => {
    const recording = readRecording(join(import.meta.dirname, `../../../datasets/recordings/${name}.ovr`));
    expect(truthOf(recording)).toEqual({ changed, unexplained, changedUntouched: 0 });
  },
);
