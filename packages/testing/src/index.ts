/** @overbook/testing: proves that a strategy or a policy keeps the contract. */
export type { BrokenPromise, KitPromise } from './promises.ts';
export { PROMISES } from './promises.ts';
export type { Effort, Outcome, ProofOptions } from './proof.ts';
export type { Report, StoreProof, Verdict } from './prove-strategy.ts';
export { proveOn, proveStrategy } from './prove-strategy.ts';
export { reportText } from './report-text.ts';
export type { StrategySuite } from './strategy-suite.ts';
export { strategySuite } from './strategy-suite.ts';
export type { StoreKind } from './kit/kit-host.ts';
export type { PolicyProofOptions, PolicySuite, PolicyVerdict } from './policy-suite.ts';
export { POLICY_PROMISES, policySuite, provePolicy } from './policy-suite.ts';
export type { ReplayedOrders } from './replay-policy.ts';
export { replayPolicy } from './replay-policy.ts';
export type { FuzzOutcome, FuzzedStrategy } from './fuzz-host.ts';
export { fuzzHost } from './fuzz-host.ts';
export type { Golden } from './golden.ts';
export { expectGolden } from './golden.ts';
