/**
 * Limits of one run in a worker thread: a plugin that never returns, or goes on for ever, ends its own run and no
 * other. They are counted in time of the machine, so they decide only whether there is a result, never which.
 */
import { totalmem } from 'node:os';
import { constrainedMemory, memoryUsage } from 'node:process';
import { setInterval } from 'node:timers';
import { getHeapStatistics } from 'node:v8';

/** Limits of a run, in milliseconds and MiB. */
export interface RunLimits {
  /** A run that gives no sign of life for so long is ended: one call of a plugin may take no longer. */
  readonly silenceMs: number;
  /** A run that takes longer is ended. */
  readonly runMs: number;
  /** Objects that one worker may keep; buffers do not count. */
  readonly heapMiB: number;
  /** What the whole process may hold, buffers included: beyond it the run that most likely fills it is ended. */
  readonly processMiB: number;
}

const MIB = 1_048_576;
/** Part of the memory that this machine, or its control group, has. Chosen: the rest is for others. */
const PART_OF_MACHINE = 0.8;

function mostOfMachineMiB(): number {
  // Without a limit it is 0, or a number that no machine has.
  const allowed = constrainedMemory();
  const machine = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return Math.floor((machine * PART_OF_MACHINE) / MIB);
}

/** Chosen: a hundred times what any call and any run of the shipped scenarios takes; objects for far larger hosts. */
export const RUN_LIMITS: RunLimits = {
  silenceMs: 300_000,
  runMs: 3_600_000,
  heapMiB: 2048,
  processMiB: mostOfMachineMiB(),
};

/** What a worker shows while it runs a cell: shared memory, since it can send no message from inside a call. */
export type Beats = Int32Array<SharedArrayBuffer>;

const COUNT = 0;
const PLUGIN = 1;
const BUFFERS_MIB = 2;
/** The plugin's place in the mix comes after these. */
const NOT_BEGUN = 0;
const PREPARING = 1;
const HOST = 2;

export function newBeats(): Beats {
  return new Int32Array(new SharedArrayBuffer(12));
}

/** Beats between two looks at what the thread's buffers take. */
const BUFFERS_EVERY = 256;

/** Shows that the run goes on, and now and then what its buffers take; cheap enough for every sample. */
export function beat(beats: Beats): void {
  const count = (beats[COUNT]! + 1) | 0;
  beats[COUNT] = count;
  if (count % BUFFERS_EVERY === 0) beats[BUFFERS_MIB] = Math.round(getHeapStatistics().external_memory / MIB);
}

/** Shows that the cell's plugins are being loaded. */
export function beginsPreparing(beats: Beats): void {
  Atomics.store(beats, PLUGIN, PREPARING);
}

/** Shows whose code is being called: its place in the mix, below 0 for the host's own. */
export function callsPlugin(beats: Beats, place: number): void {
  Atomics.store(beats, PLUGIN, HOST + 1 + place);
}

/** Whose code was called last: a place in the mix, or what went on instead. */
export function lastCalled(beats: Beats): number | 'loading' | 'host' {
  const at = Atomics.load(beats, PLUGIN);
  if (at <= PREPARING) return 'loading';
  return at === HOST ? 'host' : at - HOST - 1;
}

/** A run that went over a limit. */
export class OverLimit extends Error {
  override readonly name = 'OverLimit';
}

/** How often limits are looked at. */
const PERIOD_MS = 250;

/** Periods for which a thread that was ended may still hold its memory. */
const GOING = 12;
/** Periods in one call that speak for themselves. */
const LONG_CALL = 4;

interface Watched {
  readonly beats: Beats;
  readonly over: AbortController;
  seen: number;
  /** Milliseconds without a sign of life, once all is loaded. */
  silent: number;
  /** Periods without one, loading too. */
  still: number;
  ran: number;
}

/**
 * Watches runs: `over` is aborted, with an OverLimit, when one goes over a limit. Nothing counts until the worker shows
 * that the run has begun; silence not before its plugins and guests are loaded.
 */
export class RunWatch {
  readonly #limits: RunLimits;
  readonly #heldMiB: () => number;
  readonly #runs = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;
  #going = 0;

  /** @param heldMiB what the process holds */
  constructor(limits: RunLimits, heldMiB: () => number = () => memoryUsage.rss() / MIB) {
    this.#limits = limits;
    this.#heldMiB = heldMiB;
    this.#timer = setInterval(() => this.look(), PERIOD_MS);
    this.#timer.unref();
  }

  /** @returns what ends the watch over this run */
  watch(beats: Beats, over: AbortController): () => void {
    const run = { beats, over, seen: -1, silent: 0, still: 0, ran: 0 };
    this.#runs.add(run);
    return () => void this.#runs.delete(run);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Done every 250 ms. */
  look(): void {
    const begun = [...this.#runs].filter(({ beats }) => Atomics.load(beats, PLUGIN) !== NOT_BEGUN);
    for (const run of begun) {
      const now = run.beats[COUNT]!;
      // Periods that were seen, not the clock: a machine that stood still, or a debugger, ends no run.
      run.still = now === run.seen ? run.still + 1 : 0;
      const isPreparing = Atomics.load(run.beats, PLUGIN) === PREPARING;
      run.silent = run.still > 0 && !isPreparing ? run.silent + PERIOD_MS : 0;
      run.ran += PERIOD_MS;
      run.seen = now;
      const { silenceMs, runMs } = this.#limits;
      if (run.silent >= silenceMs)
        run.over.abort(new OverLimit(`gave no sign of life for ${silenceMs / 1000} s`));
      else if (run.ran >= runMs) run.over.abort(new OverLimit(`took longer than ${runMs / 1000} s`));
    }
    this.#lookAtMemory(begun.filter(({ over }) => !over.signal.aborted));
  }

  /** Nobody can ask a thread inside a call what it holds: the longest call is blamed, else the most buffers. */
  #lookAtMemory(runs: readonly Watched[]): void {
    if (this.#going > 0) this.#going--;
    else if (runs.length > 0 && this.#heldMiB() > this.#limits.processMiB) {
      const blamed = runs.reduce((most, run) => (blame(run) > blame(most) ? run : most));
      const most = Math.floor(this.#limits.processMiB);
      blamed.over.abort(new OverLimit(`filled the memory: all runs together came to more than ${most} MiB`));
      this.#going = GOING;
    }
  }
}

function blame({ still, beats }: Watched): number {
  return still >= LONG_CALL ? 2 ** 32 + still : beats[BUFFERS_MIB]!;
}
