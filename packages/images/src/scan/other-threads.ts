/** The worker threads of a pool: they begin their shares of a run, and tell at its end what came of them. */
import type { Piscina } from 'piscina';
import type { TaskLedger } from './task-ledger.ts';
import type { ShareRequest, TaskReport, WorkerSetup, WorkTask } from './work-plan.ts';

type Reports = readonly TaskReport[];

export class OtherThreads {
  readonly #pool: Piscina<ShareRequest, Reports>;
  readonly #count: number;
  #shares: readonly Promise<Reports>[] = [];
  /** Why a thread ended that should not have. */
  #failure: Error | undefined;

  private constructor(pool: Piscina<ShareRequest, Reports>, count: number) {
    this.#pool = pool;
    this.#count = count;
    pool.on('error', (error: Error) => (this.#failure ??= error));
  }

  static async start(count: number): Promise<OtherThreads> {
    const { Piscina } = await import('piscina'); // when it is wanted: one thread starts sooner without it
    const file = import.meta.url.endsWith('.ts') ? './page-worker.ts' : './page-worker.js';
    const pool = new Piscina<ShareRequest, Reports>({
      filename: new URL(file, import.meta.url).href,
      name: 'run',
      minThreads: count,
      maxThreads: count,
      atomics: 'disabled', // a thread has one request a run: nothing to wait for busily
    });
    return new OtherThreads(pool, count);
  }

  /** Lets every thread begin its share of a run. The signal ends all shares at once. */
  begin(
    setup: WorkerSetup,
    tasks: readonly WorkTask[],
    ledger: TaskLedger,
    signal: AbortSignal | undefined,
  ): void {
    const request = { setup, tasks, ledger: ledger.buffer, shares: this.#count + 1 };
    this.#shares = Array.from({ length: this.#count }, (_, index) => {
      const reports = this.#pool.run({ ...request, share: index + 1 }, { signal: signal ?? null });
      // Handled even when no caller waits: a thread that fails ends the run for all.
      reports.catch((error: unknown) => {
        this.#failure ??= error as Error;
        ledger.stop();
      });
      return reports;
    });
  }

  /**
   * What the threads have to tell, once no task is left. Threads that have not begun by now find nothing to do: their
   * start is not waited for. Throws what ended a thread, also where it was the signal.
   */
  async end(ledger: TaskLedger): Promise<Reports> {
    const shares = this.#shares.filter((_, index) => ledger.tookPart(index + 1));
    this.#shares = [];
    const reports = await Promise.all(shares);
    if (this.#failure !== undefined) throw this.#failure;
    return reports.flat();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
