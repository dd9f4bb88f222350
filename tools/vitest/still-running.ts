import type { Reporter } from 'vitest/node';

const LOOK_MS = 30_000;
/** Every file of tests ends within this on two busy cores. */
const SLOW_MS = 240_000;

/** Names the files whose tests do not end: a loop without an end blocks its worker, and no time limit of a test ends it. */
export default class StillRunning implements Reporter {
  readonly #sinceMs = new Map<string, number>();
  readonly #look = setInterval(() => this.#tell(), LOOK_MS).unref();

  onTestModuleStart({ relativeModuleId }: { readonly relativeModuleId: string }): void {
    this.#sinceMs.set(relativeModuleId, Date.now());
  }

  onTestModuleEnd({ relativeModuleId }: { readonly relativeModuleId: string }): void {
    this.#sinceMs.delete(relativeModuleId);
  }

  onTestRunEnd(): void {
    clearInterval(this.#look);
  }

  #tell(): void {
    for (const [file, sinceMs] of this.#sinceMs) {
      const ranMs = Date.now() - sinceMs;
      if (ranMs > SLOW_MS) console.log(`still running after ${Math.round(ranMs / 1000)} s: ${file}`);
    }
  }
}
