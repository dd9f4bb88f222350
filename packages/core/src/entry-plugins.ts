/** @overbook/core: what a strategy or a policy is written with. Hosts are composed with @overbook/core/host. */
export type {
  Backing,
  Bound,
  HostedVm,
  Json,
  ReclaimReceipt,
  ReclaimRequest,
  Refusal,
  RelaxRequest,
  Self,
  ShrinkRequest,
  Strategy,
  StrategyHost,
  StrategyPlugin,
  Victim,
} from './contract/strategy.ts';
export { BLOCKED, CONTRACT, defineStrategy, done } from './contract/strategy.ts';
export type {
  Observation,
  Order,
  Policy,
  PolicyPlugin,
  PoolObservation,
  Reason,
  ReclaimOrder,
  SizeOrder,
  Stall,
  TargetOrder,
  TuneOrder,
  VmObservation,
  Waited,
} from './contract/policy.ts';
export { definePolicy } from './contract/policy.ts';
export {
  OBSERVATION_LOG,
  observationLine,
  observationLogHeader,
  observationSchema,
  readObservations,
} from './contract/observation-log.ts';
export type { Step } from './policy/step-policy.ts';
export { stepPolicy } from './policy/step-policy.ts';
export type { EntitlementRules } from './policy/entitlements.ts';
export { entitlements } from './policy/entitlements.ts';
export { esxEntitlement } from './policy/esx-entitlement.ts';
export type { IdleTax } from './policy/idle-tax.ts';
export {
  CLOCK,
  CONTENTS,
  DEMOTE,
  FRAMES,
  FUTURE,
  GUESTS,
  METER,
  PAGES,
  PAGE_STORE,
  PRESSURE,
  RANDOM,
  RESCUERS,
  SALTS,
  SWAP_DEVICE,
} from './contract/tokens.ts';
export type { Needs, OptionalToken, Resolved, Token } from './ports/token.ts';
export { optional, token } from './ports/token.ts';
export type { Clock } from './ports/clock.ts';
export type { FutureService } from './ports/future.ts';
export type { GuestService, GuestStatistics } from './ports/guest-drivers.ts';
export type { CostOp, Meter } from './ports/meter.ts';
export type { Random, RandomStream } from './ports/random.ts';
export type { SwapDevice } from './ports/swap-device.ts';
export type {
  AccessedBits,
  DemoteService,
  FrameService,
  PageLists,
  PageOrder,
  PageService,
  RescueService,
  SaltService,
  VmFacts,
} from './ports/page-service.ts';
export { NO_FRAME } from './ports/page-service.ts';
export type { Template } from './ports/template.ts';
export type { HostMemoryState } from './ports/memory-state.ts';
export { HOST_MEMORY_STATES, severity } from './ports/memory-state.ts';
export type { LargePageAction, Pressure, VmPressure, ThresholdPages } from './ports/pressure.ts';
export type { Decision, Why } from './contract/decision.ts';
export type { ContractPromise, ContractPromiseId } from './contract/contract-promise.ts';
export { CONTRACT_PROMISES } from './contract/contract-promise.ts';
export { ContractViolation, isContractViolation } from './contract/contract-violation.ts';
export type { KindRole } from './contract/kind-role.ts';
export { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED, PAYLOAD_MASK } from './pmap/kinds.ts';
export type { Contents, PageStore, SlotStore } from './ports/page-store.ts';
export type { AdmissionRefusal } from './contract/admission-refusal.ts';
export type { ShareLevel, Shares } from './contract/shares.ts';
export type { VmChange } from './contract/vm-change.ts';
export type {
  Bytes,
  ContentTable,
  ChainRule,
  ErrorSubject,
  Gfn,
  Gvpn,
  Mfn,
  Nanoseconds,
  OverbookErrorCode,
  Pages,
  SizeClass,
  VmId,
  ZswapKernel,
} from './units/index.ts';
export {
  ERROR_CODES,
  FILL_OTHER,
  FILL_SAME,
  FILL_ZERO,
  LARGE_PAGE_PAGES,
  NS_PER_MS,
  NS_PER_SECOND,
  LINUX_VERSION,
  NEWEST_LTS_KERNEL,
  OverbookError,
  PAGES_PER_MIB,
  PAGE_BYTES,
  SizeClasses,
  chainsOf,
  toBytes,
  toGfn,
  toGvpn,
  inMiB,
  isOverbookError,
  linuxSince,
  toMfn,
  mib,
  toNs,
  toPages,
  toVmId,
  zswapOf,
} from './units/index.ts';
