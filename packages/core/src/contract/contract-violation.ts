import type { ContractPromise, ContractPromiseId } from './contract-promise.ts';
import { CONTRACT_PROMISES } from './contract-promise.ts';

/**
 * A strategy (or a rebound core service) broke a promise of the contract. Fails the run by the plugin's name;
 * it is a bug of the plugin, not of the user's input.
 */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
  /** Id of the plugin, or `core`. */
  readonly plugin: string;
  /** The promise, as a sentence. */
  readonly promise: ContractPromise;
  /** The promise, for programs. */
  readonly id: ContractPromiseId;

  constructor(plugin: string, promise: ContractPromise, numbers: string) {
    super(`${plugin} broke a promise: ${promise} (${numbers})`);
    this.plugin = plugin;
    this.promise = promise;
    this.id = CONTRACT_PROMISES[promise];
  }
}

export function isContractViolation(error: unknown): error is ContractViolation {
  return error instanceof Error && error.name === 'ContractViolation';
}
