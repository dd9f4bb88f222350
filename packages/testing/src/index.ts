/** @overbook/testing: proves that a strategy or a policy keeps the contract. */
export { type BrokenPromise, type KitPromise, PROMISES } from './promises.ts';
export { type Effort, type ProofOptions } from './proof.ts';
export { type Report, type StoreProof, type Verdict, proveOn, proveStrategy } from './prove-strategy.ts';
export { type StrategySuite, strategySuite } from './strategy-suite.ts';
export { type StoreKind } from './kit/kit-host.ts';
export {
  type PolicyProofOptions,
  type PolicySuite,
  type PolicyVerdict,
  POLICY_PROMISES,
  policySuite,
  provePolicy,
} from './policy-suite.ts';
export { type FuzzOutcome, type FuzzedStrategy, fuzzHost } from './fuzz-host.ts';
export { type Golden, expectGolden } from './golden.ts';
