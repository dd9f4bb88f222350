import type { Host } from '@overbook/core/host';
import { NS_PER_MS, toNs } from '@overbook/core';

import type { HostCores } from './host-cores.ts';
import type { Vcpu } from './vcpu.ts';

/**
 * Longest a guest runs through its waits before the host gets a turn. Chosen: a tenth of the usual reclaim
 * period.
 */
const TURN_NS = 10 * NS_PER_MS;
/** Reclaim works at such a pace while the state is not high; the host must be settled at least as often. */
const IDLE_STEP_NS = 100 * NS_PER_MS;

/** What is told about a run while it goes on. */
export interface EngineHooks {
  /** The host was settled at its present time. */
  settled(): void;
  /** A sampling period ended. */
  sampled(): void;
}

/**
 * The loop of a simulated host. Each guest is at its own local time; the one whose next work begins earliest
 * runs (ties: the first in order), and between two runs the host does what is due.
 */
export class Engine {
  readonly #host: Host;
  readonly #vcpus: readonly Vcpu[];
  readonly #hooks: EngineHooks;
  readonly #samplePeriodNs: () => number;
  readonly #cores: HostCores | undefined;
  #nextSampleNs: number;

  /**
   * @param samplePeriodNs asked for the next period when one begins
   * @param cores where the host's work competes with guests
   */
  constructor(
    host: Host,
    vcpus: readonly Vcpu[],
    hooks: EngineHooks,
    samplePeriodNs: () => number,
    cores?: HostCores,
  ) {
    this.#cores = cores;
    this.#host = host;
    this.#vcpus = vcpus;
    this.#hooks = hooks;
    this.#samplePeriodNs = samplePeriodNs;
    this.#nextSampleNs = samplePeriodNs();
  }

  /** Runs until no guest has work left, until a time, or until the caller stops it. */
  run(untilNs = Infinity, isEnough: () => boolean = () => false): void {
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || isEnough()) return;
      if (next.nextNs > untilNs) {
        this.settleUntil(untilNs);
        return;
      }
      this.settleUntil(next.nextNs);
      // What was due may have taken pages, or its core for a while: then what is due until it goes on comes first.
      if (next.nextNs <= this.#host.clock.now()) next.run(this.#horizon(next));
    }
  }

  /** Lets the host do everything due until `untilNs`, in steps. */
  settleUntil(untilNs: number): void {
    const { clock } = this.#host;
    for (;;) {
      const nowNs = clock.now();
      const step = Math.min(untilNs, clock.nextDueNs(), this.#nextSampleNs, nowNs + IDLE_STEP_NS);
      this.#cores?.begin();
      this.#host.settle(toNs(Math.max(step, nowNs)));
      this.#cores?.share(clock.now());
      this.#hooks.settled();
      if (clock.now() >= this.#nextSampleNs) {
        this.#hooks.sampled();
        this.#nextSampleNs += this.#samplePeriodNs();
      }
      if (step >= untilNs) return;
    }
  }

  #earliest(): Vcpu | undefined {
    let earliest: Vcpu | undefined;
    for (const vcpu of this.#vcpus) {
      if (vcpu.nextNs < (earliest?.nextNs ?? Infinity)) earliest = vcpu;
    }
    return earliest;
  }

  #horizon(running: Vcpu): number {
    let horizon = Math.min(running.nextNs + TURN_NS, this.#host.clock.nextDueNs(), this.#nextSampleNs);
    for (const vcpu of this.#vcpus) if (vcpu !== running && vcpu.nextNs < horizon) horizon = vcpu.nextNs;
    return horizon;
  }
}
