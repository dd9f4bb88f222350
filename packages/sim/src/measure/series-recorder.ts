import { type Host } from '@overbook/core';

import { type Vcpu } from '../engine/vcpu.ts';
import { type Series } from '../result.ts';

/** Writes down the host once a period. O(VMs + strategies) a sample. */
export class SeriesRecorder {
  readonly #host: Host;
  readonly #vcpus: readonly Vcpu[];
  readonly #timeNs: number[] = [];
  readonly #free: number[] = [];
  readonly #state: string[] = [];
  readonly #credit: Record<string, number[]> = {};
  readonly #stallNs: Record<string, number[]> = {};
  readonly #consumed: Record<string, number[]> = {};

  constructor(host: Host, vcpus: readonly Vcpu[]) {
    this.#host = host;
    this.#vcpus = vcpus;
    for (const { id } of host.strategies) this.#credit[id] = [];
    for (const { name } of vcpus) {
      this.#stallNs[name] = [];
      this.#consumed[name] = [];
    }
  }

  sample(): void {
    const host = this.#host;
    this.#timeNs.push(host.clock.now());
    this.#free.push(host.pool.free);
    this.#state.push(host.state);
    for (const [id, credit] of Object.entries(host.credits().now)) this.#credit[id]!.push(credit);
    for (const vcpu of this.#vcpus) {
      this.#stallNs[vcpu.name]!.push(vcpu.stalls.totalNs);
      this.#consumed[vcpu.name]!.push(host.memory.consumed(vcpu.vm));
    }
  }

  result(): Series {
    return {
      timeNs: this.#timeNs,
      free: this.#free,
      state: this.#state,
      credit: this.#credit,
      stallNs: this.#stallNs,
      consumed: this.#consumed,
    };
  }
}
