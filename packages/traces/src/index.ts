export { importTrace, parseObt } from './obt/import-trace.ts';
export type { CsvColumns, ForeignName, Imported, ImportOptions } from './foreign/foreign-format.ts';
export { FOREIGN_NAMES } from './foreign/foreign-format.ts';
export { importForeign } from './foreign/import-foreign.ts';
export { decodeTrace, readTrace } from './trace/decode-trace.ts';
export { encodeTrace, writeTrace } from './trace/encode-trace.ts';
export { expandInterval, largestInterval, pagesInInterval } from './trace/expand.ts';
export type { Trace, TraceSpace } from './trace/trace.ts';
export type { TraceTotals } from './trace/trace-meta.ts';
export { totalsOf } from './trace/trace-meta.ts';
export { decodeRecording, openRecording, readRecording } from './recording/decode-recording.ts';
export { encodeRecording, writeRecording } from './recording/encode-recording.ts';
export type { ChangedFrames, Examination } from './recording/examine-recording.ts';
export { examineRecording } from './recording/examine-recording.ts';
export type { FrameStates } from './recording/frame-states.ts';
export { applySnapshot, powerOnStates } from './recording/frame-states.ts';
export { importRecording } from './recording/import-recording.ts';
export type {
  PowerOnContent,
  RecordedBalloonTarget,
  RecordedMoment,
  RecordedPhase,
  RecordedSnapshot,
  Recording,
  RecordingOrigin,
  SteadyContents,
} from './recording/recording.ts';
