/**
 * @overbook/sim: virtual time, real guests, a cost table; one call runs a host to the end of its guests'
 * work.
 */
export type { CostEntry, CostName, CostOverrides } from './costs.ts';
export { COSTS, CostMetering, costTable } from './costs.ts';
export type {
  FlatGuestSpec,
  GuestCommon,
  GuestSpec,
  LinuxGuestSpec,
  PhasedGuestSpec,
  RecordedGuestSpec,
  ScriptGuestSpec,
} from './guest-spec.ts';
export type { PhasedContent } from './guests/phased-contents.ts';
export type { Column, Columns, CounterSeries } from './measure/counter-series.ts';
export { CounterRecorder } from './measure/counter-series.ts';
export type { AlertRule } from './measure/alert-rules.ts';
export { GUEST_ALERTS, HOST_ALERTS } from './measure/alert-rules.ts';
export type {
  AlertTimes,
  BalloonedGuest,
  GuestResult,
  HostPaging,
  Series,
  SimulationResult,
  Summary,
  TouchCause,
  UncooperativeSwapping,
} from './result.ts';
export type { ContentKeys } from './recorded/common-contents.ts';
export type { CopiedRecording } from './recorded/copies.ts';
export { copiedRecordings } from './recorded/copies.ts';
export { vmOf } from './make-guest.ts';
export { checkGuests } from './check-guests.ts';
export { checkSpread, shortestWork } from './check-spread.ts';
export { pauseSimulation, rehearseSimulation, runSimulation } from './run-simulation.ts';
export type { RunSettings } from './run-settings.ts';
export { RUN_SETTINGS, settleRun } from './run-settings.ts';
export type { Mix, RunConfig, SimulationConfig } from './simulation-config.ts';
export type { PausedRun } from './paused-run.ts';
export type { GuestProcess } from './engine/guest.ts';
export { RecordingReplay } from './recorded/recording-replay.ts';
