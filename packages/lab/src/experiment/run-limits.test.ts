import { expect, test } from 'vitest';

import type { Beats } from './run-limits.ts';
import { RUN_LIMITS, RunWatch, beat, callsPlugin, newBeats } from './run-limits.ts';

const BUFFERS = 2;

function watched(watch: RunWatch, bufferMiB: number): { beats: Beats; over: AbortController } {
  const run = { beats: newBeats(), over: new AbortController() };
  callsPlugin(run.beats, 0);
  run.beats[BUFFERS] = bufferMiB;
  watch.watch(run.beats, run.over);
  return run;
}

test('when the process holds too much, the run that has been in one call longest is ended, and no other', () => {
  let held = 100;
  const watch = new RunWatch({ ...RUN_LIMITS, processMiB: 1000 }, () => held);
  const lively = watched(watch, 900);
  const stuck = watched(watch, 0);
  for (let i = 0; i < 6; i++) {
    beat(lively.beats);
    watch.look();
  }
  expect(stuck.over.signal.aborted).toBe(false);
  held = 1001;
  beat(lively.beats);
  watch.look();
  expect(String(stuck.over.signal.reason)).toContain(
    'filled the memory: all runs together came to more than 1000 MiB',
  );
  expect(lively.over.signal.aborted).toBe(false);
  // Its memory goes with its thread, not at once.
  for (let i = 0; i < 12; i++) {
    beat(lively.beats);
    watch.look();
  }
  expect(lively.over.signal.aborted).toBe(false);
  beat(lively.beats);
  watch.look();
  expect(lively.over.signal.aborted).toBe(true);
  watch.stop();
});

test('among runs that go on, the one with most buffers is ended', () => {
  const watch = new RunWatch({ ...RUN_LIMITS, processMiB: 1000 }, () => 2000);
  const runs = [watched(watch, 10), watched(watch, 700), watched(watch, 20)];
  for (const { beats } of runs) beat(beats);
  watch.look();
  expect(runs.map(({ over }) => over.signal.aborted)).toEqual([false, true, false]);
  watch.stop();
});
