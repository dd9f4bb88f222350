/** Public face of @overbook/core: compose a host, write a strategy or a policy. */
export { composeHost } from './composition/compose-host.ts';
export { Host } from './composition/host.ts';
export {
  type AnyPolicyPlugin,
  type AnyStrategyPlugin,
  type Binding,
  type Chosen,
  type Edges,
  type HostConfig,
  MEMORY_FACTORY,
  bind,
} from './composition/host-config.ts';
export { type ClockPort } from './composition/host-clock.ts';

export {
  type Backing,
  BLOCKED,
  CONTRACT,
  type Json,
  type ReclaimReceipt,
  type ReclaimRequest,
  type Refusal,
  type RelaxRequest,
  type Self,
  type Strategy,
  type StrategyHost,
  type StrategyPlugin,
  type Victim,
  defineStrategy,
} from './strategy/contract.ts';
export {
  type Observation,
  type Order,
  type Policy,
  type PolicyPlugin,
  type PoolObservation,
  type Reason,
  type VmObservation,
  definePolicy,
} from './policy/contract.ts';
export { type Step, stepPolicy } from './policy/step-policy.ts';
export { type EntitlementRules, entitlements } from './policy/entitlements.ts';
export { esxEntitlement } from './policy/esx-entitlement.ts';
export { type IdleTax } from './policy/idle-tax.ts';

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
  TRANSLATION,
} from './ports/tokens.ts';
export { type Needs, type OptionalToken, type Resolved, type Token, optional, token } from './ports/token.ts';
export { type Clock, VirtualClock } from './ports/clock.ts';
export { type ExecutionTime } from './ports/execution-time.ts';
export { type GuestDrivers, type GuestStatistics } from './ports/guest-drivers.ts';
export { type KindWatcher } from './ports/kind-watcher.ts';
export { type CostOp, type Meter, type Metering, SilentMetering } from './ports/meter.ts';
export { type Random, type RandomStream, SeededRandom } from './ports/random.ts';
export { InstantDevice, type SwapDevice } from './ports/swap-device.ts';
export {
  type DemoteService,
  type FrameService,
  type PageOrder,
  type PageService,
  type RescueService,
  type SaltService,
  type VmFacts,
} from './ports/page-service.ts';

export {
  HOST_MEMORY_STATES,
  type HostMemoryState,
  type StateThreshold,
  nextState,
  severity,
} from './pressure/memory-state.ts';
export { type ModelProblem } from './pressure/check-model.ts';
export { minFree } from './pressure/min-free.ts';
export { type MemoryStateSettings, memoryStateModel, readModel } from './pressure/model-settings.ts';
export {
  type Blocking,
  type ByState,
  type Ladder,
  MEMORY_STATE_MODELS,
  type MemoryStateModel,
} from './pressure/models.ts';
export { type ResolvedModel, resolveModel } from './pressure/resolve-model.ts';
export { type EstimateRules, MovingEstimate } from './pressure/moving-estimate.ts';
export { type Pressure, type VmPressure } from './pressure/pressure.ts';
export { SAMPLING, type Sampling } from './pressure/sampling.ts';
export { type Decision } from './reclaim/decision.ts';
export { PluginFailure, isPluginFailure } from './reclaim/plugin-guard.ts';

export { FramePool } from './frames/frame-pool.ts';
export { type CachedTranslations } from './memory/cached-translations.ts';
export { HostMemory, type HostMemoryParts } from './memory/host-memory.ts';
export { type VmEvents } from './memory/vm-events.ts';
export { type FormAnswer, type LargePageCounts, LargePages } from './memory/large-pages.ts';
export { LargePageBreaker } from './memory/large-page-breaker.ts';
export { LARGE_PAGE_RULES, type LargePageAction, type LargePageRules } from './memory/large-page-rules.ts';
export { ContractViolation, isContractViolation } from './memory/contract-violation.ts';
export { Witness } from './memory/witness.ts';
export { KIND_BALLOONED, KIND_MAPPED, KIND_SHARED, KIND_UNTOUCHED } from './pmap/kinds.ts';
export { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE, VmMemory } from './pmap/vm-memory.ts';
export { ByteStore } from './store/byte-store.ts';
export { KeyStore } from './store/key-store.ts';
export { type Contents, type PageStore, type SlotStore } from './store/page-store.ts';
export {
  GUEST_FAULT,
  type Translation,
  type TranslationService,
  type TranslationStats,
} from './translate/translation.ts';
export {
  type NestedOptions,
  type TranslationOptions,
  nestedTranslation,
  shadowTranslation,
} from './translate/make-translation.ts';
export { type TlbSize } from './translate/tlb.ts';
export { type WalkCacheSizes } from './translate/nested-walk.ts';
export {
  type ExplainedEntry,
  type ExplainedPage,
  type ExplainedWalk,
  type GuestStep,
  type HostStep,
  explainNested,
  explainPage,
} from './translate/explained-walk.ts';
export { GuestPageTable, type TableFrames } from './translate/guest-page-table.ts';
export {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_LARGE,
  PTE_PRESENT,
  PTE_WRITABLE,
  PageTableArena,
} from './translate/page-table-arena.ts';
export {
  type Activity,
  type ByKind,
  type HostCounters,
  type Overcommit,
  type VmCounters,
} from './counters/counters.ts';
export {
  type Counter,
  type CounterUnit,
  type CounterValue,
  type Since,
  type VmCounter,
  columnName,
} from './counters/catalogue.ts';
export { VM_COUNTERS } from './counters/vm-catalogue.ts';
export { HOST_COUNTERS } from './counters/host-catalogue.ts';
export {
  type BrokenIdentity,
  type Checked,
  IDENTITIES,
  type Identity,
  brokenIdentities,
} from './counters/identities.ts';
export { type Recount } from './counters/recount.ts';
export {
  AdmissionControl,
  type AdmissionRefusal,
  type Demand,
  explainRefusal,
} from './admission/admission-control.ts';
export { OVERHEAD_TABLES, type Overhead, type OverheadTableId, overheadOf } from './admission/overhead.ts';
export { type PoolFacts, type PoolSpec, toPoolFacts } from './admission/resource-pools.ts';
export { type ShareLevel, type Shares } from './admission/shares.ts';
export { type VmChange } from './admission/vm-change.ts';
export { type BareVm } from './vm/bare-vm.ts';
export { type VmSpec } from './vm/vm-spec.ts';

export {
  type Bytes,
  type ContentTable,
  FILL_OTHER,
  FILL_SAME,
  FILL_ZERO,
  type Gfn,
  type Gvpn,
  LARGE_PAGE_PAGES,
  type Mfn,
  NS_PER_MS,
  NS_PER_SECOND,
  type Nanoseconds,
  OverbookError,
  type OverbookErrorCode,
  PAGES_PER_MIB,
  PAGE_BYTES,
  type Pages,
  type VmId,
  bytes,
  gfn,
  gvpn,
  isOverbookError,
  mfn,
  mib,
  ns,
  pages,
  vmId,
} from './units/index.ts';
