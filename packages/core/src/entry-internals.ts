/** @overbook/core/internals: for the packages of this repository only. Changes without notice. */
export { MEMORY_FACTORY } from './composition/host-config.ts';
export type { EstimateRules } from './sampling/moving-estimate.ts';
export { MovingEstimate } from './sampling/moving-estimate.ts';
export { guardCall, watchPluginCalls } from './contract/plugin-guard.ts';
export type { HostMemoryParts } from './memory/host-memory.ts';
export { HostMemory } from './memory/host-memory.ts';
export type { FormAnswer } from './memory/large-pages.ts';
export { LargePages } from './memory/large-pages.ts';
export { LargePageBreaker } from './memory/large-page-breaker.ts';
export { LruLists } from './pmap/lru-lists.ts';
export { minFreeKbytes } from './pressure/watermarks.ts';
export { Pmap } from './pmap/pmap.ts';
export type { Demand } from './admission/admission-control.ts';
export { AdmissionControl } from './admission/admission-control.ts';
export type { PoolFacts } from './admission/resource-pools.ts';
export { toPoolFacts } from './admission/resource-pools.ts';
export type { Basis, SettingFacts, SettingKind, SettingTable } from './settings/setting.ts';
export {
  choice as choiceSetting,
  defaultSaid,
  describeSetting,
  isGroup,
  number as numberSetting,
  time as timeSetting,
  valueSaid,
} from './settings/setting.ts';
export type { Settled } from './settings/settle.ts';
export { settle } from './settings/settle.ts';
