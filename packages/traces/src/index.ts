export { importTrace, parseObt } from './obt/import-trace.ts';
export { expandInterval, largestInterval, pagesInInterval } from './trace/expand.ts';
export { FETCHED, READ, WRITTEN, type Trace, type TraceSpace } from './trace/trace.ts';
export type {
  PowerOnContent,
  RecordedBalloonTarget,
  RecordedMoment,
  RecordedPhase,
  RecordedSnapshot,
  Recording,
  RecordingOrigin,
} from './recording/recording.ts';
