import type { ModuleRequest } from '../plugins/load-plugins.ts';
import type { HostMemorySize } from '../scenario/quantity.ts';

/** What a command may set over the scenario. */
export interface Overrides {
  readonly seeds?: readonly number[];
  readonly hostMemory?: readonly HostMemorySize[];
  /** Mixes to run, by name; default all. */
  readonly mixes?: readonly string[];
  /** Mix that the others are held against; default the first that runs. */
  readonly baseline?: string;
  /** Mixes to add, as lists of strategies and policies by id or module; named by them. */
  readonly added?: readonly (readonly string[])[];
  /**
   * Modules to load beside the scenario's own. A strategy of theirs that no mix names gets a mix of its own, with
   * hostswap as last resort; such a policy gets a copy of the mix with most strategies.
   */
  readonly plugins?: readonly ModuleRequest[];
  /** What the process may hold while plugins are tried. */
  readonly memoryLimitMiB?: number;
  /** How long one call of a plugin may take while the experiment is planned, in milliseconds. */
  readonly callLimitMs?: number;
  readonly check?: boolean;
  /** Hosts and guests of any size: also those that make no sense or that the machine may not hold. */
  readonly anySize?: boolean;
  /** Period of the series of all counters, in milliseconds. */
  readonly series?: number;
}
