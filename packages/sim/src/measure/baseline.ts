import type { Host, VmEvents } from '@overbook/core/host';

/** What was already counted when the measured part began: figures of a run are differences to it. */
export class Baseline {
  readonly #host: Host;
  readonly #events: readonly VmEvents[];
  readonly #cpuNs: ReadonlyMap<string, number>;

  constructor(host: Host) {
    this.#host = host;
    this.#events = host.memory.events.map((events) => ({
      ...events,
      faults: events.faults.slice(),
      entered: events.entered.slice(),
      waitNs: events.waitNs.slice(),
    }));
    this.#cpuNs = host.metering.spent();
  }

  /** Events of one VM since. */
  since(vm: number): VmEvents {
    const then = this.#events[vm]!;
    const now = this.#host.memory.events[vm]!;
    return {
      firstTouches: now.firstTouches - then.firstTouches,
      cowBreaks: now.cowBreaks - then.cowBreaks,
      balloonPops: now.balloonPops - then.balloonPops,
      blocked: now.blocked - then.blocked,
      frameWaitNs: now.frameWaitNs - then.frameWaitNs,
      blockedSinceNs: now.blockedSinceNs,
      unwritten: now.unwritten - then.unwritten,
      faults: now.faults.map((count, kind) => count - then.faults[kind]!),
      entered: now.entered.map((count, kind) => count - then.entered[kind]!),
      waitNs: now.waitNs.map((time, kind) => time - then.waitNs[kind]!),
    };
  }

  /** Pages that left memory since and did not have to be written. */
  unwritten(): number {
    return this.#events.reduce((sum, _, vm) => sum + this.since(vm).unwritten, 0);
  }

  /** CPU time per account since, in order of first use. */
  cpuNs(): Record<string, number> {
    const since: Record<string, number> = {};
    for (const [account, spent] of this.#host.metering.spent())
      since[account] = spent - (this.#cpuNs.get(account) ?? 0);
    return since;
  }
}
