/**
 * Which tasks of a run are taken and which are done, in memory that all threads share: a thread takes the next one
 * without asking anybody. Tasks are taken in order, so all before a taken one are taken too.
 */
const NEXT = 0;
const FIRST_SHARE = 1;

export class TaskLedger {
  readonly buffer: SharedArrayBuffer;
  readonly tasks: number;
  /** The next task; then a word per share: 1 once it has taken part. */
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** A byte per task: 1 when it is done. */
  readonly #done: Uint8Array<SharedArrayBuffer>;

  private constructor(buffer: SharedArrayBuffer, tasks: number, shares: number) {
    this.buffer = buffer;
    this.tasks = tasks;
    this.#words = new Int32Array(buffer, 0, FIRST_SHARE + shares);
    this.#done = new Uint8Array(buffer, (FIRST_SHARE + shares) * 4, tasks);
  }

  /** A new ledger for so many tasks and threads. */
  static of(tasks: number, shares: number): TaskLedger {
    return new TaskLedger(new SharedArrayBuffer((FIRST_SHARE + shares) * 4 + tasks), tasks, shares);
  }

  /** The same ledger, as another thread sees it. */
  static shared(buffer: SharedArrayBuffer, tasks: number, shares: number): TaskLedger {
    return new TaskLedger(buffer, tasks, shares);
  }

  /** The next task for a thread; undefined when none is left. */
  take(share: number): number | undefined {
    // Mark first. Writes are ordered: a thread that sees the last task taken also sees every claim before it.
    Atomics.store(this.#words, FIRST_SHARE + share, 1);
    const task = Atomics.add(this.#words, NEXT, 1);
    return task < this.tasks ? task : undefined;
  }

  /** A thread that finds the task done sees everything that was written for it. */
  finish(task: number): void {
    Atomics.store(this.#done, task, 1);
  }

  isDone(task: number): boolean {
    return Atomics.load(this.#done, task) === 1;
  }

  /** No task is handed out any more. */
  stop(): void {
    Atomics.store(this.#words, NEXT, this.tasks);
  }

  /** Whether a thread has taken part, or has come too late for it. Final once no task is left. */
  tookPart(share: number): boolean {
    return Atomics.load(this.#words, FIRST_SHARE + share) === 1;
  }
}
