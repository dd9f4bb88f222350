/**
 * A strategy (or a rebound core service) broke a promise of the contract. Fails the run by the plugin's name;
 * it is a bug of the plugin, not of the user's input.
 */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
  /** Id of the plugin, or `core`. */
  readonly plugin: string;
  /** The promise, as a sentence. */
  readonly promise: string;

  constructor(plugin: string, promise: string, numbers: string) {
    super(`${plugin} broke a promise: ${promise} (${numbers})`);
    this.plugin = plugin;
    this.promise = promise;
  }
}

export function isContractViolation(error: unknown): error is ContractViolation {
  return error instanceof Error && error.name === 'ContractViolation';
}
