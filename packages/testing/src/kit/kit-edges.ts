import type { Meter, Nanoseconds, SwapDevice } from '@overbook/core';
import type { Metering } from '@overbook/core/host';
import { toNs } from '@overbook/core';

/** Every operation costs a microsecond: arithmetic with costs is exercised, and nothing is tuned to them. */
export class CountedMetering implements Metering {
  readonly #spent = new Map<string, number>();
  #total = 0;

  meter(account: string): Meter {
    return {
      spend: (_op, count = 1) => this.#spend(account, count * 1000),
      spendNs: (time) => this.#spend(account, time),
    };
  }

  spent(): ReadonlyMap<string, number> {
    return this.#spent;
  }

  total(): number {
    return this.#total;
  }

  #spend(account: string, time: number): Nanoseconds {
    this.#spent.set(account, (this.#spent.get(account) ?? 0) + time);
    this.#total += time;
    return toNs(time);
  }
}

const READ_NS = 100_000;
const WRITE_NS = 20_000;

/** One queue for everything: a strategy that ignores completion times is found out. */
export class SlowDevice implements SwapDevice {
  readonly name = 'kit device';
  #freeAt = 0;

  read(at: Nanoseconds): Nanoseconds {
    return this.#serve(at, READ_NS);
  }

  write(at: Nanoseconds): Nanoseconds {
    return this.#serve(at, WRITE_NS);
  }

  #serve(at: Nanoseconds, time: number): Nanoseconds {
    this.#freeAt = Math.max(this.#freeAt, at) + time;
    return toNs(this.#freeAt);
  }
}
