/**
 * Limits of one run in a worker thread: a plugin that never returns, or goes on for ever, ends its own run and no
 * other. They are counted in time of the machine, so they decide only whether there is a result, never which.
 */
import { setInterval } from 'node:timers';

/** Limits of a run, in milliseconds and MiB. */
export interface RunLimits {
  /** A run that gives no sign of life for so long is ended: one call of a plugin may take no longer. */
  readonly silenceMs: number;
  /** A run that takes longer is ended. */
  readonly runMs: number;
  /** Objects that one worker may keep; buffers do not count. */
  readonly heapMiB: number;
}

/** Chosen: a hundred times what any call and any run of the shipped scenarios takes; objects for far larger hosts. */
export const RUN_LIMITS: RunLimits = { silenceMs: 300_000, runMs: 3_600_000, heapMiB: 2048 };

/** What a worker shows while it runs a cell: shared memory, since it can send no message from inside a call. */
export type Beats = Int32Array<SharedArrayBuffer>;

const COUNT = 0;
const PLUGIN = 1;
/** The plugin's place in the mix comes after these. */
const NOT_BEGUN = 0;
const PREPARING = 1;
const HOST = 2;

export function newBeats(): Beats {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Shows that the run goes on; cheap enough for every sample. */
export function beat(beats: Beats): void {
  beats[COUNT] = (beats[COUNT]! + 1) | 0;
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

/**
 * Watches runs: `over` is aborted, with an OverLimit, when one goes over a limit. Nothing counts until the worker shows
 * that the run has begun; silence not before its plugins and guests are loaded.
 */
export class RunWatch {
  readonly #limits: RunLimits;
  readonly #runs = new Set<{
    beats: Beats;
    over: AbortController;
    seen: number;
    silent: number;
    ran: number;
  }>();
  readonly #timer: NodeJS.Timeout;

  constructor(limits: RunLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS);
    this.#timer.unref();
  }

  /** @returns what ends the watch over this run */
  watch(beats: Beats, over: AbortController): () => void {
    const run = { beats, over, seen: -1, silent: 0, ran: 0 };
    this.#runs.add(run);
    return () => void this.#runs.delete(run);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const run of this.#runs) {
      const state = Atomics.load(run.beats, PLUGIN);
      if (state === NOT_BEGUN) continue;
      const now = run.beats[COUNT]!;
      // Periods that were seen, not the clock: a machine that stood still, or a debugger, ends no run.
      run.silent = now === run.seen && state !== PREPARING ? run.silent + PERIOD_MS : 0;
      run.ran += PERIOD_MS;
      run.seen = now;
      const { silenceMs, runMs } = this.#limits;
      if (run.silent >= silenceMs)
        run.over.abort(new OverLimit(`gave no sign of life for ${silenceMs / 1000} s`));
      else if (run.ran >= runMs) run.over.abort(new OverLimit(`took longer than ${runMs / 1000} s`));
    }
  }
}
