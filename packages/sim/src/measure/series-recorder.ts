import type { Host, HostCounters } from '@overbook/core/host';

import type { Vcpu } from '../engine/vcpu.ts';
import type { Series } from '../result.ts';
import { CounterRecorder } from './counter-series.ts';

/** Writes down the host once a period. O(VMs + strategies) a sample; with all counters O(guest pages). */
export class SeriesRecorder {
  readonly #host: Host;
  readonly #vcpus: readonly Vcpu[];
  readonly #timeNs: number[] = [];
  readonly #free: number[] = [];
  readonly #state: string[] = [];
  readonly #credit: Record<string, number[]> = {};
  readonly #stallNs: Record<string, number[]> = {};
  readonly #consumed: Record<string, number[]> = {};
  readonly #counters: CounterRecorder | undefined;
  readonly #read: (() => HostCounters) | undefined;

  /** @param vcpus in the order of columns @param read the counters to write down; absent: none */
  constructor(host: Host, vcpus: readonly Vcpu[], read: (() => HostCounters) | undefined) {
    this.#host = host;
    this.#counters = read && new CounterRecorder();
    this.#read = read;
    this.#vcpus = vcpus;
    for (const { id } of host.strategies) this.#credit[id] = [];
    for (const { name } of vcpus) {
      this.#stallNs[name] = [];
      this.#consumed[name] = [];
    }
  }

  sample(): void {
    const host = this.#host;
    if (this.#read !== undefined) this.#counters!.add(this.#read());
    this.#timeNs.push(host.clock.now());
    this.#free.push(host.pool.free);
    this.#state.push(host.state);
    for (const [id, credit] of Object.entries(host.credits().now)) this.#credit[id]!.push(credit);
    for (const vcpu of this.#vcpus) {
      this.#stallNs[vcpu.name]!.push(vcpu.stalls.totalNs + vcpu.stolenNs);
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
      ...(this.#counters === undefined ? {} : { counters: this.#counters.result() }),
    };
  }
}
