import type { Host } from '@overbook/core/host';

/** Virtual time spent in each memory state, as seen whenever the host is settled. */
export class StateTimes {
  readonly #host: Host;
  #ns: Record<string, number> = {};
  #state: string;
  #sinceNs: number;

  constructor(host: Host) {
    this.#host = host;
    this.#state = host.state;
    this.#sinceNs = host.clock.now();
  }

  settled(): void {
    if (this.#host.state !== this.#state) this.#close();
  }

  reset(): void {
    this.#close();
    this.#ns = {};
  }

  result(): Readonly<Record<string, number>> {
    this.#close();
    return this.#ns;
  }

  #close(): void {
    const nowNs = this.#host.clock.now();
    if (nowNs > this.#sinceNs) this.#ns[this.#state] = (this.#ns[this.#state] ?? 0) + nowNs - this.#sinceNs;
    this.#state = this.#host.state;
    this.#sinceNs = nowNs;
  }
}
