/** Public face of @overbook/core: compose a host, write a strategy or a policy. */
export { composeHost } from './composition/compose-host.ts';
export { Host } from './host/host.ts';
export type {
  AnyPolicyPlugin,
  AnyStrategyPlugin,
  Binding,
  Chosen,
  Edges,
  HostConfig,
} from './composition/host-config.ts';
export { MEMORY_FACTORY, bind } from './composition/host-config.ts';

export type {
  Backing,
  Json,
  ReclaimReceipt,
  ReclaimRequest,
  Refusal,
  RelaxRequest,
  Self,
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
export type { PolicyActivity } from './policy/policy-desk.ts';
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
export type { Clock, ClockPort } from './ports/clock.ts';
export { VirtualClock } from './ports/clock.ts';
export type { ExecutionTime } from './ports/execution-time.ts';
export type { GuestDrivers, GuestStatistics } from './ports/guest-drivers.ts';
export type { KindWatcher } from './ports/kind-watcher.ts';
export type { CostOp, Meter, Metering } from './ports/meter.ts';
export { SilentMetering } from './ports/meter.ts';
export type { Random, RandomStream } from './ports/random.ts';
export { SeededRandom } from './ports/random.ts';
export type { SwapDevice } from './ports/swap-device.ts';
export { InstantDevice } from './ports/swap-device.ts';
export type {
  DemoteService,
  FrameService,
  PageOrder,
  PageService,
  RescueService,
  SaltService,
  VmFacts,
} from './ports/page-service.ts';
export { NO_FRAME } from './ports/page-service.ts';
export type { Template } from './ports/template.ts';

export type { HostMemoryState, StateThreshold } from './ports/memory-state.ts';
export { HOST_MEMORY_STATES, nextState, severity } from './ports/memory-state.ts';
export type { ModelProblem } from './pressure/check-model.ts';
export { minFree } from './pressure/min-free.ts';
export type { MemoryStateSettings } from './pressure/model-settings.ts';
export { memoryStateModel, readModel } from './pressure/model-settings.ts';
export type { Blocking, ByState, Ladder, MemoryStateModel } from './pressure/models.ts';
export { MEMORY_STATE_MODELS } from './pressure/models.ts';
export type { ResolvedModel } from './pressure/resolve-model.ts';
export { resolveModel } from './pressure/resolve-model.ts';
export type { EstimateRules } from './sampling/moving-estimate.ts';
export { MovingEstimate } from './sampling/moving-estimate.ts';
export type { LargePageAction, Pressure, VmPressure } from './ports/pressure.ts';
export type { Decision } from './contract/decision.ts';
export { PluginFailure, guardCall, isPluginFailure, watchPluginCalls } from './contract/plugin-guard.ts';

export { FramePool } from './frames/frame-pool.ts';
export type { CachedTranslations } from './memory/cached-translations.ts';
export type { HostMemoryParts } from './memory/host-memory.ts';
export { HostMemory } from './memory/host-memory.ts';
export type { VmEvents } from './memory/vm-events.ts';
export type { FormAnswer, LargePageCounts } from './memory/large-pages.ts';
export { LargePages } from './memory/large-pages.ts';
export { LargePageBreaker } from './memory/large-page-breaker.ts';
export { ContractViolation, isContractViolation } from './contract/contract-violation.ts';
export { Witness } from './memory/witness.ts';
export type { KindRole } from './contract/kind-role.ts';
export { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED, PAYLOAD_MASK } from './pmap/kinds.ts';
export { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from './units/access.ts';
export { Pmap } from './pmap/pmap.ts';
export { ByteStore } from './store/byte-store.ts';
export { KeyStore } from './store/key-store.ts';
export type { Contents, PageStore, SlotStore } from './ports/page-store.ts';
export type { Translation, TranslationService, TranslationStats } from './translate/translation.ts';
export { GUEST_FAULT } from './translate/translation.ts';
export { TRANSLATION } from './translate/translation-token.ts';
export type { NestedOptions, TranslationOptions } from './translate/make-translation.ts';
export { nestedTranslation, shadowTranslation } from './translate/make-translation.ts';
export type { TlbSize } from './translate/tlb.ts';
export type { WalkCacheSizes } from './translate/nested-walk.ts';
export type {
  ExplainedEntry,
  ExplainedPage,
  ExplainedWalk,
  GuestStep,
  HostStep,
} from './translate/explained-walk.ts';
export { explainNested, explainPage } from './translate/explained-walk.ts';
export type { TableFrames } from './translate/guest-page-table.ts';
export { GuestPageTable } from './translate/guest-page-table.ts';
export {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  PageTableArena,
} from './translate/page-table-arena.ts';
export { ofRole } from './counters/counters.ts';
export type { Activity, ByKind, HostCounters, Overcommit, VmCounters } from './counters/counters.ts';
export type { Counter, CounterUnit, CounterValue, Since, VmCounter } from './counters/catalogue.ts';
export { columnName } from './counters/catalogue.ts';
export { VM_COUNTERS } from './counters/vm-catalogue.ts';
export { HOST_COUNTERS } from './counters/host-catalogue.ts';
export type { BrokenIdentity, Checked, Identity } from './counters/identities.ts';
export { IDENTITIES, brokenIdentities } from './counters/identities.ts';
export type { Recount } from './counters/recount.ts';
export type { AdmissionRefusal } from './contract/admission-refusal.ts';
export type { Demand } from './admission/admission-control.ts';
export { AdmissionControl, explainRefusal } from './admission/admission-control.ts';
export type { Overhead, OverheadTableId } from './admission/overhead.ts';
export { OVERHEAD_TABLES, overheadOf } from './admission/overhead.ts';
export type { PoolFacts, PoolSpec } from './admission/resource-pools.ts';
export { toPoolFacts } from './admission/resource-pools.ts';
export type { ShareLevel, Shares } from './contract/shares.ts';
export type { VmChange } from './contract/vm-change.ts';
export type { HostSettings, HostValues } from './settings/host-settings.ts';
export { HOST_SETTINGS } from './settings/host-settings.ts';
export type {
  Basis,
  GivenValues,
  Setting,
  SettingFacts,
  SettingGroup,
  SettingKind,
  SettingTable,
  SettledValues,
} from './settings/setting.ts';
export {
  choice as choiceSetting,
  defaultSaid,
  describeSetting,
  isGroup,
  number as numberSetting,
  time as timeSetting,
  valueSaid,
} from './settings/setting.ts';
export type { Settled, SettledSetting } from './settings/settle.ts';
export { settle } from './settings/settle.ts';
export type { SettledHost } from './settings/settle-host.ts';
export { settleHost } from './settings/settle-host.ts';
export type { BareVm } from './vm/bare-vm.ts';
export type { VmProblem, VmSpec } from './vm/vm-spec.ts';
export { vmProblems } from './vm/vm-spec.ts';

export type {
  Bytes,
  ContentTable,
  ErrorSubject,
  Gfn,
  Gvpn,
  Mfn,
  Nanoseconds,
  OverbookErrorCode,
  Pages,
  VmId,
} from './units/index.ts';
export {
  ERROR_CODES,
  FILL_OTHER,
  FILL_SAME,
  FILL_ZERO,
  LARGE_PAGE_PAGES,
  NS_PER_MS,
  NS_PER_SECOND,
  OverbookError,
  PAGES_PER_MIB,
  PAGE_BYTES,
  toBytes,
  toGfn,
  toGvpn,
  inMiB,
  isOverbookError,
  toMfn,
  mib,
  toNs,
  toPages,
  toVmId,
} from './units/index.ts';
