/** @overbook/core/host: compose a host, run guests on it, read its counters. */
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
export { bind } from './composition/host-config.ts';
export type { PolicyActivity } from './policy/policy-desk.ts';
export type { ClockPort } from './ports/clock.ts';
export { VirtualClock } from './ports/clock.ts';
export type { ExecutionTime } from './ports/execution-time.ts';
export type { GuestDrivers } from './ports/guest-drivers.ts';
export type { KindWatcher } from './ports/kind-watcher.ts';
export type { Metering } from './ports/meter.ts';
export { SilentMetering } from './ports/meter.ts';
export { SeededRandom } from './ports/random.ts';
export { InstantDevice } from './ports/swap-device.ts';
export type { StateThreshold } from './ports/memory-state.ts';
export { nextState } from './ports/memory-state.ts';
export type { ModelProblem } from './pressure/check-model.ts';
export { minFree } from './pressure/min-free.ts';
export type { MemoryStateSettings } from './pressure/model-settings.ts';
export { memoryStateModel, readModel } from './pressure/model-settings.ts';
export type { Blocking, ByState, Ladder, MemoryStateModel } from './pressure/models.ts';
export { MEMORY_STATE_MODELS } from './pressure/models.ts';
export type { ResolvedModel } from './pressure/resolve-model.ts';
export { resolveModel } from './pressure/resolve-model.ts';
export { PluginFailure, isPluginFailure } from './contract/plugin-guard.ts';
export { FramePool } from './frames/frame-pool.ts';
export type { CachedTranslations } from './memory/cached-translations.ts';
export type { VmEvents } from './memory/vm-events.ts';
export type { LargePageCounts } from './memory/large-pages.ts';
export { Witness } from './memory/witness.ts';
export { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE, TOUCH_PAGE, TOUCH_WRITE } from './units/access.ts';
export { ByteStore } from './store/byte-store.ts';
export { KeyStore } from './store/key-store.ts';
export type { Translation, TranslationService, TranslationStats } from './translate/translation.ts';
export { GUEST_FAULT } from './translate/translation.ts';
export { TRANSLATION } from './translate/translation-token.ts';
export type { NestedOptions, TranslationOptions } from './translate/make-translation.ts';
export { nestedTranslation, shadowTranslation } from './translate/make-translation.ts';
export type { TlbSize } from './translate/tlb.ts';
export type { TableWritten, WalkCacheSizes } from './translate/nested-walk.ts';
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
export { ofRole, sumOfRole } from './counters/counters.ts';
export type { Activity, ByKind, HostCounters, Overcommit, VmCounters } from './counters/counters.ts';
export type { Counter, CounterUnit, CounterValue, Since, VmCounter } from './counters/catalogue.ts';
export { columnName } from './counters/catalogue.ts';
export { VM_COUNTERS } from './counters/vm-catalogue.ts';
export { HOST_COUNTERS } from './counters/host-catalogue.ts';
export type { BrokenIdentity, Checked, Identity } from './counters/identities.ts';
export { IDENTITIES, brokenIdentities } from './counters/identities.ts';
export type { Recount } from './counters/recount.ts';
export { explainRefusal } from './admission/admission-control.ts';
export type { Overhead, OverheadTableId } from './admission/overhead.ts';
export { OVERHEAD_TABLES, overheadOf } from './admission/overhead.ts';
export type { PoolSpec } from './admission/resource-pools.ts';
export type { HostSettings, HostValues } from './settings/host-settings.ts';
export { HOST_SETTINGS } from './settings/host-settings.ts';
export type { GivenValues, Setting, SettingGroup, SettledValues } from './settings/setting.ts';
export type { SettledSetting } from './settings/settle.ts';
export type { SettledHost } from './settings/settle-host.ts';
export { settleHost } from './settings/settle-host.ts';
export type { BareVm } from './vm/bare-vm.ts';
export type { VmProblem, VmSpec } from './vm/vm-spec.ts';
export { vmProblems } from './vm/vm-spec.ts';
export type { HostProfile, Preset, ProfileName } from './settings/host-profiles.ts';
export { HOST_PROFILES, PROFILE_NAMES, hostProfile, profileOptions } from './settings/host-profiles.ts';
