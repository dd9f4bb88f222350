import type { Nanoseconds } from '../units/page.ts';

/** A queue with service times: completion depends on what is already under way. */
export interface SwapDevice {
  readonly name: string;
  /**
   * Completion time of reading pages asked for at `at`, in one operation.
   * @param page names the first page among all that the host keeps there; -1 where it is one of a guest's own
   * @param count how many neighbours are read together; default 1
   */
  read(at: Nanoseconds, page: number, count?: number): Nanoseconds;
  /** Completion time of writing one page handed over at `at`. */
  write(at: Nanoseconds, page: number): Nanoseconds;
}

/** Answers at once: the default of a host that does not care about time. */
export class InstantDevice implements SwapDevice {
  readonly name = 'instant';

  read(at: Nanoseconds): Nanoseconds {
    return at;
  }

  write(at: Nanoseconds): Nanoseconds {
    return at;
  }
}
