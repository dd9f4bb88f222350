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
export {
  type BalloonedGuest,
  type GuestResult,
  type Series,
  type SimulationResult,
  type Summary,
} from './result.ts';
export { type Paces, type SimulationConfig, runSimulation } from './simulation.ts';
export { vmOf } from './make-guest.ts';
