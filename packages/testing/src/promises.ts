import type { ContractPromiseId } from '@overbook/core';
import { isContractViolation, isOverbookError } from '@overbook/core';
import { isPluginFailure } from '@overbook/core/host';

/**
 * What the kit shows of a strategy, one sentence each. The sentences are the names that tests and reports
 * use.
 */
export const PROMISES = {
  options: 'its options are one schema with defaults that refuses unknown keys',
  needs: 'a host without what it needs refuses it by the name of the token',
  acts: 'the kit sees it act',
  disposal: 'disposal leaves nothing behind',
  realTimer: 'no timer of the real clock outlives it',
  ownFrames: 'its own frames are accounted for and returned',
  sameSeed: 'the same seed gives the same run',
  origin: 'a page that its guest never wrote reads as in its template',
  goalZero: 'a goal of 0 does nothing',
  withinGoal: 'freed + ordered stays within the goal',
  withinBudget: 'tried stays within the budget',
  tried: 'tried counts every page that it took',
  askedVm: 'it takes pages only from the VM it was asked for',
  lent: 'what a call hands it is not read after the call',
  grain: 'it can give the minimum that it declares',
  poolGain: "the pool's gain is what was freed",
  pending: 'pending is a whole number of pages of the VM',
  orders: 'what it ordered comes when the guest can give it',
  given: 'what a guest gives is released, and what it takes back no longer counts as given',
  relax: 'relax claims no more than was asked, and no more than it holds',
  shrink: 'shrink frees what it says, of what it keeps of that VM alone',
  rescue: 'rescue answers true exactly when it kept the victim',
  accept: 'accept answers true exactly when it took the page over',
  faultTime: 'a fault ends no earlier than its frame, its work and its read',
  writeFault: 'a fault that writes ends on a private frame',
  reservation: 'background work leaves every VM its reservation',
  powerCycle: 'a VM that was powered off and on is new to it',
  tune: 'unknown settings are refused',
  counters: 'counters are finite, agree with the tables, and do not change while nothing happens',
  storage: 'what it keeps fits in the storage it accounts for',
  conserved: 'frames are conserved and reference counts equal the back-map',
  reads: 'guests read what they last wrote',
  newFrame: 'a new frame reads as zero',
  salts: 'no frame is in two VMs whose salts differ',
  sharingOff: 'a VM whose sharing is off shares no page',
  largePages: 'it is told of broken large pages and copes with them',
  books: 'its own books agree with the mapping tables',
  contract: 'its answers keep the contract of the call',
  sound: 'no call into it fails',
  progress: 'no guest waits for a frame forever',
} as const;

export type PromiseId = keyof typeof PROMISES;
/** One of the sentences. */
export type KitPromise = (typeof PROMISES)[PromiseId];

/** A check found a promise broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly promise: KitPromise;

  /** @param numbers what was seen, with the figures that show it */
  constructor(id: PromiseId, numbers: string, cause?: unknown) {
    super(`${PROMISES[id]}: ${numbers}`, cause === undefined ? undefined : { cause });
    this.promise = PROMISES[id];
  }
}

/** Promises that core checks while a host runs, and what the kit calls them; those not named are `contract`. */
const CORE_CHECKS: Readonly<Partial<Record<ContractPromiseId, PromiseId>>> = {
  'pool-gain': 'poolGain',
  'within-goal': 'withinGoal',
  'within-budget': 'withinBudget',
  'frames-conserved': 'conserved',
  'reference-counts': 'conserved',
  'private-frame': 'conserved',
  'shared-frame': 'conserved',
  'one-backing': 'conserved',
  'counter-identities': 'conserved',
  salts: 'salts',
  'sharing-off': 'sharingOff',
  reads: 'reads',
  'new-frame-zero': 'newFrame',
  'fault-shared': 'writeFault',
  unplugged: 'given',
};

/** The promise that an error breaks: the kit's own, core's by its id, or "no call into it fails". */
export function toBrokenPromise(error: unknown): BrokenPromise {
  if (error instanceof BrokenPromise) return error;
  const said = error instanceof Error ? error.message : String(error);
  if (isContractViolation(error)) {
    return new BrokenPromise(CORE_CHECKS[error.id] ?? 'contract', said, error);
  }
  if (isOverbookError(error) && error.code === 'OVB_OPTIONS_INVALID') {
    return new BrokenPromise('options', `defaults alone are refused: ${said}`, error);
  }
  const cause = isPluginFailure(error) ? error.cause : error;
  if (cause instanceof BrokenPromise) return cause;
  const at =
    cause instanceof Error
      ? (cause.stack ?? '').split('\n').find((line) => line.includes(' at '))
      : undefined;
  return new BrokenPromise('sound', at === undefined ? said : `${said} (${at.trim()})`, error);
}
