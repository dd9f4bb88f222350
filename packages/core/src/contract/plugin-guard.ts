import { Subject, config } from 'rxjs';

/** A plugin threw, in a call of ours or in its own subscription. Fails the run by the plugin's name. */
export class PluginFailure extends Error {
  override readonly name = 'PluginFailure';
  readonly plugin: string;

  constructor(plugin: string, cause: unknown) {
    super(`${plugin} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.plugin = plugin;
  }
}

export function isPluginFailure(error: unknown): error is PluginFailure {
  return error instanceof Error && error.name === 'PluginFailure';
}

/** Errors that already carry a plugin's name, or a user's mistake with its own mend, pass as they are. */
function named(error: unknown): boolean {
  return (
    error instanceof Error && ['PluginFailure', 'ContractViolation', 'OverbookError'].includes(error.name)
  );
}

/** What a plugin threw, with the plugin's name. */
export function blame(plugin: string, error: unknown): unknown {
  return named(error) ? error : new PluginFailure(plugin, error);
}

let told: ((plugin: string) => void) | undefined;

/** Tells whose code is called next, so that a call that never returns can be named. One watch for this thread. */
export function watchPluginCalls(watch: ((plugin: string) => void) | undefined): void {
  told = watch;
}

/** To be said before a plugin's code is called by other ways than guardCall. */
export function callsNext(plugin: string): void {
  told?.(plugin);
}

/** Runs a plugin's code; what it throws carries its name. */
export function guardCall<T>(plugin: string, run: () => T): T {
  told?.(plugin);
  try {
    return run();
  } catch (error) {
    throw blame(plugin, error);
  }
}

const gate = new Subject<() => void>();
gate.subscribe((run) => run());

/**
 * Runs code that delivers values to a plugin's RxJS subscriptions. RxJS 7 reports what a subscriber throws in
 * a timer, long after the run went on; inside this guard it is thrown at once. The switch is
 * RxJS's own (it is to go in version 8) and holds for the length of the call only.
 */
export function guardDelivery(plugin: string, run: () => void): void {
  const was = config.useDeprecatedSynchronousErrorHandling;
  config.useDeprecatedSynchronousErrorHandling = true;
  try {
    guardCall(plugin, () => gate.next(run));
  } finally {
    config.useDeprecatedSynchronousErrorHandling = was;
  }
}
