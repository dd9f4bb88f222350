/**
 * @overbook/sim: virtual time, real guests, a cost table; one call runs a host to the end of its guests'
 * work.
 */
export {
  type CostEntry,
  type CostName,
  type CostOverrides,
  COSTS,
  CostMetering,
  costTable,
} from './costs.ts';
export {
  type FlatGuestSpec,
  type GuestCommon,
  type GuestSpec,
  type LinuxGuestSpec,
  type PhasedGuestSpec,
  type RecordedGuestSpec,
  type ScriptGuestSpec,
} from './guest-spec.ts';
export { type PhasedContent } from './guests/phased-contents.ts';
export { type Column, type Columns, CounterRecorder, type CounterSeries } from './measure/counter-series.ts';
export {
  type BalloonedGuest,
  type GuestResult,
  type HostPaging,
  type Series,
  type SimulationResult,
  type Summary,
  type TouchCause,
  type UncooperativeSwapping,
} from './result.ts';
export { vmOf } from './make-guest.ts';
export { pauseSimulation, runSimulation } from './run-simulation.ts';
export { type Paces, type SimulationConfig } from './simulation-config.ts';
export { type PausedRun } from './paused-run.ts';
export { type GuestProcess } from './engine/guest.ts';
